import { requireObservations } from '../foundation/guards.js';
import { type Estimation, estimated } from '../kernels/estimation.js';
import { symmetricEigenRows } from '../linear-algebra/symmetric-eigen.js';
import { type Covariance, covarianceOfProducts } from '../model/covariance.js';
import { type Returns, requireReturns } from '../model/returns.js';
import { correlationsOf } from './correlation.js';
import { fromSpectrum } from './spectrum.js';

export interface DenoisedCovariance {
  readonly covariance: Covariance;
  /** Eigenvalues of the correlation matrix that stand out of the noise and were kept. */
  readonly signals: number;
  /** The Marchenko–Pastur edge that they are above. */
  readonly edge: number;
}

/**
 * Random-matrix denoising of the sample covariance (ddof 1), per day, variances kept: eigenvalues of the correlation matrix
 * below the Marchenko–Pastur edge σ²(1 + √(n/T))² become their mean, and the diagonal is brought back to 1. σ² is the mean of
 * the eigenvalues below the edge, found together with it.
 *
 * Source: Laloux, Cizeau, Bouchaud and Potters, "Noise dressing of financial correlation matrices", Physical Review Letters 83
 * (1999); the constant residual eigenvalue of López de Prado, Machine Learning for Asset Managers (2020), section 2.5.
 *
 * @throws RiskMathError `tooFewObservations` below two days; `outOfDomain` when an asset has no variance; `invalidInput` on a
 *   number that is not finite
 */
export function denoisedCovariance(returns: Returns): DenoisedCovariance {
  return estimated(denoisedCovarianceEstimation(returns));
}

/** `denoisedCovariance` in two steps. */
export function denoisedCovarianceEstimation(returns: Returns): Estimation<DenoisedCovariance> {
  const { values, observations, assets, ids } = returns;
  requireObservations(observations, 2, 'a denoised covariance');
  requireReturns(returns);
  return {
    products: { values, terms: observations, columns: assets, centred: true, divisor: observations - 1 },
    finish: (sample) => {
      const { correlations, deviations } = correlationsOf(sample, assets, ids);
      const spectrum = symmetricEigenRows(correlations, assets);
      const eigenvalues = withoutRounding(spectrum.values, observations);
      const { signals, edge } = marchenkoPastur(eigenvalues, observations);
      const cleaned = withMeanNoise(eigenvalues, assets - signals);
      const matrix = fromSpectrum(cleaned, spectrum.rows, assets);
      for (let i = 0; i < assets; i++) {
        const scale = deviations[i]! / Math.sqrt(matrix[i * assets + i]!);
        for (let j = 0; j < i; j++) {
          matrix[i * assets + j]! *= scale * (deviations[j]! / Math.sqrt(matrix[j * assets + j]!));
        }
      }
      for (let i = 0; i < assets; i++) {
        for (let j = 0; j < i; j++) matrix[j * assets + i] = matrix[i * assets + j]!;
        matrix[i * assets + i] = deviations[i]! * deviations[i]!;
      }
      return { covariance: covarianceOfProducts(matrix, assets, ids), signals, edge };
    },
  };
}

/**
 * Ascending eigenvalues, those that are 0 but for rounding as 0: of a rank-deficient matrix they come out of either sign, and
 * beside one another some would stand out as signals. Source of the bound: the numerical rank of MATLAB and NumPy,
 * max(n, T) ε of the largest, four times for the rounding of the products before.
 */
export function withoutRounding(eigenvalues: Float64Array, observations: number): Float64Array {
  const largest = eigenvalues.at(-1) ?? 0;
  const rounding = 4 * Math.max(eigenvalues.length, observations) * Number.EPSILON * largest;
  return eigenvalues.map((value) => (value > rounding ? value : 0));
}

/**
 * Eigenvalues of a correlation matrix above the edge of what noise alone would give.
 *
 * @param eigenvalues ascending, `withoutRounding`
 */
export function marchenkoPastur(eigenvalues: Float64Array, observations: number): { signals: number; edge: number } {
  const size = eigenvalues.length;
  const spread = (1 + Math.sqrt(size / observations)) ** 2;
  let noise = size;
  for (;;) {
    let variance = 0;
    for (let k = 0; k < noise; k++) variance += eigenvalues[k]! / noise;
    const edge = variance * spread;
    let below = noise;
    while (below > 1 && eigenvalues[below - 1]! > edge) below--;
    if (below === noise) return { signals: size - noise, edge };
    noise = below;
  }
}

/** The first `noise` eigenvalues become their mean. */
function withMeanNoise(eigenvalues: Float64Array, noise: number): Float64Array {
  let mean = 0;
  for (let k = 0; k < noise; k++) mean += eigenvalues[k]! / noise;
  return eigenvalues.map((value, k) => (k < noise ? mean : value));
}
