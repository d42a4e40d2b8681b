import { requireFinite, requireIds, requireInteger, requireLength } from '../foundation/guards.js';
import { RiskMathError } from '../foundation/risk-math-error.js';
import { requirePositiveSemiDefinite } from '../linear-algebra/semi-definite.js';
import { type CovarianceRepair, unrepaired } from './covariance.js';

/** A covariance in factor form, per day: Σ = B F Bᵀ + diag(d). Its arrays are not changed once it is made: what was derived of them is kept. */
export interface FactorModel {
  readonly kind: 'factorModel';
  /** Assets, n. */
  readonly size: number;
  /** Factors, k. */
  readonly factors: number;
  /** B, n×k row-major. */
  readonly exposures: Float64Array;
  /** F, k×k row-major, per day. */
  readonly factorCovariance: Float64Array;
  /** d, n, per day, none negative. */
  readonly specificVariances: Float64Array;
  /** The diagonal of Σ. */
  readonly variances: Float64Array;
  readonly ids?: readonly string[];
  readonly factorIds?: readonly string[];
  /** What was done to F. */
  readonly repair: CovarianceRepair;
}

/** The parts of a factor model. */
export interface FactorModelParts {
  readonly exposures: Float64Array;
  readonly factorCovariance: Float64Array;
  readonly specificVariances: Float64Array;
  readonly ids?: readonly string[] | undefined;
  readonly factorIds?: readonly string[] | undefined;
  readonly repair?: CovarianceRepair;
}

/**
 * A checked factor model around existing arrays (not copied).
 *
 * @throws RiskMathError `invalidInput` on wrong lengths or numbers that are not finite;
 *   `notPositiveSemiDefinite` on a factor covariance that is not, or a negative specific variance
 */
export function createFactorModel(size: number, factors: number, parts: FactorModelParts): FactorModel {
  requireInteger(size, 0, 'size');
  requireInteger(factors, 0, 'factors');
  requireLength(parts.exposures, size * factors, 'exposures');
  requireLength(parts.specificVariances, size, 'specificVariances');
  requireFinite(parts.exposures, 'exposures');
  requireFinite(parts.specificVariances, 'specificVariances');
  requireIds(parts.ids, size, 'ids');
  requireIds(parts.factorIds, factors, 'factorIds');
  requirePositiveSemiDefinite(parts.factorCovariance, factors, 'factorCovariance');
  const variances = new Float64Array(size);
  for (let i = 0; i < size; i++) {
    const specific = parts.specificVariances[i]!;
    const systematic = factorVariance(parts.exposures, parts.factorCovariance, factors, i);
    if (specific < 0) {
      throw new RiskMathError(
        'notPositiveSemiDefinite',
        `the specific variance of asset ${parts.ids?.[i] ?? i} is negative`,
        {
          ids: [parts.ids?.[i] ?? String(i)],
        },
      );
    }
    variances[i] = specific + systematic;
  }
  return {
    kind: 'factorModel',
    size,
    factors,
    exposures: parts.exposures,
    factorCovariance: parts.factorCovariance,
    specificVariances: parts.specificVariances,
    variances,
    repair: parts.repair ?? unrepaired,
    ...(parts.ids === undefined ? {} : { ids: parts.ids }),
    ...(parts.factorIds === undefined ? {} : { factorIds: parts.factorIds }),
  };
}

function factorVariance(exposures: Float64Array, covariance: Float64Array, factors: number, asset: number): number {
  let total = 0;
  for (let a = 0; a < factors; a++) {
    let row = 0;
    for (let b = 0; b < factors; b++) row += covariance[a * factors + b]! * exposures[asset * factors + b]!;
    total += row * exposures[asset * factors + a]!;
  }
  return total;
}
