import type { RiskSpecification } from '../foundation/conventions.js';
import { requireInteger, requireObservations } from '../foundation/guards.js';
import { RiskMathError } from '../foundation/risk-math-error.js';
import { type Returns, requireReturns } from '../model/returns.js';

/** Past returns as scenarios for today's holdings, over one horizon. */
export interface ScenarioSet {
  /** T'×n simple returns over `windowDays` days each. */
  readonly returns: Returns;
  /** 1, or h when windows of h days overlap. */
  readonly windowDays: number;
  /** Windows that share no day. */
  readonly independentWindows: number;
  /** What one-window figures are multiplied by: √h under `sqrt` scaling, else 1. */
  readonly multiplier: number;
  readonly horizonDays: number;
}

/**
 * Scenarios for a horizon: one-day returns and √h, or overlapping windows of h days with their compounded returns.
 *
 * @param returns T×n one-day simple returns
 * @throws RiskMathError `tooFewObservations` with fewer than two windows; `invalidInput` on a return that is not finite
 */
export function createScenarios(
  returns: Returns,
  specification: Pick<RiskSpecification, 'horizonDays' | 'scaling'>,
): ScenarioSet {
  const { horizonDays, scaling } = specification;
  requireInteger(horizonDays, 1, 'horizonDays');
  if (scaling === 'sqrt' || horizonDays === 1) {
    requireReturns(returns);
    requireObservations(returns.observations, 2, 'a historical measure');
    return {
      returns,
      windowDays: 1,
      independentWindows: returns.observations,
      multiplier: Math.sqrt(horizonDays),
      horizonDays,
    };
  }
  requireObservations(returns.observations, horizonDays + 1, `a historical measure over ${horizonDays} days`);
  return {
    returns: overlappingReturns(returns, horizonDays),
    windowDays: horizonDays,
    independentWindows: Math.floor(returns.observations / horizonDays),
    multiplier: 1,
    horizonDays,
  };
}

/**
 * Compounded returns Π(1 + r) − 1 over every window of `days` days: (T − days + 1)×n, oldest first.
 *
 * @throws RiskMathError `outOfDomain` on a return below −1; `invalidInput` on one that is not finite
 */
export function overlappingReturns(returns: Returns, days: number): Returns {
  requireInteger(days, 1, 'days');
  requireReturns(returns);
  requireObservations(returns.observations, days, `a window of ${days} days`);
  const { values, assets, observations } = returns;
  const windows = observations - days + 1;
  const compounded = new Float64Array(windows * assets).fill(1);
  for (let start = 0; start < windows; start++) {
    for (let day = start; day < start + days; day++) {
      for (let i = 0; i < assets; i++) {
        const growth = 1 + values[day * assets + i]!;
        if (growth < 0) throw new RiskMathError('outOfDomain', 'a simple return is below −1', { field: 'returns' });
        compounded[start * assets + i]! *= growth;
      }
    }
  }
  for (let index = 0; index < compounded.length; index++) compounded[index]! -= 1;
  return {
    values: compounded,
    observations: windows,
    assets,
    ...(returns.ids === undefined ? {} : { ids: returns.ids }),
  };
}
