import { requireFinite, requireLength, requireObservations } from '../foundation/guards.js';
import { RiskMathError } from '../foundation/risk-math-error.js';
import { cholesky, choleskySolve } from '../linear-algebra/cholesky.js';
import { type Returns, requireReturns } from '../model/returns.js';

/** Losses of one covariance forecast; with either, the true covariance has the least in expectation. */
export interface CovarianceLoss {
  /** (ln |H| + tr(H⁻¹C)) / n: by asset, lower is better, below 0 for small variances. For one asset QLIKE + ln C + 1. */
  readonly qlike: number;
  /** Mean of (C_ij − H_ij)² over the pairs i < j: of the covariances alone. 0 for one asset. */
  readonly squaredError: number;
}

/**
 * A covariance forecast H held against the realised cross products C = Σ_t r_t r_tᵀ of its horizon.
 *
 * Source: Laurent, Rombouts and Violante, "On loss functions and ranking forecasting performances of multivariate volatility models",
 * Journal of Econometrics 173 (2013), section 3: both keep the ranking under noisy proxies of the covariance.
 *
 * @param forecast n×n row-major, of the sum of the returns over the horizon
 * @param returns the days of the horizon, h×n
 * @throws RiskMathError `invalidInput` on wrong shapes or numbers that are not finite; `tooFewObservations` without a day;
 *   `notPositiveSemiDefinite` for a forecast without a Cholesky factor
 */
export function covarianceLoss(forecast: Float64Array, returns: Returns): CovarianceLoss {
  const { values, observations, assets } = returns;
  requireObservations(observations, 1, 'a score');
  requireLength(forecast, assets * assets, 'forecast');
  requireFinite(forecast, 'forecast');
  requireReturns(returns);
  const factor = cholesky(forecast, assets);
  if (factor === null) {
    throw new RiskMathError('notPositiveSemiDefinite', 'the forecast is not positive definite', { field: 'forecast' });
  }
  let qlike = 0;
  for (let i = 0; i < assets; i++) qlike += 2 * Math.log(factor[i * assets + i]!);
  const products = new Float64Array(assets * assets);
  for (let row = 0; row < values.length; row += assets) {
    const day = values.subarray(row, row + assets);
    const solved = choleskySolve(factor, assets, day);
    for (let i = 0; i < assets; i++) {
      qlike += day[i]! * solved[i]!;
      for (let j = 0; j < i; j++) products[i * assets + j]! += day[i]! * day[j]!;
    }
  }
  let squares = 0;
  for (let i = 0; i < assets; i++) {
    for (let j = 0; j < i; j++) squares += (products[i * assets + j]! - forecast[i * assets + j]!) ** 2;
  }
  return { qlike: qlike / assets, squaredError: assets < 2 ? 0 : squares / ((assets * (assets - 1)) / 2) };
}
