import { requireObservations } from '../foundation/guards.js';
import { RiskMathError } from '../foundation/risk-math-error.js';
import { columnProducts } from '../kernels/column-products.js';
import { type Covariance, covarianceOfProducts } from '../model/covariance.js';
import { type Returns, requireReturns } from '../model/returns.js';
import { columnMeans } from '../kernels/portable.js';

/**
 * Gerber covariance, per day: deviations over T, and as correlation the days on which two assets both moved by at least `threshold`
 * deviations, the same way less opposite ways, over the geometric mean of the days on which each did: H_ij / √(H_ii H_jj).
 * Small moves are noise and large ones count no more than any, so that outliers do not matter. Positive semi-definite: H is the
 * product of a matrix of signs with itself.
 *
 * Source: Gerber, Markowitz, Ernst, Miao, Javid and Sargen, "The Gerber statistic: a robust co-movement measure for portfolio
 * optimization", Journal of Portfolio Management 48 (2022), the variant normalised by the diagonal.
 *
 * @param threshold within (0, 1]
 * @throws RiskMathError `tooFewObservations` below two days; `outOfDomain` naming an asset that never moves that much; `invalidInput` on
 *   another threshold or a number that is not finite
 */
export function gerberCovariance(returns: Returns, threshold = 0.5): Covariance {
  const { values, observations, assets, ids } = returns;
  requireObservations(observations, 2, 'a Gerber covariance');
  requireReturns(returns);
  if (!(threshold > 0 && threshold <= 1)) {
    throw new RiskMathError('invalidInput', `threshold is ${String(threshold)}; it must lie in (0, 1]`, {
      field: 'threshold',
    });
  }
  const deviations = deviationsOverDays(returns);
  const signs = values.map((value, at) => {
    const deviation = deviations[at % assets]!;
    return deviation > 0 && Math.abs(value) >= threshold * deviation ? Math.sign(value) : 0;
  });
  const matrix = columnProducts({ values: signs, terms: observations, columns: assets, centred: false, divisor: 1 });
  const moves = Float64Array.from({ length: assets }, (_, i) => Math.sqrt(matrix[i * assets + i]!));
  for (let i = 0; i < assets; i++) {
    if (moves[i] === 0) {
      throw new RiskMathError('outOfDomain', `${ids?.[i] ?? `asset ${i}`} never moves beyond the threshold`, {
        ids: [ids?.[i] ?? String(i)],
      });
    }
    const scale = deviations[i]! / moves[i]!;
    for (let j = 0; j < i; j++) {
      const element = matrix[i * assets + j]! * scale * (deviations[j]! / moves[j]!);
      matrix[i * assets + j] = element;
      matrix[j * assets + i] = element;
    }
  }
  for (let i = 0; i < assets; i++) matrix[i * assets + i] = deviations[i]! * deviations[i]!;
  return covarianceOfProducts(matrix, assets, ids);
}

function deviationsOverDays({ values, observations, assets }: Returns): Float64Array {
  const means = columnMeans(values, observations, assets);
  const squares = new Float64Array(assets);
  for (let t = 0, at = 0; t < observations; t++) {
    for (let i = 0; i < assets; i++, at++) squares[i]! += (values[at]! - means[i]!) ** 2;
  }
  return squares.map((value) => Math.sqrt(value / observations));
}
