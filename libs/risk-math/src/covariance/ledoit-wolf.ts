import { requireFinite, requireLength, requireObservations } from '../foundation/guards.js';
import { RiskMathError } from '../foundation/risk-math-error.js';
import { type Estimation, estimated } from '../kernels/estimation.js';
import { covarianceOfProducts } from '../model/covariance.js';
import { type Returns, requireReturns } from '../model/returns.js';
import { fourthMoments } from './fourth-moments.js';
import { type ShrunkCovariance, type Target, blend, intensity, squaredDistance, sumOfSquares } from './shrinkage.js';
import { singleFactorTarget } from './single-factor-target.js';

/** What the sample covariance is shrunk to. */
export type ShrinkageTarget = 'identity' | 'constantCorrelation' | 'singleFactor';

export interface LedoitWolfOptions {
  /** For `singleFactor`: T returns of the factor; the assets' mean return of each day, as published, when absent. */
  readonly factor?: Float64Array;
}

/**
 * Ledoit–Wolf shrinkage of the demeaned 1/T covariance, per day, with the intensity that minimises the expected squared
 * error as published.
 *
 * - `identity`: to μI, μ the mean variance. Ledoit and Wolf, "A well-conditioned estimator for large-dimensional
 *   covariance matrices", Journal of Multivariate Analysis 88 (2004).
 * - `constantCorrelation`: to the sample variances with the mean correlation. Ledoit and Wolf, "Honey, I Shrunk the Sample
 *   Covariance Matrix", Journal of Portfolio Management 30 (2004).
 * - `singleFactor`: to the sample variances with the covariances of a market model. Ledoit and Wolf, "Improved estimation of
 *   the covariance matrix of stock returns with an application to portfolio selection", Journal of Empirical Finance 10 (2003).
 *
 * The sums of fourth moments that they need collapse to sums over days, so that no further n²T product is made.
 *
 * @throws RiskMathError `tooFewObservations` below two days; `outOfDomain` for constant correlation when an asset has no
 *   variance, for a single factor when that has none; `invalidInput` on a number that is not finite
 */
export function ledoitWolf(
  returns: Returns,
  target: ShrinkageTarget,
  options: LedoitWolfOptions = {},
): ShrunkCovariance {
  return estimated(ledoitWolfEstimation(returns, target, options));
}

/** `ledoitWolf` in two steps. */
export function ledoitWolfEstimation(
  returns: Returns,
  target: ShrinkageTarget,
  options: LedoitWolfOptions = {},
): Estimation<ShrunkCovariance> {
  const { values, observations, assets, ids } = returns;
  requireObservations(observations, 2, 'a shrunk covariance');
  requireReturns(returns);
  if (options.factor !== undefined) {
    requireLength(options.factor, observations, 'factor');
    requireFinite(options.factor, 'factor');
  }
  return {
    products: { values, terms: observations, columns: assets, centred: true, divisor: observations },
    finish: (sample) => {
      const chosen = choose(returns, target, options, sample);
      const distance = squaredDistance(sample, assets, chosen.target);
      const shrinkage = intensity(chosen.error / observations, distance);
      blend(sample, assets, chosen.target, shrinkage);
      return { covariance: covarianceOfProducts(sample, assets, ids), shrinkage };
    },
  };
}

/** A target and π̂ − ρ̂: what T times its distance is divided into. */
export interface ChosenTarget {
  readonly target: Target;
  readonly error: number;
}

function choose(
  returns: Returns,
  target: ShrinkageTarget,
  options: LedoitWolfOptions,
  sample: Float64Array,
): ChosenTarget {
  switch (target) {
    case 'identity':
      return identityTarget(returns, sample);
    case 'constantCorrelation':
      return constantCorrelationTarget(returns, sample);
    case 'singleFactor':
      return singleFactorTarget(returns, sample, options.factor);
  }
}

function identityTarget(returns: Returns, sample: Float64Array): ChosenTarget {
  const { assets } = returns;
  let mean = 0;
  for (let i = 0; i < assets; i++) mean += sample[i * assets + i]! / Math.max(1, assets);
  const { total } = fourthMoments(returns, new Float64Array(assets));
  return { target: { variance: () => mean, covariance: () => 0 }, error: total - sumOfSquares(sample) };
}

/**
 * ρ̂ is the diagonal part of π̂ and Σ_{i≠j} r̄ (s_j / s_i) ϑ_ii,ij, where ϑ_ii,ij = mean of (x_i² − s_i²)(x_i x_j − s_ij) =
 * mean of x_i³ x_j − s_i² s_ij. Summed over j ≠ i first, the fourth moments need one product of each day with Σ_j s_j x_j.
 */
function constantCorrelationTarget(returns: Returns, sample: Float64Array): ChosenTarget {
  const { assets, ids } = returns;
  const deviations = new Float64Array(assets);
  for (let i = 0; i < assets; i++) {
    deviations[i] = Math.sqrt(sample[i * assets + i]!);
    if (deviations[i] === 0) {
      const name = ids?.[i] ?? String(i);
      throw new RiskMathError('outOfDomain', `${ids?.[i] ?? `asset ${i}`} has no variance, so no correlation`, {
        ids: [name],
      });
    }
  }
  const correlation = meanCorrelation(sample, deviations, assets);
  const { total, own, cross } = fourthMoments(returns, deviations);
  let diagonal = 0;
  let offDiagonal = 0;
  for (let i = 0; i < assets; i++) {
    const deviation = deviations[i]!;
    const variance = sample[i * assets + i]!;
    diagonal += own[i]! - variance * variance;
    let covariances = 0;
    for (let j = 0; j < assets; j++) covariances += deviations[j]! * sample[i * assets + j]!;
    covariances -= deviation * variance;
    offDiagonal += (cross[i]! - deviation * own[i]! - variance * covariances) / deviation;
  }
  return {
    target: {
      variance: (i) => sample[i * assets + i]!,
      covariance: (i, j) => correlation * deviations[i]! * deviations[j]!,
    },
    error: total - sumOfSquares(sample) - diagonal - correlation * offDiagonal,
  };
}

function meanCorrelation(sample: Float64Array, deviations: Float64Array, assets: number): number {
  if (assets < 2) return 0;
  let total = 0;
  for (let i = 0; i < assets; i++) {
    let row = 0;
    for (let j = 0; j < i; j++) row += sample[i * assets + j]! / deviations[j]!;
    total += row / deviations[i]!;
  }
  return (2 * total) / (assets * (assets - 1));
}
