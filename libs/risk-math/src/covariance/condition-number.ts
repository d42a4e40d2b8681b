import { symmetricEigenvalues } from '../linear-algebra/symmetric-eigen.js';
import type { Covariance } from '../model/covariance.js';
import { type RiskModelMatrix, multiply } from '../model/risk-model-matrix.js';

/**
 * The condition number: largest over smallest eigenvalue. `null` when the smallest is 0 to working precision: the matrix
 * is singular, and what divides by it is undefined.
 *
 * Source: Golub and Van Loan, "Matrix computations" (2013), section 2.6.
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

/** Relative change of a step that ends a power iteration. */
const SETTLED = 1e-6;
const MOST_STEPS = 1000;

/**
 * The largest eigenvalue of a risk model by power iteration, to about 1e-6 from below, without writing the matrix out: for models
 * of thousands of names, where one factor stands far above the rest.
 *
 * Source: Golub and Van Loan, "Matrix computations" (2013), section 8.2.
 */
export function largestEigenvalue(matrix: RiskModelMatrix): number {
  const { size } = matrix;
  const vector = new Float64Array(size).fill(1 / Math.sqrt(Math.max(1, size)));
  let eigenvalue = 0;
  for (let step = 0; step < MOST_STEPS; step++) {
    const product = multiply(matrix, vector);
    let squares = 0;
    for (const value of product) squares += value * value;
    const length = Math.sqrt(squares);
    if (length === 0) return 0;
    if (Math.abs(length - eigenvalue) <= SETTLED * length) return length;
    eigenvalue = length;
    for (let i = 0; i < size; i++) vector[i] = product[i]! / length;
  }
  return eigenvalue;
}
