import { requireFiniteNumber } from '../foundation/guards.js';
import { type RiskModelMatrix, multiply } from '../model/risk-model-matrix.js';
import type { FactorModel } from '../model/factor-model.js';
import { notNegative, variancePossible } from '../foundation/variance.js';
import { type FactorRiskContributions, factorRiskContributions } from './factor.js';

/** A contribution as the product of what is held, how much it moves, and how much it moves with the portfolio. */
export interface XSigmaRho {
  /** x: weight or factor exposure. */
  readonly exposures: Float64Array;
  /** σ: stand-alone deviation of one unit, in the unit asked for. */
  readonly deviations: Float64Array;
  /** ρ: correlation of that unit with the portfolio, in [−1, 1]; 0 where either does not move. */
  readonly correlations: Float64Array;
  /** x · σ · ρ. */
  readonly contributions: Float64Array;
  readonly total: number;
}

/**
 * x-sigma-rho by instrument: contributionᵢ = wᵢ · σᵢ · ρ(rᵢ, portfolio).
 *
 * Source: Menchero and Davis, "Risk contribution is exposure times volatility times correlation", Journal of Portfolio
 * Management 37 (2011).
 *
 * @param weights n signed weights, or active weights
 * @param multiplier what a daily standard deviation is multiplied by: `ANNUALISATION`, `gaussianVarFactor(…)`, 1
 */
export function xSigmaRho(matrix: RiskModelMatrix, weights: Float64Array, multiplier: number): XSigmaRho {
  requireFiniteNumber(multiplier, 'multiplier');
  const product = multiply(matrix, weights);
  let variance = 0;
  for (let i = 0; i < product.length; i++) variance += product[i]! * weights[i]!;
  const deviation = Math.sqrt(notNegative(variance, () => variancePossible(weights, matrix.variances)));
  return decomposed(Float64Array.from(weights), matrix.variances.map(Math.sqrt), product, deviation, multiplier);
}

/** x-sigma-rho by factor; the specific part stands beside it in `specificTotal`. */
export function factorXSigmaRho(
  model: FactorModel,
  weights: Float64Array,
  multiplier: number,
): XSigmaRho & Pick<FactorRiskContributions, 'specificTotal'> {
  const { factors, factorCovariance } = model;
  requireFiniteNumber(multiplier, 'multiplier');
  const { exposures, total, specificTotal } = factorRiskContributions(model, weights, 1);
  const product = exposures.map((_, a) => {
    let value = 0;
    for (let b = 0; b < factors; b++) value += factorCovariance[a * factors + b]! * exposures[b]!;
    return value;
  });
  const deviations = exposures.map((_, k) => Math.sqrt(factorCovariance[k * factors + k]!));
  return {
    ...decomposed(exposures, deviations, product, total, multiplier),
    specificTotal: specificTotal * multiplier,
  };
}

function decomposed(
  exposures: Float64Array,
  deviations: Float64Array,
  covariances: Float64Array,
  deviation: number,
  multiplier: number,
): XSigmaRho {
  const correlations = covariances.map((covariance, i) => {
    const scale = deviations[i]! * deviation;
    return scale > 0 ? Math.max(-1, Math.min(1, covariance / scale)) : 0;
  });
  const scaled = deviations.map((value) => value * multiplier);
  return {
    exposures,
    deviations: scaled,
    correlations,
    contributions: exposures.map((exposure, i) => exposure * scaled[i]! * correlations[i]!),
    total: deviation * multiplier,
  };
}
