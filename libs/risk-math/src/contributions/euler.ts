import { ANNUALISATION } from '../foundation/conventions.js';
import { type GaussianSpecification, gaussianEsFactor, gaussianVarFactor } from '../measures/gaussian.js';
import { activeWeights } from '../measures/benchmark-relative.js';
import { type RiskModelMatrix, multiply } from '../model/risk-model-matrix.js';
import { notNegative, variancePossible } from '../foundation/variance.js';

/** Euler contributions to a figure: they sum to it. */
export interface RiskContributions {
  readonly total: number;
  /** Per instrument, signed, in the unit of the total. */
  readonly contributions: Float64Array;
  /** ∂ total / ∂ weight, per instrument. */
  readonly marginals: Float64Array;
}

/**
 * Contributions to daily standard deviation: marginals (Σw)ᵢ / σ, contributions wᵢ (Σw)ᵢ / σ. With no risk at all they
 * are 0 (the derivative is not defined there).
 *
 * Source: Litterman, "Hot spots and hedges", Journal of Portfolio Management, special issue (1996); Tasche, "Risk contributions and
 * performance measurement" (1999), for why Euler's are the ones that say what to buy and sell.
 *
 * @param matrix n×n, per day
 * @param weights n signed weights
 * @returns per day, fraction of NAV
 * @throws RiskMathError `invalidInput` on another length or a number that is not finite; `notPositiveSemiDefinite` when the
 *   variance is negative beyond rounding
 */
export function deviationContributions(matrix: RiskModelMatrix, weights: Float64Array): RiskContributions {
  return inUnit(matrix, weights, 1);
}

/** Contributions to `factor` times the daily standard deviation, in one pass. */
function inUnit(matrix: RiskModelMatrix, weights: Float64Array, factor: number): RiskContributions {
  const marginals = multiply(matrix, weights);
  const size = marginals.length;
  let variance = 0;
  for (let i = 0; i < size; i++) variance += marginals[i]! * weights[i]!;
  const deviation = Math.sqrt(notNegative(variance, () => variancePossible(weights, matrix.variances)));
  const scale = deviation > 0 ? 1 / deviation : 0;
  const contributions = new Float64Array(size);
  for (let i = 0; i < size; i++) {
    const marginal = marginals[i]! * scale;
    marginals[i] = marginal * factor;
    contributions[i] = marginal * weights[i]! * factor;
  }
  return { total: deviation * factor, marginals, contributions };
}

/** Contributions to annual volatility, fraction of NAV. Source, parameters and errors as of `deviationContributions`. */
export function volatilityContributions(matrix: RiskModelMatrix, weights: Float64Array): RiskContributions {
  return inUnit(matrix, weights, ANNUALISATION);
}

/**
 * Contributions to zero-mean Gaussian VaR over the horizon, fraction of NAV: those to deviation times z √h.
 *
 * Source: Garman, "Taking VaR to pieces", Risk 10 (1997).
 *
 * @throws RiskMathError as `deviationContributions` and `gaussianVarFactor`
 */
export function gaussianVarContributions(
  matrix: RiskModelMatrix,
  weights: Float64Array,
  specification: GaussianSpecification,
): RiskContributions {
  return inUnit(matrix, weights, gaussianVarFactor(specification));
}

/**
 * Contributions to zero-mean Gaussian ES over the horizon, fraction of NAV: those to deviation times φ(z)/(1 − c) √h.
 *
 * Source: Tasche, "Expected shortfall and beyond", Journal of Banking and Finance 26 (2002).
 *
 * @throws RiskMathError as `deviationContributions` and `gaussianEsFactor`
 */
export function gaussianEsContributions(
  matrix: RiskModelMatrix,
  weights: Float64Array,
  specification: GaussianSpecification,
): RiskContributions {
  return inUnit(matrix, weights, gaussianEsFactor(specification));
}

/**
 * Contributions to annual tracking error over active weights (w − b): names held only in the benchmark take part, and
 * a benchmark given as a series is one short asset.
 *
 * Source: Grinold and Kahn, "Active portfolio management" (2000), chapter 3, for active risk; Euler's as of `deviationContributions`.
 *
 * @param benchmarkWeights n: 1 in the row of a series
 * @returns annual, fraction of NAV
 * @throws RiskMathError as `deviationContributions`
 */
export function trackingErrorContributions(
  matrix: RiskModelMatrix,
  weights: Float64Array,
  benchmarkWeights: Float64Array,
): RiskContributions {
  return inUnit(matrix, activeWeights(weights, benchmarkWeights), ANNUALISATION);
}

/** The same contributions in another unit. */
export function scaled(contributions: RiskContributions, factor: number): RiskContributions {
  return {
    total: contributions.total * factor,
    contributions: contributions.contributions.map((value) => value * factor),
    marginals: contributions.marginals.map((value) => value * factor),
  };
}
