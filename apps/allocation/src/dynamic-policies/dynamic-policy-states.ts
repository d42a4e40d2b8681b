import type { StateMachine } from '@risk-budget/service-kit';
import type { DynamicPolicyStatus } from './dynamic-policy.schemas.js';

/** What may happen to a dynamic policy. */
export type DynamicPolicyAction = 'approve' | 'reject' | 'withdraw' | 'supersede' | 'retire';

/** The life of a dynamic policy; whatever is not here is refused. */
export const dynamicPolicyMachine: StateMachine<DynamicPolicyStatus, DynamicPolicyAction> = {
  initial: 'proposed',
  final: ['superseded', 'rejected', 'withdrawn', 'retired'],
  transitions: {
    proposed: { approve: 'active', reject: 'rejected', withdraw: 'withdrawn' },
    active: { supersede: 'superseded', retire: 'retired' },
    superseded: {},
    rejected: {},
    withdrawn: {},
    retired: {},
  },
};
