import { changeExplanation, explainedMeasure, unexplainedChange } from '@risk-budget/contracts';
import { z } from 'zod';

/** An explanation as it was published, or why there is none. */
export const explanationRecord = z.discriminatedUnion('state', [
  changeExplanation.extend({ state: z.literal('explained') }),
  unexplainedChange.extend({ state: z.literal('unexplained') }),
]);
export type ExplanationRecord = z.infer<typeof explanationRecord>;

/** What an explanation is about, whether there is one or not. */
export type ExplanationSubject = Pick<
  z.infer<typeof unexplainedChange>,
  'explanationId' | 'portfolioId' | 'cause' | 'breachId' | 'limitId' | 'transition' | 'asOf' | 'measure' | 'nodeId'
>;

/** A transition of a breach that wants an explanation. */
export const explanationTask = z.object({
  explanationId: z.uuid(),
  portfolioId: z.string(),
  breachId: z.uuid(),
  limitId: z.string(),
  transition: z.enum(['opened', 'worsened']),
  at: z.string(),
  measure: explainedMeasure,
  nodeId: z.string(),
  fromSnapshotId: z.uuid().nullable(),
  toSnapshotId: z.uuid(),
  correlationId: z.string(),
  causationId: z.string(),
  attempts: z.int().min(0),
});
export type ExplanationTask = z.infer<typeof explanationTask>;
