import { z } from 'zod';
import { defineEvent } from '../event-definition.js';
import { finite, fraction, identifier, instant, nonNegative, uuid } from '../primitives.js';
import { topics } from '../topics.js';
import { riskMeasure } from './limit-proposal.js';
import { riskPolicy } from './risk-policy.js';

export const utilizationState = z.enum(['green', 'amber', 'red', 'unbudgeted']);
export type UtilizationState = z.infer<typeof utilizationState>;

/** One node under one measure. Fractions of NAV; per year for volatility and tracking error, over the horizon for VaR and ES. */
export const nodeMeasure = z.object({
  measure: riskMeasure,
  consumption: finite.describe('Euler contribution, signed; children sum to their parent'),
  standalone: finite.describe('risk of the node held alone'),
  budget: finite.nullable(),
  utilization: nonNegative.nullable().describe('max(0, consumption) / budget; null when unbudgeted'),
  headroom: finite.nullable().describe('budget − consumption'),
  state: utilizationState,
});
export type NodeMeasure = z.infer<typeof nodeMeasure>;

/** Exposure of one node, over its own leaves; what limits at strategy, sector, issuer and instrument level are held against. */
export const nodeExposure = z.object({
  gross: nonNegative.describe('sum of the absolute weights of its leaves'),
  beta: finite.nullable().describe('its part of the portfolio’s beta; null without a benchmark'),
  largestWeight: nonNegative.describe('by instrument, on gross weights, fraction of NAV'),
  topFiveWeight: nonNegative,
  herfindahl: nonNegative,
  effectiveNumber: nonNegative,
  daysToLiquidate: nonNegative.nullable().describe('of its slowest position; null when no volume is known'),
});
export type NodeExposure = z.infer<typeof nodeExposure>;

export const snapshotNode = z.object({
  nodeId: z.string().min(1).max(256),
  parentId: z.string().min(1).max(256).nullable(),
  kind: z.enum(['portfolio', 'strategy', 'sector', 'leaf', 'benchmark', 'issuer', 'sectorTotal', 'instrument']),
  value: finite.describe('signed, in base currency'),
  weight: finite.describe('value / NAV'),
  measures: z.array(nodeMeasure),
  exposure: nodeExposure.optional(),
});
export type SnapshotNode = z.infer<typeof snapshotNode>;

export const portfolioMetrics = z.object({
  volatilityAnnual: nonNegative,
  var: finite,
  es: finite,
  historicalVar: finite.nullable(),
  historicalEs: finite.nullable(),
  trackingErrorAnnual: nonNegative.nullable(),
  beta: finite.nullable(),
  gross: nonNegative,
  net: finite,
  leverage: nonNegative.describe('gross exposure / NAV'),
  cash: finite.describe('fraction of NAV'),
  largestWeight: nonNegative,
  topFiveWeight: nonNegative,
  herfindahl: nonNegative,
  effectiveNumber: nonNegative,
  largestIssuerWeight: nonNegative,
  daysToLiquidate: nonNegative.nullable().describe('of the slowest position; null when no volume is known'),
  diversificationBenefit: finite.describe('sum of the leaves’ stand-alone volatilities − portfolio volatility, annual'),
});
export type PortfolioMetrics = z.infer<typeof portfolioMetrics>;

export const snapshotCause = z.enum([
  'position',
  'price',
  'rate',
  'model',
  'budget',
  'corporateAction',
  'benchmark',
  'instrument',
  'schedule',
]);
export type SnapshotCause = z.infer<typeof snapshotCause>;

export const utilizationSnapshot = z.object({
  snapshotId: uuid,
  portfolioId: identifier,
  sequence: z.int().min(1).describe('of the portfolio, without gaps'),
  asOf: instant.describe('business time of the event that caused it'),
  cause: snapshotCause,
  causeId: z.string().describe('id of that event'),
  state: z.enum(['complete', 'incomplete']),
  baseCurrency: z.string(),
  nav: z.number().gt(0),
  metrics: portfolioMetrics,
  modelledShare: fraction,
  proxiedShare: fraction,
  stalePrices: z.array(identifier),
  /** Lineage: what stands behind every number of this snapshot. */
  lineage: z.object({
    positionSequence: z.int().min(0),
    priceTime: instant,
    modelId: uuid,
    policy: riskPolicy,
    planId: uuid.nullable(),
    planVersion: z.int().min(1).nullable(),
    limitBudgetFactor: z
      .number()
      .gt(0)
      .max(1)
      .optional()
      .describe(
        'share-of-budget limits take this part of a node’s budget, for a rise that nobody has approved yet; all of it when absent',
      ),
    historicalWindow: z
      .object({ start: z.string(), end: z.string(), scenarios: z.int().min(1), independentWindows: z.number().min(0) })
      .nullable(),
    codeVersion: z.string(),
  }),
  marks: z
    .array(z.object({ instrumentId: identifier, price: finite, time: instant, currency: z.string(), rate: finite }))
    .max(20_000),
  /** The portfolio, strategy and sector nodes each time; leaves and views when `leaves` says so. */
  leaves: z.boolean().describe('whether leaf and view nodes are included'),
  nodes: z.array(snapshotNode).describe('at least the portfolio’s own, over all parts'),
});
export type UtilizationSnapshot = z.infer<typeof utilizationSnapshot>;

export const snapshotTaken = defineEvent({
  topic: topics.snapshots,
  type: 'utilization.snapshot-taken.v1',
  description: 'Risk, consumption and utilization of every node of a portfolio',
  schema: utilizationSnapshot,
  key: (data) => data.portfolioId,
  rows: ['nodes', 'marks', 'stalePrices'],
});

export const utilizationAlert = z.object({
  alertId: uuid,
  portfolioId: identifier,
  snapshotId: uuid,
  asOf: instant,
  kind: z.enum(['thresholdUp', 'thresholdDown', 'incomplete', 'complete', 'stale', 'fresh', 'unbudgeted']),
  nodeId: z.string().nullable(),
  measure: riskMeasure.nullable(),
  from: utilizationState.nullable(),
  to: utilizationState.nullable(),
  utilization: nonNegative.nullable(),
  detail: z.string(),
  notEvaluable: z
    .object({
      code: z.string().describe('why, for example MARKET_DATA.NO_MODEL'),
      afterSequence: z.int().min(0).describe('of the last snapshot before; 0 when there was none'),
    })
    .optional()
    .describe('present when no snapshot can be taken of the portfolio, until one of a later sequence is'),
});
export type UtilizationAlert = z.infer<typeof utilizationAlert>;

export const alertRaised = defineEvent({
  topic: topics.alerts,
  type: 'utilization.alert-raised.v1',
  description: 'A utilization threshold was crossed, or a snapshot is incomplete or stale, or no longer so',
  schema: utilizationAlert,
  key: (data) => data.portfolioId,
});
