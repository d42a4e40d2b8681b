import { RiskMathError } from './risk-math-error.js';

/** Of a variance, what may be lost to rounding, relative to the most that it could be; of a correlation, as of a covariance. */
export const ROUNDING = 1e-9;

/**
 * A variance summed from terms of either sign, its rounding below 0 cut off.
 *
 * @param most the variance if the terms did not cancel; asked for only where the sum is negative
 * @throws RiskMathError `notPositiveSemiDefinite` on a sum that is negative beyond rounding, so that the matrix behind it is no
 *   covariance; `outOfDomain` on one that has overflowed
 */
export function notNegative(variance: number, most: () => number): number {
  if (variance >= 0 && variance < Infinity) return variance;
  if (!Number.isFinite(variance)) {
    throw new RiskMathError('outOfDomain', 'a variance is too large for a number', { field: 'weights' });
  }
  const residual = variance / most();
  if (residual >= -ROUNDING) return 0;
  throw new RiskMathError(
    'notPositiveSemiDefinite',
    `a portfolio has a variance of ${variance}: the matrix is not positive semi-definite`,
    { field: 'covariance', residual },
  );
}

/**
 * (Σ |wᵢ| σᵢ)²: the variance of a portfolio whose parts all move together.
 *
 * @param apart places from one variance to the next: n + 1 where they are the diagonal of an n×n matrix
 */
export function variancePossible(weights: ArrayLike<number>, variances: ArrayLike<number>, apart = 1): number {
  let deviation = 0;
  for (let i = 0; i < weights.length; i++) deviation += Math.abs(weights[i]!) * Math.sqrt(variances[i * apart]!);
  return deviation * deviation;
}
