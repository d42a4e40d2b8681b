import { requireIds, requireInteger, requireLength } from '../foundation/guards.js';
import { RiskMathError } from '../foundation/risk-math-error.js';
import { type ColumnProducts, columnProducts } from '../kernels/column-products.js';
import { multiplyTransposed } from '../kernels/multiply.js';
import type { Covariance } from '../model/covariance.js';
import { nearestPositiveSemiDefinite } from './nearest-positive-semi-definite.js';

/** Returns with gaps: T×n row-major, a missing return is NaN. */
export interface IncompleteReturns {
  readonly values: Float64Array;
  readonly observations: number;
  readonly assets: number;
  readonly ids?: readonly string[];
}

/** A covariance from whatever days two assets share. */
export interface PairwiseCovariance {
  /** Repaired where the pairs contradict each other, and says so. */
  readonly covariance: Covariance;
  /** n×n: days that both assets have. */
  readonly overlaps: Float64Array;
  readonly fewestOverlaps: number;
}

/**
 * Covariance of every pair over the days that both have, each with its own means and ddof 1, per day; such a matrix need not
 * be positive semi-definite and then is replaced by the nearest that is, with every variance kept.
 *
 * Source: Little and Rubin, "Statistical analysis with missing data" (2002), chapter 3, on available cases; the repair: Higham,
 * "Computing the nearest correlation matrix", IMA Journal of Numerical Analysis 22 (2002).
 *
 * @param returns T×n simple returns, as fractions
 * @param minimumOverlap days that every pair must share, at least 2
 * @throws RiskMathError `tooFewObservations` naming the pair that shares fewest days; `invalidInput` on an infinity;
 *   otherwise as `nearestPositiveSemiDefinite`
 */
export function pairwiseCovariance(returns: IncompleteReturns, minimumOverlap = 2): PairwiseCovariance {
  const { values, observations, assets, ids } = returns;
  requireInteger(minimumOverlap, 2, 'minimumOverlap');
  requireLength(values, observations * assets, 'returns');
  requireIds(ids, assets, 'ids');
  const { centred, present } = centredWhere(returns);
  const overlaps = columnProducts(plain(present, observations, assets));
  const fewest = requireOverlaps(overlaps, assets, minimumOverlap, ids);
  const squares = columnProducts(plain(centred, observations, assets));
  const sums = multiplyTransposed(
    transposed(centred, observations, assets),
    transposed(present, observations, assets),
    assets,
    assets,
    observations,
  );
  const matrix = new Float64Array(assets * assets);
  for (let i = 0; i < assets; i++) {
    for (let j = 0; j <= i; j++) {
      const days = overlaps[i * assets + j]!;
      const product = (sums[i * assets + j]! * sums[j * assets + i]!) / days;
      const element = (squares[i * assets + j]! - product) / (days - 1);
      matrix[i * assets + j] = i === j ? Math.max(0, element) : element;
      matrix[j * assets + i] = matrix[i * assets + j]!;
    }
  }
  return {
    covariance: nearestPositiveSemiDefinite(matrix, assets, ids),
    overlaps,
    fewestOverlaps: fewest,
  };
}

/** Returns less their own mean with 0 where missing, and 1 where present: sums over shared days lose no digits. */
function centredWhere({ values, observations, assets, ids }: IncompleteReturns): {
  centred: Float64Array;
  present: Float64Array;
} {
  const centred = new Float64Array(values.length);
  const present = new Float64Array(values.length);
  for (let i = 0; i < assets; i++) {
    let mean = 0;
    let count = 0;
    for (let at = i; at < values.length; at += assets) {
      const value = values[at]!;
      if (Number.isNaN(value)) continue;
      if (!Number.isFinite(value)) {
        const name = ids?.[i] ?? `asset ${i}`;
        throw new RiskMathError('invalidInput', `${name} has an infinite return; a missing one is NaN`, {
          field: 'returns',
          ids: [ids?.[i] ?? String(i)],
        });
      }
      count++;
      mean += (value - mean) / count;
    }
    for (let t = 0, at = i; t < observations; t++, at += assets) {
      if (Number.isNaN(values[at]!)) continue;
      centred[at] = values[at]! - mean;
      present[at] = 1;
    }
  }
  return { centred, present };
}

function requireOverlaps(
  overlaps: Float64Array,
  assets: number,
  minimum: number,
  ids: readonly string[] | undefined,
): number {
  let fewest = Infinity;
  let pair: [number, number] = [0, 0];
  for (let i = 0; i < assets; i++) {
    for (let j = 0; j <= i; j++) {
      if (overlaps[i * assets + j]! >= fewest) continue;
      fewest = overlaps[i * assets + j]!;
      pair = [i, j];
    }
  }
  if (fewest < minimum) {
    const names = [...new Set(pair)].map((i) => ids?.[i] ?? String(i));
    throw new RiskMathError('tooFewObservations', `${names.join(' and ')} have ${fewest} days in common`, {
      ids: names,
      observations: fewest,
      needed: minimum,
    });
  }
  return assets === 0 ? 0 : fewest;
}

function plain(values: Float64Array, terms: number, columns: number): ColumnProducts {
  return { values, terms, columns, centred: false, divisor: 1 };
}

function transposed(values: Float64Array, rows: number, columns: number): Float64Array {
  const result = new Float64Array(values.length);
  for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) result[c * rows + r] = values[r * columns + c]!;
  return result;
}
