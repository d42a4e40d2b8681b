import { RiskMathError } from '../foundation/risk-math-error.js';
import { factorise } from './dcc-likelihood.js';

/** Each asset over its root mean square, so that correlations do not depend on the units of the residuals. */
export function normalised(
  values: Float64Array,
  observations: number,
  assets: number,
  ids: readonly string[] | undefined,
): Float64Array {
  const sizes = new Float64Array(assets);
  for (let at = 0; at < values.length; at++) sizes[at % assets] = Math.max(sizes[at % assets]!, Math.abs(values[at]!));
  const squares = new Float64Array(assets);
  for (let at = 0; at < values.length; at++)
    squares[at % assets]! += (values[at]! / sizes[at % assets]!) ** 2 / observations;
  const still = sizes.findIndex((size) => !(size > 0));
  if (still >= 0) {
    const id = ids?.[still] ?? String(still);
    throw new RiskMathError('outOfDomain', `the residuals of ${id} are all 0`, { field: 'residuals', ids: [id] });
  }
  return values.map((value, at) => value / sizes[at % assets]! / Math.sqrt(squares[at % assets]!));
}

/** The mean of z zᵀ over the days, n×n. */
export function meanProducts(z: Float64Array, observations: number, assets: number): Float64Array {
  const result = new Float64Array(assets * assets);
  for (let row = 0; row < z.length; row += assets) {
    for (let i = 0; i < assets; i++) {
      const value = z[row + i]! / observations;
      for (let j = 0; j <= i; j++) result[i * assets + j]! += value * z[row + j]!;
    }
  }
  return mirrored(result, assets);
}

/** Q of the day after the last: (1 − a − b) S + a z zᵀ + b Q of the day before, from Q = S on. */
export function nextProducts(
  z: Float64Array,
  target: Float64Array,
  assets: number,
  { a, b }: { readonly a: number; readonly b: number },
): Float64Array {
  const q = Float64Array.from(target);
  const kept = 1 - a - b;
  for (let row = 0; row < z.length; row += assets) {
    for (let i = 0; i < assets; i++) {
      const value = a * z[row + i]!;
      for (let j = 0, p = i * assets; j <= i; j++, p++) q[p] = kept * target[p]! + value * z[row + j]! + b * q[p]!;
    }
  }
  return mirrored(q, assets);
}

/** Whether a symmetric matrix has a Cholesky factor whose pivots are more than rounding. */
export function isPositiveDefinite(matrix: Float64Array, size: number): boolean {
  return factorise(matrix, new Float64Array(size * size), size);
}

/** The lower triangle on both sides. */
function mirrored(matrix: Float64Array, size: number): Float64Array {
  for (let i = 0; i < size; i++) for (let j = 0; j < i; j++) matrix[j * size + i] = matrix[i * size + j]!;
  return matrix;
}

/** q_ij / √(q_ii q_jj), n×n. */
export function correlationsOf(matrix: Float64Array, assets: number): Float64Array {
  return matrix.map((value, p) => {
    const [i, j] = [Math.floor(p / assets), p % assets];
    return i === j ? 1 : value / Math.sqrt(matrix[i * assets + i]! * matrix[j * assets + j]!);
  });
}
