import type { Side } from './constrained-problem.js';

/** target += factor × vector. */
export function addScaled(target: Float64Array, vector: Float64Array, factor: number): void {
  for (let i = 0; i < target.length; i++) target[i]! += factor * vector[i]!;
}

/** matrix += weight × ggᵀ of a side’s linear part. */
export function addOuter(
  matrix: Float64Array,
  { variables, coefficients }: Pick<Side, 'variables' | 'coefficients'>,
  weight: number,
  size: number,
): void {
  for (let a = 0; a < variables.length; a++) {
    const scaled = weight * coefficients[a]!;
    const row = variables[a]! * size;
    for (let b = 0; b < variables.length; b++) matrix[row + variables[b]!]! += scaled * coefficients[b]!;
  }
}

/** result = matrix × y. */
export function product(matrix: Float64Array, y: Float64Array, result: Float64Array): void {
  const size = y.length;
  for (let i = 0; i < size; i++) {
    let total = 0;
    const row = i * size;
    for (let j = 0; j < size; j++) total += matrix[row + j]! * y[j]!;
    result[i] = total;
  }
}

/** Fills the upper triangle from the lower one. */
export function mirrorLower(matrix: Float64Array, size: number): void {
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < i; j++) matrix[j * size + i] = matrix[i * size + j]!;
  }
}
