import { requireFiniteNumber } from '../foundation/guards.js';
import { RiskMathError } from '../foundation/risk-math-error.js';

/** How much of a budget is used. */
export interface Utilization {
  /** `unbudgeted`: there is consumption, or a node, without a budget to hold it against. */
  readonly state: 'budgeted' | 'unbudgeted';
  /** The node's signed Euler contribution. */
  readonly consumption: number;
  /** Absolute, in the measure's unit; `null` when the node has none. */
  readonly budget: number | null;
  /** max(0, consumption) / budget; `null` when unbudgeted. */
  readonly utilization: number | null;
  /** budget − consumption: a hedge has more than its budget. `null` without a budget. */
  readonly headroom: number | null;
}

/**
 * Consumption held against a budget. Without a budget, or with a budget of 0 and something consumed, the state is
 * `unbudgeted`; nothing is ever divided by 0.
 *
 * @param consumption signed Euler contribution in the measure's unit
 * @param budget absolute, same unit, not negative; `null` or `undefined` when there is none
 * @throws RiskMathError `invalidInput` on a negative budget or a number that is not finite
 */
export function utilizationOf(consumption: number, budget: number | null | undefined): Utilization {
  requireFiniteNumber(consumption, 'consumption');
  if (budget === null || budget === undefined) {
    return { state: 'unbudgeted', consumption, budget: null, utilization: null, headroom: null };
  }
  requireFiniteNumber(budget, 'budget');
  if (budget < 0) throw new RiskMathError('invalidInput', 'a budget cannot be negative', { field: 'budget' });
  const headroom = budget - consumption;
  if (budget === 0) {
    return consumption > 0
      ? { state: 'unbudgeted', consumption, budget, utilization: null, headroom }
      : { state: 'budgeted', consumption, budget, utilization: 0, headroom };
  }
  return { state: 'budgeted', consumption, budget, utilization: Math.max(0, consumption) / budget, headroom };
}
