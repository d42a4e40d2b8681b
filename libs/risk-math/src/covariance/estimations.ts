import { denoisedCovarianceEstimation } from './denoising.js';
import { ewmaCovarianceEstimation } from './ewma.js';
import { ledoitWolfEstimation } from './ledoit-wolf.js';
import { neweyWestEstimation } from './newey-west.js';
import { nonlinearShrinkageEstimation } from './nonlinear-shrinkage.js';
import { oracleApproximatingEstimation } from './oracle-approximating.js';
import { sampleCovarianceEstimation } from './sample.js';
import { semiCovarianceEstimation } from './semi-covariance.js';

/** Estimators whose one large product several threads can make together, by the name of the estimator. */
export const covarianceEstimations = {
  denoisedCovariance: denoisedCovarianceEstimation,
  ewmaCovariance: ewmaCovarianceEstimation,
  ledoitWolf: ledoitWolfEstimation,
  neweyWestCovariance: neweyWestEstimation,
  nonlinearShrinkage: nonlinearShrinkageEstimation,
  oracleApproximatingShrinkage: oracleApproximatingEstimation,
  sampleCovariance: sampleCovarianceEstimation,
  semiCovariance: semiCovarianceEstimation,
};
