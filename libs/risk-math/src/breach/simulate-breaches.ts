import {
  requireFinite,
  requireFiniteNumber,
  requireInteger,
  requireLength,
  requireObservations,
} from '../foundation/guards.js';
import { RiskMathError } from '../foundation/risk-math-error.js';
import { breachProbability, type BreachProbability } from './first-passage.js';
import type { BreachSimulation, PathLimit } from './path-limits.js';
import { PathState } from './path-state.js';

/**
 * The chance that each limit is strictly beyond its bound on any of the next days, holdings unchanged.
 *
 * Whole past days are drawn, scaled to today's volatility (filtered historical simulation; Barone-Adesi, Giannopoulos and Vosper, Journal
 * of Futures Markets 19, 1999). Values drift with the returns. A figure of risk is carried along as the policy's model would be estimated
 * again, a historical one as its window would be taken again: each new day enters, the oldest one leaves or fades; past days count at
 * today's holdings, days of the path at those that they met.
 *
 * @throws RiskMathError `tooFewObservations` without a path or a past day; `invalidInput` on wrong shapes, numbers that are not finite, a
 *   net asset value that is not positive, or a draw of a day that is not there; `outOfDomain` for a figure against a benchmark or of a tail
 *   that is not given
 */
export function simulateBreaches(input: BreachSimulation): BreachProbability[] {
  requireSimulation(input);
  const { limits, draws, horizonDays } = input;
  const paths = draws.length / horizonDays;
  const figures = limits.map(() => new Float64Array(draws.length));
  const state = new PathState(input);
  for (let path = 0; path < paths; path++) {
    state.restart();
    for (let day = 0; day < horizonDays; day++) {
      const at = path * horizonDays + day;
      state.step(draws[at]!, day);
      for (let k = 0; k < limits.length; k++) figures[k]![at] = state.figure(k);
    }
  }
  return limits.map(({ bound, side }, k) => breachProbability(figures[k]!, horizonDays, bound, side));
}

function requireSimulation({
  values,
  cash,
  past,
  scaled,
  draws,
  horizonDays,
  limits,
  ...rest
}: BreachSimulation): void {
  const width = values.length;
  requireInteger(horizonDays, 1, 'horizonDays');
  requireFinite(values, 'values');
  requireFiniteNumber(cash, 'cash');
  if (!(values.reduce((sum, value) => sum + value, cash) > 0)) {
    throw new RiskMathError('invalidInput', 'the net asset value must be positive', { field: 'values' });
  }
  const days = width === 0 ? (rest.benchmark?.past.length ?? 1) : scaled.length / width;
  requireObservations(Math.floor(days), 1, 'a simulation of breaches');
  requireLength(scaled, Math.floor(days) * width, 'scaled');
  requireLength(past, scaled.length, 'past');
  requireFinite(scaled, 'scaled');
  requireFinite(past, 'past');
  requireObservations(Math.floor(draws.length / horizonDays), 1, 'a simulation of breaches');
  requireLength(draws, Math.floor(draws.length / horizonDays) * horizonDays, 'draws');
  if (draws.some((day) => day < 0 || day >= days)) {
    throw new RiskMathError('invalidInput', `a draw is not one of the ${days} days`, { field: 'draws' });
  }
  if (rest.benchmark !== undefined) {
    requireLength(rest.benchmark.past, days, 'benchmark');
    requireLength(rest.benchmark.scaled, days, 'benchmark');
    requireLength(rest.benchmark.taken, width, 'benchmark');
    requireFinite(rest.benchmark.past, 'benchmark');
    requireFinite(rest.benchmark.scaled, 'benchmark');
  }
  const lacking = limits.find((limit) => lacks(limit, rest));
  if (lacking !== undefined) {
    throw new RiskMathError('outOfDomain', 'a figure needs a benchmark or a tail that is not given', {
      field: 'limits',
    });
  }
}

function lacks({ figure }: PathLimit, { benchmark, tail }: Pick<BreachSimulation, 'benchmark' | 'tail'>): boolean {
  if (figure.kind === 'historical') return tail === undefined;
  return figure.kind === 'risk' && (figure.of === 'active' || figure.of === 'beta') && benchmark === undefined;
}
