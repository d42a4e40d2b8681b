import { ANNUALISATION, type RiskSpecification } from '../foundation/conventions.js';
import { requireConfidence } from '../foundation/guards.js';
import { activeWeights } from '../measures/benchmark-relative.js';
import { type GaussianSpecification, gaussianEsFactor, gaussianVarFactor } from '../measures/gaussian.js';
import { scenarioLosses, tailFiguresInPlace } from '../measures/historical.js';
import { type RiskModelMatrix, multiply } from '../model/risk-model-matrix.js';
import type { ScenarioSet } from '../returns/scenarios.js';

/**
 * What each position adds to annual volatility: the figure less the figure with that position sold to cash, the other
 * weights as they are. They do not sum to the total.
 */
export function incrementalVolatility(matrix: RiskModelMatrix, weights: Float64Array): Float64Array {
  return incrementalDeviation(matrix, weights, weights, ANNUALISATION);
}

/** What each position adds to zero-mean Gaussian VaR over the horizon. */
export function incrementalGaussianVar(
  matrix: RiskModelMatrix,
  weights: Float64Array,
  specification: GaussianSpecification,
): Float64Array {
  return incrementalDeviation(matrix, weights, weights, gaussianVarFactor(specification));
}

/** What each position adds to zero-mean Gaussian ES over the horizon. */
export function incrementalGaussianEs(
  matrix: RiskModelMatrix,
  weights: Float64Array,
  specification: GaussianSpecification,
): Float64Array {
  return incrementalDeviation(matrix, weights, weights, gaussianEsFactor(specification));
}

/** What each position adds to annual tracking error: without it, its active weight is minus its benchmark weight. */
export function incrementalTrackingError(
  matrix: RiskModelMatrix,
  weights: Float64Array,
  benchmarkWeights: Float64Array,
): Float64Array {
  return incrementalDeviation(matrix, activeWeights(weights, benchmarkWeights), weights, ANNUALISATION);
}

/** What each position adds to historical VaR and ES over the scenarios' horizon. */
export function incrementalHistorical(
  scenarios: ScenarioSet,
  weights: Float64Array,
  specification: Pick<RiskSpecification, 'confidence' | 'quantileRule'>,
): { readonly var: Float64Array; readonly es: Float64Array } {
  requireConfidence(specification.confidence);
  const losses = scenarioLosses(scenarios, weights);
  const { assets, observations, values } = scenarios.returns;
  const { confidence, quantileRule } = specification;
  const scratch = Float64Array.from(losses);
  const whole = tailFiguresInPlace(scratch, confidence, quantileRule);
  const result = { var: new Float64Array(assets), es: new Float64Array(assets) };
  for (let i = 0; i < assets; i++) {
    if (weights[i] === 0) continue;
    for (let t = 0; t < observations; t++) scratch[t] = losses[t]! + weights[i]! * values[t * assets + i]!;
    const without = tailFiguresInPlace(scratch, confidence, quantileRule);
    result.var[i] = (whole.var - without.var) * scenarios.multiplier;
    result.es[i] = (whole.es - without.es) * scenarios.multiplier;
  }
  return result;
}

/** factor · (σ(x) − σ(x − sold_i e_i)), from one product Σx. */
function incrementalDeviation(
  matrix: RiskModelMatrix,
  exposures: Float64Array,
  sold: Float64Array,
  factor: number,
): Float64Array {
  const product = multiply(matrix, exposures);
  let variance = 0;
  for (let i = 0; i < product.length; i++) variance += product[i]! * exposures[i]!;
  const deviation = Math.sqrt(Math.max(0, variance));
  return product.map((covariance, i) => {
    const weight = sold[i]!;
    const without = variance - 2 * weight * covariance + weight * weight * matrix.variances[i]!;
    return factor * (deviation - Math.sqrt(Math.max(0, without)));
  });
}
