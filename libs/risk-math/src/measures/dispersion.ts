import { requireFinite, requireFiniteNumber, requireObservations } from '../foundation/guards.js';

/**
 * Standard deviation √(Σ (r − r̄)² / (T − 1)) of a series, per day, same unit as the returns. The mean is subtracted before the squares are summed,
 * so that a large mean takes no digits.
 *
 * Source: Chan, Golub and LeVeque, "Algorithms for computing the sample variance", American Statistician 37 (1983), for the two passes.
 *
 * @param returns T numbers
 * @throws RiskMathError `tooFewObservations` below two returns; `invalidInput` on one that is not finite
 */
export function standardDeviation(returns: Float64Array): number {
  requireObservations(returns.length, 2, 'a standard deviation');
  requireFinite(returns, 'returns');
  const mean = meanOf(returns);
  let squares = 0;
  for (const value of returns) squares += (value - mean) ** 2;
  return Math.sqrt(squares / (returns.length - 1));
}

/**
 * Semi-deviation √(Σ min(0, r − target)² / (T − 1)), per day, same unit as the returns.
 *
 * Source: Markowitz, "Portfolio selection: efficient diversification of investments" (1959), chapter 9.
 *
 * @param returns T numbers
 * @param target the mean when absent
 * @throws RiskMathError `tooFewObservations` below two returns; `invalidInput` on a number that is not finite
 */
export function semiDeviation(returns: Float64Array, target?: number): number {
  requireObservations(returns.length, 2, 'a semi-deviation');
  requireFinite(returns, 'returns');
  if (target !== undefined) requireFiniteNumber(target, 'target');
  const from = target ?? meanOf(returns);
  let squares = 0;
  for (const value of returns) squares += Math.min(0, value - from) ** 2;
  return Math.sqrt(squares / (returns.length - 1));
}

/**
 * Mean absolute deviation Σ|r − mean| / T, per day, same unit as the returns.
 *
 * Source: Konno and Yamazaki, "Mean-absolute deviation portfolio optimization model and its applications to Tokyo stock market",
 * Management Science 37 (1991).
 *
 * @param returns T numbers
 * @throws RiskMathError as `semiDeviation`
 */
export function meanAbsoluteDeviation(returns: Float64Array): number {
  requireObservations(returns.length, 2, 'a mean absolute deviation');
  requireFinite(returns, 'returns');
  const mean = meanOf(returns);
  let total = 0;
  for (const value of returns) total += Math.abs(value - mean);
  return total / returns.length;
}

/** The mean, with a second pass for what rounding left. */
export function meanOf(values: Float64Array): number {
  let mean = 0;
  for (const value of values) mean += value;
  mean /= values.length;
  let rest = 0;
  for (const value of values) rest += value - mean;
  return mean + rest / values.length;
}
