import type { Covariance } from '../model/covariance.js';

/** A shrunk covariance and by how much. */
export interface ShrunkCovariance {
  readonly covariance: Covariance;
  /** δ in δ·target + (1 − δ)·sample, within [0, 1]. */
  readonly shrinkage: number;
}

/** A target of shrinkage, element by element: the covariance of assets i and j, i ≠ j, and the variance of i. */
export interface Target {
  readonly variance: (i: number) => number;
  readonly covariance: (i: number, j: number) => number;
}

/** Σ of squares of all elements of a symmetric matrix. */
export function sumOfSquares(values: Float64Array): number {
  let total = 0;
  for (let at = 0; at < values.length; at++) total += values[at]! * values[at]!;
  return total;
}

/** Numerator over distance in [0, 1]; no shrinkage when sample and target agree. */
export function intensity(numerator: number, distance: number): number {
  return distance > 0 ? Math.min(1, Math.max(0, numerator / distance)) : 0;
}

/** Squared Frobenius distance of a symmetric matrix from the target. */
export function squaredDistance(sample: Float64Array, assets: number, target: Target): number {
  let total = 0;
  for (let i = 0; i < assets; i++) {
    let row = 0;
    for (let j = 0; j < i; j++) row += (sample[i * assets + j]! - target.covariance(i, j)) ** 2;
    total += 2 * row + (sample[i * assets + i]! - target.variance(i)) ** 2;
  }
  return total;
}

/** δ·target + (1 − δ)·sample, in the sample's memory. */
export function blend(sample: Float64Array, assets: number, target: Target, shrinkage: number): Float64Array {
  const rest = 1 - shrinkage;
  for (let i = 0; i < assets; i++) {
    for (let j = 0; j < i; j++) {
      const element = shrinkage * target.covariance(i, j) + rest * sample[i * assets + j]!;
      sample[i * assets + j] = element;
      sample[j * assets + i] = element;
    }
    sample[i * assets + i] = shrinkage * target.variance(i) + rest * sample[i * assets + i]!;
  }
  return sample;
}
