import { studentTCdf } from '../distribution/student-t.js';
import { requireFinite, requireInteger, requireLength, requireObservations } from '../foundation/guards.js';
import { RiskMathError } from '../foundation/risk-math-error.js';
import { longRunVariance } from './hac.js';

export interface DieboldMarianoResult {
  /** Negative when the first forecast has the smaller loss. */
  readonly statistic: number;
  /** Two-sided, Student's t with T − 1 degrees of freedom. */
  readonly pValue: number;
  /** Mean of the first losses less the second. */
  readonly meanDifference: number;
  /** `uniform`: autocovariances to h − 1 with weight 1, as published; `bartlett`: where those give no positive variance, or by wish. */
  readonly kernel: 'uniform' | 'bartlett';
  readonly lags: number;
  /** The statistic is multiplied by √((T + 1 − 2h + h(h−1)/T) / T). */
  readonly correction: 'harveyLeybourneNewbold';
}

/**
 * Equal accuracy of two forecasts of `horizonDays` days, from their losses on the same days.
 *
 * Sources: Diebold and Mariano, Journal of Business & Economic Statistics 13 (1995); the correction: Harvey, Leybourne and
 * Newbold, International Journal of Forecasting 13 (1997).
 *
 * @throws RiskMathError `tooFewObservations` unless there are more than 2h days; `outOfDomain` when the losses differ by a
 *   constant, which leaves nothing to judge it by
 */
export function dieboldMariano(
  first: Float64Array,
  second: Float64Array,
  horizonDays: number,
  kernel: 'uniform' | 'bartlett' = 'uniform',
): DieboldMarianoResult {
  requireInteger(horizonDays, 1, 'horizonDays');
  requireLength(second, first.length, 'second');
  requireObservations(first.length, Math.max(3, 2 * horizonDays + 1), 'the test of Diebold and Mariano');
  requireFinite(first, 'first');
  requireFinite(second, 'second');
  const count = first.length;
  const differences = first.map((value, t) => value - second[t]!);
  let mean = 0;
  for (const value of differences) mean += value / count;
  const lags = horizonDays - 1;
  const result = { lags, correction: 'harveyLeybourneNewbold', meanDifference: mean } as const;
  if (differences.every((value) => value === 0)) return { statistic: 0, pValue: 1, kernel, ...result };
  const centred = differences.map((value) => value - mean);
  const used = kernel === 'uniform' && longRunVariance(centred, lags, 'uniform') > 0 ? 'uniform' : 'bartlett';
  const variance = longRunVariance(centred, lags, used);
  if (!(variance > 1e-24 * mean * mean)) {
    throw new RiskMathError('outOfDomain', 'the losses differ by the same amount on every day', { field: 'first' });
  }
  const correction = Math.sqrt((count + 1 - 2 * horizonDays + (horizonDays * (horizonDays - 1)) / count) / count);
  const statistic = (correction * mean) / Math.sqrt(variance / count);
  return { statistic, pValue: 2 * studentTCdf(-Math.abs(statistic), count - 1), kernel: used, ...result };
}
