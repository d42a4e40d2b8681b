import { instant, riskMeasure, snapshotNode, utilizationSnapshot } from '@risk-budget/contracts';
import { z } from 'zod';
import { problem } from '../portfolios/portfolio-state.js';
import { asOfQuery } from '../rest/parameters.js';

const fromSnapshot = utilizationSnapshot.pick({
  portfolioId: true,
  asOf: true,
  state: true,
  baseCurrency: true,
  nav: true,
  metrics: true,
  modelledShare: true,
  proxiedShare: true,
  stalePrices: true,
  lineage: true,
});

/** Where the figures of an answer come from. */
const origin = z.object({
  knownAt: instant.describe('nothing learned after this moment is in the figures'),
  source: z
    .enum(['snapshot', 'recomputed'])
    .describe('recomputed: from what is known at knownAt, with states that have no hysteresis'),
  snapshotId: z.uuid().nullable(),
  sequence: z.int().min(1).nullable(),
  cause: utilizationSnapshot.shape.cause.nullable(),
  problem: problem.nullable().describe('for the latest: why the state after this snapshot has no figures'),
});

export const utilizationTree = fromSnapshot.extend(origin.shape).extend({ nodes: z.array(snapshotNode) });
export type UtilizationTree = z.infer<typeof utilizationTree>;

export const metricsView = fromSnapshot.extend(origin.shape);
export type MetricsView = z.infer<typeof metricsView>;

export const treeQuery = asOfQuery.extend({
  measure: riskMeasure.optional().describe('only this measure of each node'),
  kind: snapshotNode.shape.kind.optional().describe('only nodes of this kind'),
});
export type TreeQuery = z.infer<typeof treeQuery>;
