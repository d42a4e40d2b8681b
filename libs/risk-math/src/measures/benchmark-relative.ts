import { ANNUALISATION } from '../foundation/conventions.js';
import { requireFinite, requireLength } from '../foundation/guards.js';
import { RiskMathError } from '../foundation/risk-math-error.js';
import { notNegative, variancePossible } from '../foundation/variance.js';
import { type RiskModelMatrix, multiply, quadraticForm } from '../model/risk-model-matrix.js';

/** Portfolio less benchmark weights over the union of names. @throws RiskMathError `invalidInput` on other lengths or a number that is not finite */
export function activeWeights(weights: Float64Array, benchmarkWeights: Float64Array): Float64Array {
  requireLength(benchmarkWeights, weights.length, 'benchmarkWeights');
  requireFinite(weights, 'weights');
  requireFinite(benchmarkWeights, 'benchmarkWeights');
  return weights.map((weight, index) => weight - benchmarkWeights[index]!);
}

/** Active share ½ Σ|w − b| over the union of names, without cash. Source: Cremers and Petajisto (2009). */
export function activeShare(weights: Float64Array, benchmarkWeights: Float64Array): number {
  let total = 0;
  for (const weight of activeWeights(weights, benchmarkWeights)) total += Math.abs(weight);
  return total / 2;
}

/**
 * Annualised tracking error √252 · √((w − b)ᵀΣ(w − b)), fraction of NAV, from the model.
 *
 * @param benchmarkWeights over the same instruments; a benchmark given as a series is weight 1 in the series' instrument
 */
export function trackingError(matrix: RiskModelMatrix, weights: Float64Array, benchmarkWeights: Float64Array): number {
  return ANNUALISATION * Math.sqrt(quadraticForm(matrix, activeWeights(weights, benchmarkWeights)));
}

/**
 * Beta wᵀΣb / bᵀΣb from the model.
 *
 * @throws RiskMathError `outOfDomain` when the benchmark has no variance
 */
export function beta(matrix: RiskModelMatrix, weights: Float64Array, benchmarkWeights: Float64Array): number {
  const assetBetas = instrumentBetas(matrix, benchmarkWeights);
  requireLength(weights, assetBetas.length, 'weights');
  requireFinite(weights, 'weights');
  let total = 0;
  for (let i = 0; i < weights.length; i++) total += weights[i]! * assetBetas[i]!;
  return total;
}

/**
 * Σb / bᵀΣb: the beta of every instrument.
 *
 * @throws RiskMathError `outOfDomain` when the benchmark has no variance; `notPositiveSemiDefinite` when that is negative beyond
 *   rounding
 */
export function instrumentBetas(matrix: RiskModelMatrix, benchmarkWeights: Float64Array): Float64Array {
  const product = multiply(matrix, benchmarkWeights);
  let variance = 0;
  for (let i = 0; i < product.length; i++) variance += product[i]! * benchmarkWeights[i]!;
  if (!(notNegative(variance, () => variancePossible(benchmarkWeights, matrix.variances)) > 0))
    throw new RiskMathError('outOfDomain', 'the benchmark has no variance, so that beta is not defined');
  return product.map((value) => value / variance);
}
