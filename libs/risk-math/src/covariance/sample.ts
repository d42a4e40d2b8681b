import { requireLength, requireObservations } from '../foundation/guards.js';
import { type Estimation, estimated } from '../kernels/estimation.js';
import { type Covariance, covarianceOfProducts } from '../model/covariance.js';
import type { Returns } from '../model/returns.js';

/**
 * Sample covariance Σ (r − r̄)(r − r̄)ᵀ / (T − 1), per day. Positive semi-definite by construction; singular when n ≥ T.
 *
 * Source: Anderson, "An introduction to multivariate statistical analysis" (2003), chapter 3.
 *
 * @param returns T×n simple returns, as fractions
 * @returns n×n, per day
 * @throws RiskMathError `tooFewObservations` below two days; `invalidInput` on a number that is not finite
 */
export function sampleCovariance(returns: Returns): Covariance {
  return estimated(sampleCovarianceEstimation(returns));
}

/** `sampleCovariance` in two steps. */
export function sampleCovarianceEstimation(returns: Returns): Estimation<Covariance> {
  const { values, observations, assets, ids } = returns;
  requireObservations(observations, 2, 'a sample covariance');
  requireLength(values, observations * assets, 'returns');
  return {
    products: { values, terms: observations, columns: assets, centred: true, divisor: observations - 1 },
    finish: (products) => covarianceOfProducts(products, assets, ids, values),
  };
}
