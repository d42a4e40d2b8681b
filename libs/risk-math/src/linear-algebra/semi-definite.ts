import { requireFinite, requireLength } from '../foundation/guards.js';
import { RiskMathError } from '../foundation/risk-math-error.js';
import { symmetricEigenvalues } from './symmetric-eigen.js';

/** Eigenvalues below −this, relative to the largest element times n, are no rounding. */
const INDEFINITE = 1e-10;

/**
 * An O(n³) check of a symmetric n×n row-major matrix.
 *
 * @throws RiskMathError `invalidInput` on a matrix that is not symmetric, or not finite; `notPositiveSemiDefinite`
 */
export function requirePositiveSemiDefinite(matrix: Float64Array, size: number, field: string): void {
  requireLength(matrix, size * size, field);
  requireFinite(matrix, field);
  const largest = matrix.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < i; j++) {
      if (Math.abs(matrix[i * size + j]! - matrix[j * size + i]!) <= 1e-12 * largest) continue;
      throw new RiskMathError('invalidInput', `the matrix of ${field} is not symmetric`, { field });
    }
  }
  const [smallest = 0] = symmetricEigenvalues(matrix, size);
  if (smallest >= -INDEFINITE * largest * size) return;
  throw new RiskMathError('notPositiveSemiDefinite', `the matrix of ${field} has an eigenvalue of ${smallest}`, {
    field,
    smallestEigenvalue: smallest,
  });
}
