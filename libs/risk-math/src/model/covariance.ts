import { requireFinite, requireIds, requireInteger, requireLength } from '../foundation/guards.js';
import { RiskMathError } from '../foundation/risk-math-error.js';
import { ROUNDING } from '../foundation/variance.js';

/** What had to be done to make a matrix positive semi-definite. */
export type CovarianceRepair =
  | { readonly method: 'none' }
  | {
      /** The nearest matrix with the same diagonal. */
      readonly method: 'higham';
      /** Frobenius norm of the change. */
      readonly distance: number;
      /** `distance` over the Frobenius norm of the matrix given. */
      readonly relativeDistance: number;
      /** The smallest eigenvalue of the matrix given, below 0. */
      readonly smallestEigenvalue: number;
    };

/** No repair was needed. */
export const unrepaired: CovarianceRepair = { method: 'none' };

/** A symmetric positive semi-definite covariance of daily returns, n×n row-major, per day. */
export interface Covariance {
  readonly kind: 'covariance';
  readonly size: number;
  readonly values: Float64Array;
  /** The diagonal. */
  readonly variances: Float64Array;
  readonly ids?: readonly string[];
  readonly repair: CovarianceRepair;
}

/** Largest asymmetry accepted as rounding, relative to √(σ_ii σ_jj). */
const ASYMMETRY = 1e-10;

/**
 * A covariance around an existing array (not copied; small asymmetries are averaged out in place). Positive
 * semi-definiteness is the caller's promise here; `nearestPositiveSemiDefinite` establishes it, and a portfolio of negative
 * variance is refused where one is met.
 *
 * @param values n×n row-major, per day
 * @throws RiskMathError `invalidInput` on a wrong length, a number that is not finite or an asymmetry beyond rounding;
 *   `notPositiveSemiDefinite` on a negative variance or a correlation beyond 1
 */
export function createCovariance(
  values: Float64Array,
  size: number,
  options: { readonly ids?: readonly string[] | undefined; readonly repair?: CovarianceRepair } = {},
): Covariance {
  requireInteger(size, 0, 'size');
  requireLength(values, size * size, 'values');
  requireFinite(values, 'values');
  requireIds(options.ids, size, 'ids');
  const variances = new Float64Array(size);
  for (let i = 0; i < size; i++) {
    const variance = values[i * size + i]!;
    if (variance < 0) {
      throw new RiskMathError('notPositiveSemiDefinite', `the variance of asset ${options.ids?.[i] ?? i} is negative`, {
        ids: [options.ids?.[i] ?? String(i)],
      });
    }
    variances[i] = variance;
  }
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < i; j++) symmetrise(values, size, i, j, Math.sqrt(variances[i]! * variances[j]!));
  }
  const base = { kind: 'covariance', size, values, variances, repair: options.repair ?? unrepaired } as const;
  return options.ids === undefined ? base : { ...base, ids: options.ids };
}

/**
 * A covariance from a matrix that is symmetric to the bit and positive semi-definite by construction, such as XᵀX or a
 * mixture of those: only what may still be wrong is looked at. An element is never larger than its variances' mean, so that
 * finite variances suffice.
 *
 * @param values n×n row-major, per day; not copied
 * @param returns what the products were made of, unless it is known to be finite: what is not leaves its variance so, which
 *   spares a pass over all of it
 * @throws RiskMathError `invalidInput` on a return that is not finite, or when a variance overflows
 */
export function covarianceOfProducts(
  values: Float64Array,
  size: number,
  ids: readonly string[] | undefined,
  returns?: Float64Array,
): Covariance {
  requireIds(ids, size, 'ids');
  const variances = Float64Array.from({ length: size }, (_, i) => values[i * size + i]!);
  if (returns !== undefined && !variances.every(Number.isFinite)) requireFinite(returns, 'returns');
  requireFinite(variances, 'variances');
  const base = { kind: 'covariance', size, values, variances, repair: unrepaired } as const;
  return ids === undefined ? base : { ...base, ids };
}

function symmetrise(values: Float64Array, size: number, i: number, j: number, scale: number): void {
  const below = values[i * size + j]!;
  const above = values[j * size + i]!;
  if (Math.abs(below - above) > ASYMMETRY * scale) {
    throw new RiskMathError('invalidInput', `the matrix is not symmetric at (${i}, ${j})`, { field: 'values' });
  }
  const mean = below === above ? below : (below + above) / 2;
  if (Math.abs(mean) > scale * (1 + ROUNDING)) {
    throw new RiskMathError('notPositiveSemiDefinite', `the correlation at (${i}, ${j}) is beyond 1`, {
      field: 'values',
    });
  }
  values[i * size + j] = mean;
  values[j * size + i] = mean;
}
