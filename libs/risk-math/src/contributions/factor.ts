import { requireFinite, requireFiniteNumber, requireLength } from '../foundation/guards.js';
import type { FactorModel } from '../model/factor-model.js';
import { notNegative, variancePossible } from '../foundation/variance.js';

/** Risk by factor and by the instruments' own, in the unit asked for; all of it sums to the total. */
export interface FactorRiskContributions {
  readonly total: number;
  /** Σ wᵢ Bᵢₖ. */
  readonly exposures: Float64Array;
  /** By factor: exposure × (F x)ₖ / σ. */
  readonly factorContributions: Float64Array;
  /** By instrument: wᵢ² dᵢ / σ. */
  readonly specificContributions: Float64Array;
  /** Σ of the factors' contributions. */
  readonly factorTotal: number;
  /** Σ of the specific contributions. */
  readonly specificTotal: number;
}

/**
 * Euler contributions of factors and of specific risk to a multiple of the daily standard deviation. With no risk at all they
 * are 0.
 *
 * Source: Menchero and Davis, "Risk contribution is exposure times volatility times correlation", Journal of Portfolio Management 37 (2011).
 *
 * @param weights n signed weights, or active weights for tracking error
 * @param multiplier what a daily standard deviation is multiplied by: `ANNUALISATION`, `gaussianVarFactor(…)`, 1
 */
export function factorRiskContributions(
  model: FactorModel,
  weights: Float64Array,
  multiplier: number,
): FactorRiskContributions {
  const { size, factors, exposures, factorCovariance, specificVariances } = model;
  requireLength(weights, size, 'weights');
  requireFinite(weights, 'weights');
  requireFiniteNumber(multiplier, 'multiplier');
  const held = new Float64Array(factors);
  const specific = new Float64Array(size);
  let specificVariance = 0;
  for (let i = 0; i < size; i++) {
    const weight = weights[i]!;
    if (weight === 0) continue;
    const row = i * factors;
    for (let k = 0; k < factors; k++) held[k]! += weight * exposures[row + k]!;
    specific[i] = weight * weight * specificVariances[i]!;
    specificVariance += specific[i]!;
  }
  const systematic = new Float64Array(factors);
  let factorVariance = 0;
  for (let a = 0; a < factors; a++) {
    let product = 0;
    for (let b = 0; b < factors; b++) product += factorCovariance[a * factors + b]! * held[b]!;
    systematic[a] = held[a]! * product;
    factorVariance += systematic[a]!;
  }
  const deviation = Math.sqrt(
    notNegative(factorVariance + specificVariance, () => variancePossible(weights, model.variances)),
  );
  const scale = deviation > 0 ? multiplier / deviation : 0;
  for (let k = 0; k < factors; k++) systematic[k]! *= scale;
  for (let i = 0; i < size; i++) specific[i]! *= scale;
  return {
    total: deviation * multiplier,
    exposures: held,
    factorContributions: systematic,
    specificContributions: specific,
    factorTotal: factorVariance * scale,
    specificTotal: specificVariance * scale,
  };
}
