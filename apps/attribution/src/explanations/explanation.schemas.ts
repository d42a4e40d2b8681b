import { changeExplanation, identifier, instant, riskMeasure, unexplainedChange, uuid } from '@risk-budget/contracts';
import { pageOf, pageSchema } from '@risk-budget/service-kit';
import { z } from 'zod';
import { periodQuery } from '../rest/parameters.js';
import { explanationRecord, type ExplanationRecord } from './explanation.types.js';

export const explanationParameters = z.object({ portfolioId: identifier, explanationId: uuid });
export type ExplanationParameters = z.infer<typeof explanationParameters>;

const format = z.enum(['json', 'csv', 'html']).optional().describe('what `Accept` asks for when absent');

export const explanationQuery = z.object({ format });
export type ExplanationQuery = z.output<typeof explanationQuery>;

export const explanationListQuery = pageSchema({ maximumLimit: 200 })
  .extend({
    cause: z.enum(['breach', 'schedule']).optional(),
    breachId: uuid.optional(),
  })
  .extend(periodQuery.shape);
export type ExplanationListQuery = z.output<typeof explanationListQuery>;

/** An explanation as it was published, or why there is none. */
export const explanationView = explanationRecord;
export type ExplanationView = ExplanationRecord;

/** The same without its parts node by node. */
export const explanationSummary = z.discriminatedUnion('state', [
  changeExplanation.omit({ nodes: true }).extend({ state: z.literal('explained') }),
  unexplainedChange.extend({ state: z.literal('unexplained') }),
]);
export type ExplanationSummary = z.infer<typeof explanationSummary>;
export const explanationPage = pageOf(explanationSummary);

export const changeQuery = z.object({
  measure: riskMeasure.default('volatility'),
  nodeId: z.string().min(1).max(256).default('portfolio').describe('for example strategy:Growth or leaf:Growth/AAPL'),
  from: instant.optional().describe('the last snapshot at or before this moment'),
  fromSnapshotId: uuid.optional().describe('this snapshot, whatever `from` says'),
  to: instant.optional().describe('the last snapshot at or before this moment; the latest when absent'),
  toSnapshotId: uuid.optional().describe('this snapshot, whatever `to` says'),
  format,
});
export type ChangeQuery = z.output<typeof changeQuery>;

export const changeView = changeExplanation
  .omit({
    explanationId: true,
    cause: true,
    breachId: true,
    limitId: true,
    transition: true,
    asOf: true,
  })
  .extend({ fromSequence: z.int().min(1), toSequence: z.int().min(1) });
export type ChangeView = z.infer<typeof changeView>;
