import type { PlanStatus } from '@risk-budget/contracts';
import type { StateMachine } from '@risk-budget/service-kit';

/** What may be done to a plan. */
export type PlanAction = 'edit' | 'approve' | 'reject' | 'withdraw' | 'activate' | 'adjust' | 'transfer' | 'supersede';

/** The life of a plan: what each state allows, and where it leads. Whatever is not here is refused. */
export const planMachine: StateMachine<PlanStatus, PlanAction> = {
  initial: 'draft',
  final: ['superseded', 'rejected', 'withdrawn'],
  transitions: {
    draft: { edit: 'draft', approve: 'approved', reject: 'rejected', withdraw: 'withdrawn' },
    approved: { activate: 'active', withdraw: 'withdrawn' },
    active: { adjust: 'active', transfer: 'active', supersede: 'superseded' },
    superseded: {},
    rejected: {},
    withdrawn: {},
  },
};
