import { requireObservations } from '../foundation/guards.js';
import { type Estimation, estimated } from '../kernels/estimation.js';
import { covarianceOfProducts } from '../model/covariance.js';
import { type Returns, requireReturns } from '../model/returns.js';
import { type ShrunkCovariance, blend, intensity, sumOfSquares } from './shrinkage.js';

/**
 * Oracle approximating shrinkage (OAS) of the demeaned 1/T covariance to μI, μ the mean variance, per day:
 * δ = (tr S² / n² + μ²) / ((T + 1)(tr S² / n² − μ² / n)), at most 1. Less error than Ledoit–Wolf to the identity when returns are
 * Gaussian.
 *
 * Source: Chen, Wiesel, Eldar and Hero, "Shrinkage Algorithms for MMSE Covariance Estimation", IEEE Transactions on Signal
 * Processing 58 (2010), equation 23 with the terms in 1 − 2/n left out, as scikit-learn has it.
 *
 * @throws RiskMathError `tooFewObservations` below two days; `invalidInput` on a number that is not finite
 */
export function oracleApproximatingShrinkage(returns: Returns): ShrunkCovariance {
  return estimated(oracleApproximatingEstimation(returns));
}

/** `oracleApproximatingShrinkage` in two steps. */
export function oracleApproximatingEstimation(returns: Returns): Estimation<ShrunkCovariance> {
  const { values, observations, assets, ids } = returns;
  requireObservations(observations, 2, 'a shrunk covariance');
  requireReturns(returns);
  return {
    products: { values, terms: observations, columns: assets, centred: true, divisor: observations },
    finish: (sample) => {
      let mean = 0;
      for (let i = 0; i < assets; i++) mean += sample[i * assets + i]! / assets;
      const squares = sumOfSquares(sample) / Math.max(1, assets * assets);
      const shrinkage = intensity(
        squares + mean * mean,
        (observations + 1) * (squares - (mean * mean) / Math.max(1, assets)),
      );
      blend(sample, assets, { variance: () => mean, covariance: () => 0 }, shrinkage);
      return { covariance: covarianceOfProducts(sample, assets, ids), shrinkage };
    },
  };
}
