import { requireInteger, requireObservations } from '../foundation/guards.js';
import { columnMeans } from '../kernels/portable.js';
import { type Estimation, estimated } from '../kernels/estimation.js';
import { type Covariance, covarianceOfProducts } from '../model/covariance.js';
import { type Returns, requireReturns } from '../model/returns.js';

/**
 * Covariance per day of returns that are correlated in time: Γ₀ + Σ_{l=1}^{L} (1 − l/(L+1)) (Γ_l + Γ_lᵀ), Γ_l the demeaned
 * autocovariance over T at lag l. With Bartlett's weights it is positive semi-definite: it is the covariance of moving sums
 * of L + 1 days over (L + 1)·T, which is how it is computed.
 *
 * Source: Newey and West, "A simple, positive semi-definite, heteroskedasticity and autocorrelation consistent covariance
 * matrix", Econometrica 55 (1987).
 *
 * @param lags L; 0 gives the covariance over T
 * @throws RiskMathError `tooFewObservations` below L + 2 days; `invalidInput` on a number that is not finite
 */
export function neweyWestCovariance(returns: Returns, lags: number): Covariance {
  return estimated(neweyWestEstimation(returns, lags));
}

/** `neweyWestCovariance` in two steps. */
export function neweyWestEstimation(returns: Returns, lags: number): Estimation<Covariance> {
  const { values, observations, assets, ids } = returns;
  requireInteger(lags, 0, 'lags');
  requireObservations(observations, lags + 2, `a covariance with ${lags} lags`);
  requireReturns(returns);
  const means = columnMeans(values, observations, assets);
  const terms = observations + lags;
  const sums = new Float64Array(terms * assets);
  for (let t = 0; t < observations; t++) {
    for (let lag = 0; lag <= lags; lag++) {
      const to = (t + lag) * assets;
      for (let i = 0; i < assets; i++) sums[to + i]! += values[t * assets + i]! - means[i]!;
    }
  }
  return {
    products: { values: sums, terms, columns: assets, centred: false, divisor: observations * (lags + 1) },
    finish: (products) => covarianceOfProducts(products, assets, ids),
  };
}
