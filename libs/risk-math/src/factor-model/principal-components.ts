import { columnProducts } from '../kernels/column-products.js';
import { multiplyTransposed } from '../kernels/multiply.js';
import { columnMeans } from '../kernels/portable.js';
import { symmetricEigenRows } from '../linear-algebra/symmetric-eigen.js';
import type { Returns } from '../model/returns.js';

/** Principal components of demeaned returns, each divided by its asset's scale. */
export interface PrincipalComponents {
  /** Of XᵀX / T, descending: min(n, T). */
  readonly eigenvalues: Float64Array;
  /** The first `count` of min(n, T), count×n row-major: an eigenvector a row, its largest element positive. */
  readonly rows: (count: number) => Float64Array;
  /** X: T×n, demeaned and scaled. */
  readonly scaled: Float64Array;
}

/**
 * With fewer days than assets the T×T product has the same eigenvalues and is decomposed instead; its eigenvectors, multiplied
 * by X, are the components.
 *
 * @param scales n, none 0
 */
export function principalComponents(
  { values, observations, assets }: Returns,
  scales: Float64Array,
): PrincipalComponents {
  const means = columnMeans(values, observations, assets);
  const scaled = new Float64Array(values.length);
  for (let t = 0, at = 0; t < observations; t++) {
    for (let i = 0; i < assets; i++, at++) scaled[at] = (values[at]! - means[i]!) / scales[i]!;
  }
  const count = Math.min(assets, observations);
  const wide = assets > observations;
  const product = wide
    ? multiplyTransposed(scaled, scaled, observations, observations, assets).map((value) => value / observations)
    : columnProducts({ values: scaled, terms: observations, columns: assets, centred: false, divisor: observations });
  const { values: ascending, rows: found } = symmetricEigenRows(product, count);
  const eigenvalues = Float64Array.from({ length: count }, (_, k) => Math.max(0, ascending[count - 1 - k]!));
  const rows = (first: number): Float64Array => {
    const result = new Float64Array(first * assets);
    for (let k = 0; k < first; k++) {
      const from = found.subarray((count - 1 - k) * count, (count - k) * count);
      const row = result.subarray(k * assets, (k + 1) * assets);
      if (wide) throughReturns(from, scaled, observations, assets, row);
      else row.set(from);
      signed(row);
    }
    return result;
  };
  return { eigenvalues, rows, scaled };
}

/** Xᵀu to unit length; 0 where the eigenvalue is 0. */
function throughReturns(
  u: Float64Array,
  x: Float64Array,
  observations: number,
  assets: number,
  row: Float64Array,
): void {
  for (let t = 0; t < observations; t++) {
    for (let i = 0; i < assets; i++) row[i]! += u[t]! * x[t * assets + i]!;
  }
  let squares = 0;
  for (let i = 0; i < assets; i++) squares += row[i]! * row[i]!;
  const length = Math.sqrt(squares);
  for (let i = 0; i < assets; i++) row[i] = length > 0 ? row[i]! / length : 0;
}

/** An eigenvector's sign is free: the largest element is made positive. */
function signed(row: Float64Array): void {
  let largest = 0;
  for (const value of row) if (Math.abs(value) > Math.abs(largest)) largest = value;
  if (largest < 0) for (let i = 0; i < row.length; i++) row[i] = -row[i]!;
}
