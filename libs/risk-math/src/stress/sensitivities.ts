import { deviationContributions } from '../contributions/euler.js';
import { requireFinite, requireLength, requireRow } from '../foundation/guards.js';
import { RiskMathError } from '../foundation/risk-math-error.js';
import type { FactorModel } from '../model/factor-model.js';
import { type RiskModelMatrix, covarianceBetween } from '../model/risk-model-matrix.js';
import { timesFactorCovariance } from './observation-covariance.js';

/** First derivatives of a portfolio's daily standard deviation; all 0 for a portfolio without risk. */
export interface DeviationSensitivities {
  /** σ, daily. */
  readonly total: number;
  /** ∂σ / ∂wᵢ. */
  readonly toWeight: Float64Array;
  /** ∂σ / ∂σᵢ, correlations as they are: wᵢ (Σw)ᵢ / (σᵢ σ); 0 for an asset without variance. */
  readonly toVolatility: Float64Array;
  /** ∂σ / ∂ρ when every correlation rises by the same: Σ_{i<j} wᵢwⱼσᵢσⱼ / σ. */
  readonly toAllCorrelations: number;
}

/**
 * How the standard deviation of a portfolio moves with weights, volatilities and correlations.
 *
 * Source: the derivatives of σ² = Σᵢⱼ wᵢ wⱼ σᵢ σⱼ ρᵢⱼ, as in Jorion, "Value at risk" (2007), chapter 7, for those by weight.
 *
 * @param matrix n×n, per day
 * @param weights n signed weights
 * @throws RiskMathError `invalidInput` on another length or a number that is not finite
 */
export function deviationSensitivities(matrix: RiskModelMatrix, weights: Float64Array): DeviationSensitivities {
  const { total, marginals, contributions } = deviationContributions(matrix, weights);
  let sum = 0;
  let squares = 0;
  for (let i = 0; i < weights.length; i++) {
    const size = weights[i]! * Math.sqrt(matrix.variances[i]!);
    sum += size;
    squares += size * size;
  }
  return {
    total,
    toWeight: marginals,
    toVolatility: contributions.map((value, i) => {
      const own = Math.sqrt(matrix.variances[i]!);
      return own > 0 ? value / own : 0;
    }),
    toAllCorrelations: total > 0 ? (sum * sum - squares) / 2 / total : 0,
  };
}

/**
 * ∂σ / ∂ρᵢⱼ = wᵢwⱼσᵢσⱼ / σ of one pair, daily; 0 for a portfolio without risk. Source as of `deviationSensitivities`.
 *
 * @param first row of the one, `second` of the other
 * @throws RiskMathError as `deviationSensitivities`, and `invalidInput` unless they are two rows of the model
 */
export function correlationSensitivity(
  matrix: RiskModelMatrix,
  weights: Float64Array,
  first: number,
  second: number,
): number {
  requireRow(first, matrix.size, 'first');
  requireRow(second, matrix.size, 'second');
  if (first === second) {
    throw new RiskMathError('invalidInput', 'the correlation of a row with itself does not move', { field: 'second' });
  }
  const { total } = deviationContributions(matrix, weights);
  const scale = Math.sqrt(covarianceBetween(matrix, first, first) * covarianceBetween(matrix, second, second));
  return total > 0 ? (weights[first]! * weights[second]! * scale) / total : 0;
}

/** What one unit of one factor's return does to the portfolio, loss positive, fraction of NAV. */
export interface FactorSensitivity {
  readonly factorId: string;
  /** Σ wᵢ Bᵢₖ. */
  readonly exposure: number;
  /** Loss per unit return of the factor, the other factors where they are: minus the exposure. */
  readonly lossAlone: number;
  /** Loss per unit return of the factor, the other factors where they are expected given it; 0 for a factor without variance. */
  readonly lossWithOthers: number;
}

/**
 * Sensitivity to every factor of a model.
 *
 * Source: Kupiec, "Stress testing in a value at risk framework", Journal of Derivatives 6 (1998), for the other factors where they are expected.
 *
 * @param weights n signed weights
 * @throws RiskMathError `invalidInput` on another length or a number that is not finite
 */
export function factorSensitivities(model: FactorModel, weights: Float64Array): FactorSensitivity[] {
  const { factors, exposures, factorCovariance, factorIds } = model;
  requireLength(weights, model.size, 'weights');
  requireFinite(weights, 'weights');
  const portfolio = new Float64Array(factors);
  for (let i = 0; i < weights.length; i++) {
    for (let f = 0; f < factors; f++) portfolio[f]! += weights[i]! * exposures[i * factors + f]!;
  }
  const covariances = timesFactorCovariance(model, portfolio);
  return Array.from(portfolio, (exposure, f) => {
    const variance = factorCovariance[f * factors + f]!;
    return {
      factorId: factorIds?.[f] ?? String(f),
      exposure,
      lossAlone: 0 - exposure,
      lossWithOthers: variance > 0 ? 0 - covariances[f]! / variance : 0,
    };
  });
}
