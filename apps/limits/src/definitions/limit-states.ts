import type { LimitStatus } from '@risk-budget/contracts';
import { allowedActions, nextState, type StateMachine } from '@risk-budget/service-kit';
import { limitTransitionRefused } from '../errors.js';

/** What happens to one version of a limit after it was proposed. */
export type LimitAction = 'approve' | 'approveRetirement' | 'reject' | 'replace' | 'lapse';

/**
 * The life of one version: a later proposal replaces a waiting one, a later approval the version in force. A retirement is a version of its
 * own that ends as `retired`.
 */
export const limitMachine: StateMachine<LimitStatus, LimitAction> = {
  initial: 'proposed',
  final: ['superseded', 'retired', 'rejected'],
  transitions: {
    proposed: { approve: 'active', approveRetirement: 'retired', reject: 'rejected', replace: 'superseded' },
    active: { replace: 'superseded', lapse: 'retired' },
    superseded: {},
    retired: {},
    rejected: {},
  },
};

/** @throws ConflictError `LIMITS.LIMIT_TRANSITION_REFUSED` naming the actions that the status allows */
export function applyLimitAction(limitId: string, from: LimitStatus, action: LimitAction): LimitStatus {
  const to = nextState(limitMachine, from, action);
  if (to === undefined) throw limitTransitionRefused(limitId, from, action, allowedActions(limitMachine, from));
  return to;
}
