import type { Instant } from '@risk-budget/contracts';
import type { BusinessCalendar } from '@risk-budget/market-data';
import type { EscalationPolicyInput } from './escalation-policy.types.js';

/** When a step of a ladder is due, counted in business hours from its start; undefined above the last step. Steps count from 1. */
export function stepDeadline(
  policy: Pick<EscalationPolicyInput, 'steps'>,
  step: number,
  startedAt: Instant,
  calendar: Pick<BusinessCalendar, 'addBusinessHours'>,
): Instant | undefined {
  const rung = policy.steps[step - 1];
  return rung === undefined ? undefined : calendar.addBusinessHours(startedAt, rung.afterBusinessHours);
}
