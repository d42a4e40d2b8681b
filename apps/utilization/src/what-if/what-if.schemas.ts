import {
  decimal,
  finite,
  identifier,
  instant,
  nodeMeasure,
  portfolioMetrics,
  positiveDecimal,
  snapshotNode,
} from '@risk-budget/contracts';
import { z } from 'zod';

export const whatIfTrade = z.strictObject({
  strategy: identifier,
  instrumentId: identifier,
  quantityChange: decimal.refine((text) => Number(text) !== 0, 'not 0').describe('signed: negative sells'),
  price: positiveDecimal.optional().describe('in the instrument’s currency; the mark when absent'),
});

export const whatIfRequest = z.strictObject({
  trades: z.array(whatIfTrade).min(1).max(10_000),
  detail: z
    .enum(['tree', 'full'])
    .default('tree')
    .describe('tree: portfolio, strategies, sectors and the leaves traded; full: every leaf and the views'),
});
export type WhatIfRequest = z.output<typeof whatIfRequest>;

const side = z.object({
  nav: finite,
  modelledShare: z.number(),
  complete: z.boolean(),
  metrics: portfolioMetrics,
});

const figures = nodeMeasure.omit({ measure: true });

export const whatIfMeasure = z.object({
  measure: nodeMeasure.shape.measure,
  before: figures.nullable().describe('null for a node that is not there before'),
  after: figures.nullable().describe('null for a node that is not there after'),
  consumptionChange: finite,
});

export const whatIfNode = snapshotNode.pick({ nodeId: true, parentId: true, kind: true }).extend({
  valueBefore: finite,
  valueAfter: finite,
  weightBefore: finite,
  weightAfter: finite,
  measures: z.array(whatIfMeasure),
});
export type WhatIfNode = z.infer<typeof whatIfNode>;

export const whatIfAnswer = z.object({
  portfolioId: z.string(),
  snapshotId: z.uuid().describe('the snapshot that is `before`; its marks and model are used for both sides'),
  asOf: instant,
  modelId: z.uuid(),
  policyId: z.string(),
  policyVersion: z.int(),
  before: side,
  after: side,
  change: z.record(z.string(), finite).describe('after − before of each metric that both sides have'),
  nodes: z.array(whatIfNode),
});
export type WhatIfAnswer = z.infer<typeof whatIfAnswer>;
