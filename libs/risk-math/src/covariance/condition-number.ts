import { symmetricEigenvalues } from '../linear-algebra/symmetric-eigen.js';
import type { Covariance } from '../model/covariance.js';

/**
 * The condition number: largest over smallest eigenvalue. `null` when the smallest is 0 to working precision: the matrix
 * is singular, and what divides by it is undefined.
 */
export function conditionNumber(covariance: Covariance): number | null {
  return conditionOfSymmetric(covariance.values, covariance.size);
}

/** `conditionNumber` of a plain symmetric positive semi-definite n×n matrix. */
export function conditionOfSymmetric(matrix: Float64Array, size: number): number | null {
  const values = symmetricEigenvalues(matrix, size);
  const smallest = values[0] ?? 0;
  const largest = values[size - 1] ?? 0;
  return smallest > size * Number.EPSILON * largest ? largest / smallest : null;
}
