import { requireInteger, requireObservations, requirePositive } from '../foundation/guards.js';
import { RiskMathError } from '../foundation/risk-math-error.js';
import { type Estimation, estimated } from '../kernels/estimation.js';
import { type Covariance, covarianceOfProducts } from '../model/covariance.js';
import { type Returns, requireReturns } from '../model/returns.js';

/** How fast the weight of a day falls: by its half-life in days, or by the factor λ from one day to the one before. */
export type Decay = { readonly halfLifeDays: number } | { readonly lambda: number };

/** What each return is measured from: 0, as in this system unless said, or the mean under the same weights. */
export type EwmaMean = 'zero' | 'weighted';

/**
 * Exponentially weighted covariance Σ_t ω_t (r_t − m)(r_t − m)ᵀ, per day, ω_t ∝ λ^(T−1−t) normalised to 1; m = 0, or
 * m = Σ_t ω_t r_t with no correction for its estimation.
 *
 * Source: J. P. Morgan/Reuters, RiskMetrics Technical Document (1996), section 5.2, with weights normalised over the window.
 *
 * @throws RiskMathError `tooFewObservations` below one day; `invalidInput` unless the half-life is positive or 0 < λ < 1
 */
export function ewmaCovariance(returns: Returns, decay: Decay, mean: EwmaMean = 'zero'): Covariance {
  return estimated(ewmaCovarianceEstimation(returns, decay, mean));
}

/** `ewmaCovariance` in two steps. */
export function ewmaCovarianceEstimation(
  returns: Returns,
  decay: Decay,
  mean: EwmaMean = 'zero',
): Estimation<Covariance> {
  const { values, observations, assets, ids } = returns;
  const lambda = decayFactor(decay);
  requireObservations(observations, 1, 'an exponentially weighted covariance');
  requireReturns(returns);
  const weights = decayWeights(observations, lambda);
  return {
    products: {
      values,
      terms: observations,
      columns: assets,
      centred: false,
      scales: weights.map(Math.sqrt),
      ...(mean === 'weighted' ? { means: weightedMeans(returns, weights) } : {}),
      divisor: 1,
    },
    finish: (products) => covarianceOfProducts(products, assets, ids),
  };
}

/** Weights λ^(T−1−t), oldest first, normalised to sum to 1. @throws RiskMathError `invalidInput` unless 0 < λ < 1 */
export function decayWeights(observations: number, lambda: number): Float64Array {
  requireInteger(observations, 0, 'observations');
  decayFactor({ lambda });
  const weights = new Float64Array(observations);
  let weight = 1;
  let total = 0;
  for (let t = observations - 1; t >= 0; t--) {
    weights[t] = weight;
    total += weight;
    weight *= lambda;
  }
  return weights.map((value) => value / total);
}

/** Σ_t ω_t r_t. @param weights T, summing to 1 */
export function weightedMeans({ values, observations, assets }: Returns, weights: Float64Array): Float64Array {
  const means = new Float64Array(assets);
  for (let t = 0; t < observations; t++) {
    const weight = weights[t]!;
    for (let i = 0; i < assets; i++) means[i]! += weight * values[t * assets + i]!;
  }
  return means;
}

/** λ of a decay. @throws RiskMathError `invalidInput` unless the half-life is positive or 0 < λ < 1 */
export function decayFactor(decay: Decay): number {
  if ('halfLifeDays' in decay) {
    requirePositive(decay.halfLifeDays, 'halfLifeDays');
    return 0.5 ** (1 / decay.halfLifeDays);
  }
  if (!(decay.lambda > 0 && decay.lambda < 1)) {
    throw new RiskMathError('invalidInput', `lambda is ${String(decay.lambda)}; it must lie in (0, 1)`, {
      field: 'lambda',
    });
  }
  return decay.lambda;
}
