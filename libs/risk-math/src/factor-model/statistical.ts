import { requireInteger, requireObservations } from '../foundation/guards.js';
import { RiskMathError } from '../foundation/risk-math-error.js';
import { columnMeans } from '../kernels/portable.js';
import { type FactorModel, createFactorModel } from '../model/factor-model.js';
import { type Returns, requireReturns } from '../model/returns.js';
import { type FactorCount, numberOfFactors } from './number-of-factors.js';
import { principalComponents } from './principal-components.js';

export interface StatisticalFactorOptions {
  /** How many factors; `baiNg` when absent. */
  readonly factors?: FactorCount;
  /** No more than this when the number is chosen; 20 when absent. */
  readonly most?: number;
  /** Components of correlations, so that a volatile asset is no factor by itself, or of covariances; `correlation` when absent. */
  readonly of?: 'correlation' | 'covariance';
}

export interface StatisticalFactorModel {
  /** Exposures, a diagonal factor covariance and specific variances, per day, from moments over T − 1. */
  readonly model: FactorModel;
  /** T×k row-major: what each factor returned. */
  readonly factorReturns: Float64Array;
  /** n: the share of each asset's variance that the factors explain, within [0, 1]. */
  readonly rSquared: Float64Array;
  /** Descending, of the demeaned (and scaled) returns over T. */
  readonly eigenvalues: Float64Array;
  /** Σ of the factors' eigenvalues over Σ of all. */
  readonly explained: number;
  readonly observations: number;
}

/**
 * Statistical factors: the first principal components of demeaned returns, their number chosen; Σ = B F Bᵀ + diag(d) with the
 * sample variances kept. Factors are uncorrelated in the sample, and of unit length over the (scaled) assets.
 *
 * Source: Connor and Korajczyk, "Performance measurement with the arbitrage pricing theory", Journal of Financial Economics 15
 * (1986); for the number see `FactorCount`.
 *
 * @throws RiskMathError `tooFewObservations` below two days; `outOfDomain` for components of correlations when an asset has no
 *   variance; `invalidInput` on a number that is not finite
 */
export function statisticalFactorModel(
  returns: Returns,
  options: StatisticalFactorOptions = {},
): StatisticalFactorModel {
  const { observations, assets, ids } = returns;
  const most = options.most ?? 20;
  requireInteger(most, 0, 'most');
  requireObservations(observations, 2, 'statistical factors');
  requireReturns(returns);
  const variances = variancesOverDays(returns);
  const scales = options.of === 'covariance' ? new Float64Array(assets).fill(1) : deviationsOf(variances, ids);
  const { eigenvalues, rows: components, scaled } = principalComponents(returns, scales);
  let trace = 0;
  for (let i = 0; i < assets; i++) trace += variances[i]! / (scales[i]! * scales[i]!);
  const count = numberOfFactors(options.factors ?? 'baiNg', eigenvalues, trace, assets, observations, most);
  const rows = components(count);
  // Moments over T become those over T − 1, as of every sample covariance here.
  const correction = observations / (observations - 1);
  const exposures = new Float64Array(assets * count);
  const specificVariances = new Float64Array(assets);
  const rSquared = new Float64Array(assets);
  for (let i = 0; i < assets; i++) {
    let systematic = 0;
    for (let k = 0; k < count; k++) {
      const exposure = scales[i]! * rows[k * assets + i]!;
      exposures[i * count + k] = exposure;
      systematic += exposure * exposure * eigenvalues[k]!;
    }
    specificVariances[i] = correction * Math.max(0, variances[i]! - systematic);
    rSquared[i] = variances[i]! > 0 ? Math.min(1, systematic / variances[i]!) : 0;
  }
  let explained = 0;
  const factorCovariance = new Float64Array(count * count);
  for (let k = 0; k < count; k++) {
    factorCovariance[k * count + k] = correction * eigenvalues[k]!;
    explained += eigenvalues[k]!;
  }
  const factorIds = Array.from({ length: count }, (_, k) => `PC${k + 1}`);
  return {
    model: createFactorModel(assets, count, { exposures, factorCovariance, specificVariances, ids, factorIds }),
    factorReturns: scores(scaled, rows, observations, assets, count),
    rSquared,
    eigenvalues,
    explained: trace > 0 ? Math.min(1, explained / trace) : 0,
    observations,
  };
}

/** Demeaned, over T. */
function variancesOverDays({ values, observations, assets }: Returns): Float64Array {
  const means = columnMeans(values, observations, assets);
  const variances = new Float64Array(assets);
  for (let t = 0, at = 0; t < observations; t++) {
    for (let i = 0; i < assets; i++, at++) variances[i]! += (values[at]! - means[i]!) ** 2 / observations;
  }
  return variances;
}

function deviationsOf(variances: Float64Array, ids: readonly string[] | undefined): Float64Array {
  return variances.map((variance, i) => {
    if (variance > 0) return Math.sqrt(variance);
    throw new RiskMathError('outOfDomain', `${ids?.[i] ?? `asset ${i}`} has no variance, so no correlation`, {
      ids: [ids?.[i] ?? String(i)],
    });
  });
}

function scores(
  scaled: Float64Array,
  rows: Float64Array,
  observations: number,
  assets: number,
  count: number,
): Float64Array {
  const result = new Float64Array(observations * count);
  for (let t = 0; t < observations; t++) {
    for (let k = 0; k < count; k++) {
      let total = 0;
      for (let i = 0; i < assets; i++) total += scaled[t * assets + i]! * rows[k * assets + i]!;
      result[t * count + k] = total;
    }
  }
  return result;
}
