import { requireFinite, requireObservations, requirePositive } from '../foundation/guards.js';
import { RiskMathError } from '../foundation/risk-math-error.js';
import { crossProduct, transpose } from '../linear-algebra/cross-product.js';
import { type Covariance, createCovariance } from '../model/covariance.js';
import type { Returns } from '../model/returns.js';

/** How fast the weight of a day falls: by its half-life in days, or by the factor λ from one day to the one before. */
export type Decay = { readonly halfLifeDays: number } | { readonly lambda: number };

/**
 * Exponentially weighted covariance Σ_t ω_t r_t r_tᵀ, per day, zero mean, ω_t ∝ λ^(T−1−t) normalised to 1.
 *
 * Source: J. P. Morgan/Reuters, RiskMetrics Technical Document (1996), section 5.2, with weights normalised over the window.
 *
 * @throws RiskMathError `tooFewObservations` below one day; `invalidInput` unless the half-life is positive or 0 < λ < 1
 */
export function ewmaCovariance(returns: Returns, decay: Decay): Covariance {
  const { values, observations, assets, ids } = returns;
  const lambda = lambdaOf(decay);
  requireObservations(observations, 1, 'an exponentially weighted covariance');
  requireFinite(values, 'returns');
  const weights = decayWeights(observations, lambda);
  const columns = transpose(values, observations, assets);
  for (let i = 0; i < assets; i++) {
    for (let t = 0; t < observations; t++) columns[i * observations + t]! *= Math.sqrt(weights[t]!);
  }
  return createCovariance(crossProduct(columns, assets, observations, 1), assets, { ids });
}

/** Weights λ^(T−1−t), oldest first, normalised to sum to 1. */
export function decayWeights(observations: number, lambda: number): Float64Array {
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

function lambdaOf(decay: Decay): number {
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
