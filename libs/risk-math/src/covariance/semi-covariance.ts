import { requireFiniteNumber, requireObservations } from '../foundation/guards.js';
import { type Estimation, estimated } from '../kernels/estimation.js';
import { type Covariance, covarianceOfProducts } from '../model/covariance.js';
import { type Returns, requireReturns } from '../model/returns.js';

/**
 * Semi-covariance Σ_t min(r_t − b, 0) min(r_t − b, 0)ᵀ / T, per day: what returns below the benchmark do together. Positive
 * semi-definite by construction.
 *
 * Source: Estrada, "Mean-semivariance optimization: a heuristic approach", Journal of Applied Finance 18 (2008).
 *
 * @param benchmark b, a return per day
 * @throws RiskMathError `tooFewObservations` without a day; `invalidInput` on a number that is not finite
 */
export function semiCovariance(returns: Returns, benchmark = 0): Covariance {
  return estimated(semiCovarianceEstimation(returns, benchmark));
}

/** `semiCovariance` in two steps. */
export function semiCovarianceEstimation(returns: Returns, benchmark = 0): Estimation<Covariance> {
  const { values, observations, assets, ids } = returns;
  requireFiniteNumber(benchmark, 'benchmark');
  requireObservations(observations, 1, 'a semi-covariance');
  requireReturns(returns);
  return {
    products: {
      values: values.map((value) => Math.min(0, value - benchmark)),
      terms: observations,
      columns: assets,
      centred: false,
      divisor: observations,
    },
    finish: (products) => covarianceOfProducts(products, assets, ids),
  };
}
