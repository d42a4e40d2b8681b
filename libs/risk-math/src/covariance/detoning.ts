import { requireInteger } from '../foundation/guards.js';
import { RiskMathError } from '../foundation/risk-math-error.js';
import { symmetricEigenRows } from '../linear-algebra/symmetric-eigen.js';
import { type Covariance, covarianceOfProducts } from '../model/covariance.js';
import { correlationsOf } from './correlation.js';
import { fromSpectrum } from './spectrum.js';

/**
 * A covariance without its market: the largest eigenvalues of the correlation matrix are taken out and the rest brought back to
 * unit variances, variances kept. It is singular by construction: for clustering and for what is left to see, not to divide by.
 *
 * Source: López de Prado, Machine Learning for Asset Managers (2020), section 2.6.
 *
 * @param markets eigenvalues taken out, below n
 * @throws RiskMathError `outOfDomain` when an asset has no variance, or none beside the market; `invalidInput` on another number of
 *   markets
 */
export function detonedCovariance(covariance: Covariance, markets = 1): Covariance {
  const { values, size, ids } = covariance;
  requireInteger(markets, 0, 'markets');
  if (size > 0 && markets >= size) {
    throw new RiskMathError('invalidInput', `markets is ${markets}; it must be below ${size}`, { field: 'markets' });
  }
  const { correlations, deviations } = correlationsOf(values, size, ids);
  const spectrum = symmetricEigenRows(correlations, size);
  const kept = size - markets;
  const positive = spectrum.values.slice(0, kept).map((value) => Math.max(0, value));
  const matrix = fromSpectrum(positive, spectrum.rows.subarray(0, kept * size), size);
  const scales = deviations.map((deviation, i) => {
    const rest = matrix[i * size + i]!;
    if (rest > size * Number.EPSILON) return deviation / Math.sqrt(rest);
    throw new RiskMathError('outOfDomain', `${ids?.[i] ?? `asset ${i}`} moves with the market alone`, {
      ids: [ids?.[i] ?? String(i)],
    });
  });
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < i; j++) {
      const element = matrix[i * size + j]! * scales[i]! * scales[j]!;
      matrix[i * size + j] = element;
      matrix[j * size + i] = element;
    }
    matrix[i * size + i] = deviations[i]! * deviations[i]!;
  }
  return covarianceOfProducts(matrix, size, ids);
}
