import { z } from 'zod';
import { defineEvent } from '../event-definition.js';
import { finite, identifier, instant, uuid } from '../primitives.js';
import { topics } from '../topics.js';
import { limitMeasure } from './limit-proposal.js';

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

/** One part of the whole, in the whole's own unit: parts sum to what they are parts of; `effects` sum to `to − from`. */
export const explainedNode = z.object({
  nodeId: z.string().min(1).max(256),
  parentId: z.string().min(1).max(256).nullable().describe('null for the whole'),
  from: finite,
  to: finite,
  effects: z.array(changeLine).max(20),
});
export type ExplainedNode = z.infer<typeof explainedNode>;

/** What was explained; a limit on `utilization` is explained under the measure of its budget tree. */
export const explainedMeasure = limitMeasure.exclude(['utilization']);
export type ExplainedMeasure = z.infer<typeof explainedMeasure>;

const subject = z.object({
  explanationId: uuid,
  portfolioId: identifier,
  cause: z.enum(['breach', 'schedule']),
  breachId: uuid.nullable(),
  limitId: identifier.nullable(),
  transition: z.enum(['opened', 'worsened']).nullable().describe('of the breach'),
  asOf: instant.describe('business time of the breach’s transition, or of the schedule'),
  measure: explainedMeasure,
  nodeId: z.string().min(1).max(256).describe('the node or view whose figure is explained'),
});

export const changeExplanation = subject.extend({
  quantity: z
    .enum(['consumption', 'utilization', 'figure'])
    .describe(
      'utilization: consumption / budget before its floor at 0, where the node has a budget at both snapshots; consumption: in the measure’s unit; figure: of a measure that is no risk measure',
    ),
  fromSnapshotId: uuid.nullable().describe('null: the limit has held in no snapshot before'),
  toSnapshotId: uuid,
  fromAsOf: instant.nullable(),
  toAsOf: instant,
  from: finite.nullable(),
  to: finite,
  budgetFrom: finite.nullable(),
  budgetTo: finite.nullable(),
  effects: z.array(changeLine).max(20).describe('of the whole; they sum to `to − from`; empty without `from`'),
  contributors: z
    .array(z.object({ nodeId: z.string().min(1).max(256), contribution: finite, share: finite.nullable() }))
    .max(50)
    .describe('the leaves with the largest part of the figure at `to`'),
  nodes: z
    .array(explainedNode)
    .max(60_000)
    .describe('the whole, then its strategies, sectors and leaves; empty for a figure that does not add up over them'),
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

export const unexplainedChange = subject.extend({
  toSnapshotId: uuid,
  code: z.string().min(1).max(120),
  detail: z.string(),
});
export type UnexplainedChange = z.infer<typeof unexplainedChange>;

export const changeUnexplained = defineEvent({
  topic: topics.attributions,
  type: 'attribution.change-unexplained.v1',
  description:
    'A breach, or a day, that cannot be explained: something behind a snapshot is gone, or the figure is not defined',
  schema: unexplainedChange,
  key: (data) => data.portfolioId,
});
