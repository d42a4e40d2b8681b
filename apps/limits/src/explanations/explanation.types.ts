import { changeExplanation, unexplainedChange } from '@risk-budget/contracts';
import { z } from 'zod';

/** What attribution said of one transition of a breach, without its parts node by node: attribution shows those. */
export const explanationDocument = z.discriminatedUnion('state', [
  changeExplanation
    .pick({
      explanationId: true,
      measure: true,
      nodeId: true,
      quantity: true,
      fromSnapshotId: true,
      toSnapshotId: true,
      fromAsOf: true,
      toAsOf: true,
      from: true,
      to: true,
      budgetFrom: true,
      budgetTo: true,
      effects: true,
      contributors: true,
      codeVersion: true,
    })
    .extend({ state: z.literal('explained') }),
  unexplainedChange.pick({ explanationId: true, code: true, detail: true }).extend({ state: z.literal('unexplained') }),
]);
export type ExplanationDocument = z.infer<typeof explanationDocument>;

/** One transition of a breach that wants an explanation. */
export interface ExplainedTransition {
  readonly breachId: string;
  readonly transition: 'opened' | 'worsened';
  readonly at: string;
}
