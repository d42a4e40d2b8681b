import type { PlanStatus } from '@risk-budget/contracts';

/** What may be done to a plan. */
export const planActions = [
  'edit',
  'approve',
  'reject',
  'withdraw',
  'activate',
  'adjust',
  'transfer',
  'supersede',
] as const;
export type PlanAction = (typeof planActions)[number];

/** The life of a plan: what each state allows, and where it leads. Whatever is not here is refused. */
export const planTransitions: Readonly<Record<PlanStatus, Readonly<Partial<Record<PlanAction, PlanStatus>>>>> = {
  draft: { edit: 'draft', approve: 'approved', reject: 'rejected', withdraw: 'withdrawn' },
  approved: { activate: 'active', withdraw: 'withdrawn' },
  active: { adjust: 'active', transfer: 'active', supersede: 'superseded' },
  superseded: {},
  rejected: {},
  withdrawn: {},
};

/** The state after an action; undefined when the state does not allow it. */
export function nextStatus(status: PlanStatus, action: PlanAction): PlanStatus | undefined {
  return planTransitions[status][action];
}

/** What a state allows, for the message of a refusal. */
export function allowedActions(status: PlanStatus): PlanAction[] {
  return planActions.filter((action) => planTransitions[status][action] !== undefined);
}
