import {
  breach,
  breachState,
  freeText,
  identifier,
  instant,
  limitMeasure,
  riskMeasure,
  uuid,
} from '@risk-budget/contracts';
import { pageSchema } from '@risk-budget/service-kit';
import { z } from 'zod';
import { person } from '../person.js';
import { period, querySwitch } from '../rest/parameters.js';
import { explanationDocument } from '../explanations/explanation.types.js';
import type { BreachRecord, BreachTransition } from './breach.types.js';

/** A breach as it stands now. Figures in the measure's unit. */
export const breachView = z.object({
  breachId: uuid,
  portfolioId: z.string(),
  limitId: z.string(),
  limitVersion: z.int().min(1),
  severity: z.enum(['soft', 'hard']),
  direction: z.enum(['upper', 'lower']),
  measure: limitMeasure,
  budgetMeasure: riskMeasure.nullable().describe('of the budget tree, for a limit on utilization'),
  nodeId: z.string(),
  state: breachState,
  nature: z.enum(['active', 'passive']).describe('active: a trade caused or worsened it'),
  openedAt: instant,
  resolvedAt: instant.nullable(),
  snapshotId: uuid.describe('the last snapshot held against the limit'),
  heldSnapshotId: uuid.nullable().describe('the last snapshot before the breach in which the limit held'),
  value: z.number(),
  bound: z.number(),
  worstValue: z.number(),
  escalationPolicyId: z.string(),
  escalationStep: z.int().min(0),
  acknowledgedBy: person.nullable(),
  acknowledgedAt: instant.nullable(),
  waivedBy: person.nullable(),
  waiverExpiresAt: instant.nullable(),
  remediation: z.object({ plan: z.string(), dueAt: instant }).nullable(),
  reason: z.string().nullable().describe('of the last transition'),
  revision: z.int().min(1).describe('grows with every transition; the ETag'),
});
export type BreachView = z.infer<typeof breachView>;

export const breachTransitionView = z.object({
  ordinal: z.int().min(1),
  transition: breach.shape.transition,
  from: breachState.nullable(),
  to: breachState,
  at: instant,
  by: person.nullable().describe('null for the service itself'),
  event: breach.describe('as it was published'),
});

/** What explains one opening or worsening. */
export const breachExplanationView = z.object({
  transition: z.enum(['opened', 'worsened']),
  at: instant,
  explanation: z
    .union([explanationDocument, z.object({ state: z.literal('pending') })])
    .describe('pending until attribution has told; its parts node by node stand there under `explanationId`'),
});
export type BreachExplanationView = z.infer<typeof breachExplanationView>;

export const breachWithHistory = breachView.extend({
  explanations: z.array(breachExplanationView).describe('of the opening and each worsening, oldest first'),
  history: z.array(breachTransitionView),
});
export type BreachWithHistory = z.infer<typeof breachWithHistory>;

export const breachQuery = pageSchema().extend({
  portfolioId: identifier.optional(),
  limitId: identifier.optional(),
  state: breachState.optional(),
  severity: z.enum(['soft', 'hard']).optional(),
  resolved: querySwitch.optional().describe('only resolved ones, or only others'),
  ...period,
});
export type BreachQuery = z.output<typeof breachQuery>;

export const acknowledgementBody = z.object({ reason: freeText.optional() });
export type AcknowledgementBody = z.infer<typeof acknowledgementBody>;

export const waiverBody = z.object({ expiresAt: instant, reason: freeText });
export type WaiverBody = z.infer<typeof waiverBody>;

export const remediationBody = z.object({ plan: freeText, dueAt: instant });
export type RemediationBody = z.infer<typeof remediationBody>;

export function breachViewOf(record: BreachRecord): BreachView {
  const {
    ladder: _,
    ladderStartedAt: __,
    remediationAuthors: ___,
    remediationPlan,
    remediationDueAt,
    ...view
  } = record;
  const remediation =
    remediationPlan === null || remediationDueAt === null ? null : { plan: remediationPlan, dueAt: remediationDueAt };
  return { ...view, remediation };
}

export function breachWithHistoryOf(
  record: BreachRecord,
  history: readonly BreachTransition[],
  explained: readonly BreachExplanationView[],
): BreachWithHistory {
  const transitions = z.array(breachTransitionView).parse(history);
  const explanations = transitions.flatMap(({ transition, at }): BreachExplanationView[] => {
    if (transition !== 'opened' && transition !== 'worsened') return [];
    const found = explained.find((one) => one.transition === transition && Date.parse(one.at) === Date.parse(at));
    return [found ?? { transition, at, explanation: { state: 'pending' } }];
  });
  return { ...breachViewOf(record), explanations, history: transitions };
}
