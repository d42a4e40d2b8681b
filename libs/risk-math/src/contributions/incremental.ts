import { ANNUALISATION, type RiskSpecification } from '../foundation/conventions.js';
import {
  requireConfidence,
  requireFinite,
  requireFiniteNumber,
  requireLength,
  requireRow,
} from '../foundation/guards.js';
import { activeWeights } from '../measures/benchmark-relative.js';
import { type GaussianSpecification, gaussianEsFactor, gaussianVarFactor } from '../measures/gaussian.js';
import { type TailFigures, scenarioLosses, tailFiguresInPlace } from '../measures/historical.js';
import { type RiskModelMatrix, multiply } from '../model/risk-model-matrix.js';
import { notNegative, variancePossible } from '../foundation/variance.js';
import type { ScenarioSet } from '../returns/scenarios.js';
import type { RiskContributions } from './euler.js';

/**
 * What each position adds to annual volatility: the figure less the figure with that position sold to cash, the other
 * weights as they are. They do not sum to the total.
 *
 * Source: Jorion, "Value at risk" (2007), chapter 7, revalued in full and not by the derivative: R²(w − wᵢeᵢ) from one product Σw.
 *
 * @param matrix n×n, per day
 * @param weights n signed weights
 * @returns n, annual, fraction of NAV
 * @throws RiskMathError `invalidInput` on another length or a number that is not finite
 */
export function incrementalVolatility(matrix: RiskModelMatrix, weights: Float64Array): Float64Array {
  return incrementalDeviation(matrix, weights, weights, ANNUALISATION);
}

/** What each position adds to zero-mean Gaussian VaR over the horizon. @throws RiskMathError as `incrementalVolatility` and `gaussianVarFactor` */
export function incrementalGaussianVar(
  matrix: RiskModelMatrix,
  weights: Float64Array,
  specification: GaussianSpecification,
): Float64Array {
  return incrementalDeviation(matrix, weights, weights, gaussianVarFactor(specification));
}

/** What each position adds to zero-mean Gaussian ES over the horizon. @throws RiskMathError as `incrementalVolatility` and `gaussianEsFactor` */
export function incrementalGaussianEs(
  matrix: RiskModelMatrix,
  weights: Float64Array,
  specification: GaussianSpecification,
): Float64Array {
  return incrementalDeviation(matrix, weights, weights, gaussianEsFactor(specification));
}

/**
 * What each position adds to annual tracking error: without it, its active weight is minus its benchmark weight.
 *
 * @throws RiskMathError as `incrementalVolatility`
 */
export function incrementalTrackingError(
  matrix: RiskModelMatrix,
  weights: Float64Array,
  benchmarkWeights: Float64Array,
): Float64Array {
  return incrementalDeviation(matrix, activeWeights(weights, benchmarkWeights), weights, ANNUALISATION);
}

/**
 * What each position adds to historical VaR and ES over the scenarios' horizon: every scenario's loss is taken again without it.
 *
 * @param weights n signed weights
 * @returns n each, loss positive, fraction of NAV
 * @throws RiskMathError `invalidInput` on another length, a number that is not finite or a confidence outside (0.5, 1)
 */
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

/** Several positions that are sold together: rows of the model, each with the weight that is sold. */
export interface SoldPart {
  readonly rows: readonly number[];
  readonly weights: readonly number[];
}

function requirePart({ rows, weights }: SoldPart, size: number): void {
  for (const row of rows) requireRow(row, size, 'rows');
  requireLength(weights, rows.length, 'weights');
  requireFinite(Float64Array.from(weights), 'weights');
}

/**
 * What a part of a portfolio (a strategy, a sector) adds to a figure R(x) = c · σ(x): the figure less that with the whole part sold to
 * cash, from sums at hand: R²(x − g) = R²(x) − 2 R(x) Σ gᵢ ∂R/∂xᵢ + R²(g), with g what is sold.
 *
 * @param contributions of volatility, tracking error, or zero-mean Gaussian VaR or ES: total and marginals by row
 * @param standAlone R(g), in the same unit; the part's own figure, without the benchmark
 * @throws RiskMathError `invalidInput` on a row that the model does not have, weights of another number than rows, or a number that is
 *   not finite; `notPositiveSemiDefinite` on figures that cannot belong together
 */
export function incrementalOfPart(
  { total, marginals }: Pick<RiskContributions, 'total' | 'marginals'>,
  { rows, weights }: SoldPart,
  standAlone: number,
): number {
  requirePart({ rows, weights }, marginals.length);
  requireFiniteNumber(total, 'total');
  requireFinite(marginals, 'marginals');
  requireFiniteNumber(standAlone, 'standAlone');
  const moved = rows.reduce((sum, row, k) => sum + weights[k]! * marginals[row]!, 0);
  const without = total * total - 2 * moved * total + standAlone * standAlone;
  return total - Math.sqrt(notNegative(without, () => (total + standAlone) ** 2));
}

/**
 * What a part of a portfolio adds to historical VaR and ES over the scenarios' horizon: the figures less those with the whole part sold
 * to cash.
 *
 * @param losses of the whole portfolio by scenario, as `scenarioLosses` gives them
 * @throws RiskMathError `invalidInput` as `incrementalOfPart`, and on a confidence outside (0.5, 1)
 */
export function incrementalHistoricalOfPart(
  scenarios: ScenarioSet,
  losses: Float64Array,
  { rows, weights }: SoldPart,
  specification: Pick<RiskSpecification, 'confidence' | 'quantileRule'>,
): TailFigures {
  requireConfidence(specification.confidence);
  const { assets, observations, values } = scenarios.returns;
  requirePart({ rows, weights }, assets);
  requireLength(losses, observations, 'losses');
  requireFinite(losses, 'losses');
  const { confidence, quantileRule } = specification;
  const scratch = Float64Array.from(losses);
  const whole = tailFiguresInPlace(scratch, confidence, quantileRule);
  for (let t = 0; t < observations; t++) {
    scratch[t] = rows.reduce((loss, row, k) => loss + weights[k]! * values[t * assets + row]!, losses[t]!);
  }
  const without = tailFiguresInPlace(scratch, confidence, quantileRule);
  return {
    var: (whole.var - without.var) * scenarios.multiplier,
    es: (whole.es - without.es) * scenarios.multiplier,
  };
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
  const deviation = Math.sqrt(notNegative(variance, () => variancePossible(exposures, matrix.variances)));
  return product.map((covariance, i) => {
    const weight = sold[i]!;
    const without = variance - 2 * weight * covariance + weight * weight * matrix.variances[i]!;
    const most = (): number => {
      const held = exposures.map(Math.abs);
      held[i]! += Math.abs(weight);
      return variancePossible(held, matrix.variances);
    };
    return factor * (deviation - Math.sqrt(notNegative(without, most)));
  });
}
