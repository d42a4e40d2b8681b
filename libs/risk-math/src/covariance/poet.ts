import { principalComponents } from '../factor-model/principal-components.js';
import { requireInteger, requireObservations } from '../foundation/guards.js';
import { RiskMathError } from '../foundation/risk-math-error.js';
import { columnProducts } from '../kernels/column-products.js';
import type { Covariance } from '../model/covariance.js';
import { type Returns, requireReturns } from '../model/returns.js';
import { nearestPositiveSemiDefinite } from './nearest-positive-semi-definite.js';

export interface PoetOptions {
  /** Principal components kept. */
  readonly factors: number;
  /** C of the threshold C √θ_ij (1/√n + √(ln n / T)); 0.5 when absent, 0 keeps every residual covariance. */
  readonly threshold?: number;
}

export interface PoetCovariance {
  /** Repaired where thresholding left it indefinite, and says so. */
  readonly covariance: Covariance;
  /** Share of pairs whose residual covariance is not 0, within [0, 1]. */
  readonly density: number;
}

/**
 * Principal orthogonal complement thresholding: the covariance of the first principal components, and of what they leave only
 * what is larger than its own error, softly thresholded, with the variances kept. Moments over T, per day.
 *
 * Source: Fan, Liao and Mincheva, "Large covariance estimation by thresholding principal orthogonal complements", Journal of the
 * Royal Statistical Society B 75 (2013), the adaptive threshold of section 2.3.
 *
 * @throws RiskMathError `tooFewObservations` below two days; `invalidInput` on more factors than min(n, T), a negative threshold or a
 *   number that is not finite; otherwise as `nearestPositiveSemiDefinite`
 */
export function poetCovariance(returns: Returns, options: PoetOptions): PoetCovariance {
  const { observations, assets, ids } = returns;
  const { factors, threshold = 0.5 } = options;
  requireObservations(observations, 2, 'a thresholded covariance');
  requireReturns(returns);
  requireInteger(factors, 0, 'factors');
  if (factors > Math.min(assets, observations) || !(threshold >= 0)) {
    throw new RiskMathError('invalidInput', 'factors may be at most min(n, T), and the threshold not negative', {
      field: factors > Math.min(assets, observations) ? 'factors' : 'threshold',
    });
  }
  const { eigenvalues, rows: components, scaled } = principalComponents(returns, new Float64Array(assets).fill(1));
  const rows = components(factors);
  const residuals = withoutFactors(scaled, rows, observations, assets, factors);
  const shape = { terms: observations, columns: assets, centred: false, divisor: observations };
  const rest = columnProducts({ ...shape, values: residuals });
  const fourth = columnProducts({ ...shape, values: residuals.map((value) => value * value) });
  const rate = threshold * (1 / Math.sqrt(assets) + Math.sqrt(Math.log(assets) / observations));
  const matrix = new Float64Array(assets * assets);
  let kept = 0;
  for (let i = 0; i < assets; i++) {
    for (let j = 0; j <= i; j++) {
      const at = i * assets + j;
      let element = rest[at]!;
      if (i !== j) {
        // θ_ij: the variance of the products that the covariance is the mean of.
        const error = Math.sqrt(Math.max(0, fourth[at]! - element * element));
        element = Math.sign(element) * Math.max(0, Math.abs(element) - rate * error);
        if (element !== 0) kept++;
      }
      for (let k = 0; k < factors; k++) element += eigenvalues[k]! * rows[k * assets + i]! * rows[k * assets + j]!;
      matrix[at] = element;
      matrix[j * assets + i] = element;
    }
  }
  return {
    covariance: nearestPositiveSemiDefinite(matrix, assets, ids),
    density: assets < 2 ? 1 : (2 * kept) / (assets * (assets - 1)),
  };
}

/** X less its projection on the first components. */
function withoutFactors(
  x: Float64Array,
  rows: Float64Array,
  observations: number,
  assets: number,
  factors: number,
): Float64Array {
  const residuals = Float64Array.from(x);
  for (let t = 0; t < observations; t++) {
    for (let k = 0; k < factors; k++) {
      let score = 0;
      for (let i = 0; i < assets; i++) score += x[t * assets + i]! * rows[k * assets + i]!;
      for (let i = 0; i < assets; i++) residuals[t * assets + i]! -= score * rows[k * assets + i]!;
    }
  }
  return residuals;
}
