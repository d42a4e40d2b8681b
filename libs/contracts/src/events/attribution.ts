import { z } from 'zod';
import { defineEvent } from '../event-definition.js';
import { finite, identifier, instant, uuid } from '../primitives.js';
import { topics } from '../topics.js';
import { riskMeasure } from './limit-proposal.js';

/** The players of the Shapley split; `window` for historical measures, `specification` a change of the model's method. */
export const changeEffect = z.enum([
  'quantities',
  'prices',
  'volatilities',
  'correlations',
  'window',
  'budget',
  'specification',
]);
export type ChangeEffect = z.infer<typeof changeEffect>;

export const changeLine = z.object({ effect: changeEffect, value: finite });
export type ChangeLine = z.infer<typeof changeLine>;

/** What explains the change of one node's figure between two snapshots; `effects` sum to `to − from`. */
export const explainedNode = z.object({
  nodeId: z.string().min(1).max(256),
  from: finite,
  to: finite,
  effects: z.array(changeLine).max(20),
});
export type ExplainedNode = z.infer<typeof explainedNode>;

export const changeExplanation = z.object({
  explanationId: uuid,
  portfolioId: identifier,
  cause: z.enum(['breach', 'schedule', 'request']),
  breachId: uuid.nullable(),
  limitId: identifier.nullable(),
  asOf: instant,
  measure: riskMeasure,
  quantity: z
    .enum(['consumption', 'utilization'])
    .describe('utilization: consumption / budget before its floor at 0; consumption where no budget stands'),
  fromSnapshotId: uuid,
  toSnapshotId: uuid,
  fromAsOf: instant,
  from: finite,
  to: finite,
  effects: z.array(changeLine).max(20).describe('of the whole; they sum to `to − from`'),
  contributors: z
    .array(z.object({ nodeId: z.string().min(1).max(256), contribution: finite, share: finite.nullable() }))
    .max(50)
    .describe('the leaves with the largest part of the figure at `to`'),
  nodes: z.array(explainedNode).max(60_000),
  codeVersion: z.string(),
});
export type ChangeExplanation = z.infer<typeof changeExplanation>;

export const changeExplained = defineEvent({
  topic: topics.attributions,
  type: 'attribution.change-explained.v1',
  description: 'What explains the change of a portfolio’s risk between two snapshots, or a breach',
  schema: changeExplanation,
  key: (data) => data.portfolioId,
  rows: ['nodes'],
});
