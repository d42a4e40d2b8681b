import { requireFiniteNumber, requireLength } from '../foundation/guards.js';
import { RiskMathError } from '../foundation/risk-math-error.js';
import { choleskySolve, cholesky } from '../linear-algebra/cholesky.js';
import { type RiskModelMatrix, multiply } from '../model/risk-model-matrix.js';
import { notNegative, variancePossible } from '../foundation/variance.js';
import type { XSigmaRho } from './x-sigma-rho.js';

/** Risk by named factors, and what they leave. */
export interface FactorProjection extends XSigmaRho {
  /** total − Σ of the factors' contributions: the part of the risk that is uncorrelated with all of them. */
  readonly specificTotal: number;
}

/** A factor is refused when the others explain all but this part of its variance. */
const INDEPENDENCE = 1e-10;

/**
 * Risk by factors that are positions in the model's own instruments: an index, or one fund over another. The portfolio is
 * projected on them under the model's covariance, e = F⁻¹ A Σ w with F = A Σ Aᵀ, so that what is left is uncorrelated with every
 * factor; contributions eₖ (A Σ w)ₖ / σ and the specific part sum to the risk, whatever the form of the model.
 *
 * Source: Meucci, "Risk contributions from generic user-defined factors", Risk (June 2007).
 *
 * @param weights n signed weights, or active weights
 * @param factors k positions of n weights each
 * @param multiplier what a daily standard deviation is multiplied by: `ANNUALISATION`, `gaussianVarFactor(…)`, 1
 * @throws RiskMathError `outOfDomain` when a factor does not move or is a combination of the others
 */
export function factorProjection(
  matrix: RiskModelMatrix,
  weights: Float64Array,
  factors: readonly Float64Array[],
  multiplier: number,
): FactorProjection {
  requireFiniteNumber(multiplier, 'multiplier');
  const count = factors.length;
  const product = multiply(matrix, weights);
  const variance = notNegative(dot(product, weights), () => variancePossible(weights, matrix.variances));
  const covariance = new Float64Array(count * count);
  factors.forEach((factor, a) => {
    requireLength(factor, matrix.size, `factors[${a}]`);
    const moved = multiply(matrix, factor);
    factors.forEach((other, b) => (covariance[a * count + b] = dot(moved, other)));
  });
  const covariances = Float64Array.from(factors, (factor) => dot(product, factor));
  const exposures = solved(covariance, count, covariances);
  const deviation = Math.sqrt(variance);
  const scale = deviation > 0 ? multiplier / deviation : 0;
  const deviations = Float64Array.from(factors, (_, k) => Math.sqrt(covariance[k * count + k]!));
  const contributions = exposures.map((exposure, k) => exposure * covariances[k]! * scale);
  const total = deviation * multiplier;
  return {
    exposures,
    deviations: deviations.map((value) => value * multiplier),
    correlations: covariances.map((value, k) =>
      deviation > 0 ? Math.max(-1, Math.min(1, value / deviations[k]! / deviation)) : 0,
    ),
    contributions,
    total,
    specificTotal: contributions.reduce((left, value) => left - value, total),
  };
}

/** F⁻¹ c by the correlations of the factors, so that their scales do not matter. */
function solved(covariance: Float64Array, count: number, right: Float64Array): Float64Array {
  const deviations = Float64Array.from({ length: count }, (_, k) => Math.sqrt(covariance[k * count + k]!));
  const correlation = covariance.map(
    (value, at) => value / deviations[Math.floor(at / count)]! / deviations[at % count]!,
  );
  const factor = deviations.every((value) => value > 0) ? cholesky(correlation, count, INDEPENDENCE) : null;
  if (factor === null) {
    throw new RiskMathError('outOfDomain', 'a factor does not move, or is a combination of the others', {
      field: 'factors',
    });
  }
  return choleskySolve(
    factor,
    count,
    right.map((value, k) => value / deviations[k]!),
  ).map((value, k) => value / deviations[k]!);
}

function dot(a: Float64Array, b: Float64Array): number {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += a[i]! * b[i]!;
  return total;
}
