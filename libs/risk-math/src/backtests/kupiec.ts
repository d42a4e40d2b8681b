import { chiSquaredSurvival } from '../distribution/incomplete-gamma.js';
import { requireConfidence, requireInteger, requireObservations } from '../foundation/guards.js';
import { RiskMathError } from '../foundation/risk-math-error.js';
import { type TestResult, timesLog } from './exceedances.js';

/**
 * Proportion of failures: does value at risk at `confidence` fail as often as it says?
 *
 * LR = −2 ln[(1−p)^{T−N} p^N] + 2 ln[(1−N/T)^{T−N} (N/T)^N], χ² with one degree of freedom, p = 1 − confidence.
 *
 * Source: Kupiec, Journal of Derivatives 3 (1995), eq. 4.
 *
 * @param exceedances N; @param observations T
 * @throws RiskMathError `invalidInput` unless 0 ≤ N ≤ T are integers; `tooFewObservations` below one day
 */
export function kupiec(exceedances: number, observations: number, confidence: number): TestResult {
  requireConfidence(confidence);
  requireInteger(observations, 0, 'observations');
  requireInteger(exceedances, 0, 'exceedances');
  requireObservations(observations, 1, 'the test of Kupiec');
  if (exceedances > observations) {
    throw new RiskMathError('invalidInput', `${exceedances} exceedances in ${observations} days`, {
      field: 'exceedances',
    });
  }
  const statistic = bernoulliRatio(exceedances, observations, 1 - confidence);
  return { statistic, pValue: chiSquaredSurvival(statistic, 1), degreesOfFreedom: 1 };
}

/** −2 ln of the likelihood of `count` in `total` at `probability` over that at the frequency seen. */
export function bernoulliRatio(count: number, total: number, probability: number): number {
  const frequency = count / total;
  const expected = timesLog(total - count, 1 - probability) + timesLog(count, probability);
  const seen = timesLog(total - count, 1 - frequency) + timesLog(count, frequency);
  return Math.max(0, 2 * (seen - expected));
}
