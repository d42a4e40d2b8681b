import type { Breach, BreachState } from '@risk-budget/contracts';
import { allowedActions, nextState, type StateMachine } from '@risk-budget/service-kit';
import { breachTransitionRefused } from '../errors.js';

/** What happens to a breach after it was opened. */
export type BreachAction = Exclude<Breach['transition'], 'opened'>;

/**
 * The life of a breach. Only an acknowledged breach is waived or remediated, so that somebody has looked at it first. A snapshot inside the
 * bound resolves it from any state. `escalated` from `remediating` means that the plan's due date has passed.
 */
export const breachMachine: StateMachine<BreachState, BreachAction> = {
  initial: 'open',
  final: ['resolved'],
  transitions: {
    open: { acknowledged: 'acknowledged', escalated: 'open', worsened: 'open', resolved: 'resolved' },
    acknowledged: {
      waived: 'waived',
      remediationPlanned: 'remediating',
      worsened: 'acknowledged',
      resolved: 'resolved',
    },
    waived: {
      waiverExpired: 'open',
      remediationPlanned: 'remediating',
      worsened: 'waived',
      resolved: 'resolved',
    },
    remediating: {
      remediationPlanned: 'remediating',
      waived: 'waived',
      escalated: 'open',
      worsened: 'remediating',
      resolved: 'resolved',
    },
    resolved: {},
  },
};

/**
 * The state that an action leads to.
 *
 * @throws ConflictError `LIMITS.BREACH_TRANSITION_REFUSED` naming the actions that the state allows
 */
export function applyBreachAction(breachId: string, from: BreachState, action: BreachAction): BreachState {
  const to = nextState(breachMachine, from, action);
  if (to === undefined) throw breachTransitionRefused(breachId, from, action, allowedActions(breachMachine, from));
  return to;
}
