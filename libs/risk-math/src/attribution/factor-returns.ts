import { requireFinite, requireLength } from '../foundation/guards.js';

/** One period's return by factor and by the instruments' own. */
export interface FactorReturnAttribution {
  /** Σ wᵢ rᵢ: the sum of everything below. */
  readonly total: number;
  /** Σ wᵢ Bᵢₖ at the start of the period. */
  readonly exposures: Float64Array;
  /** Exposure × factor return. */
  readonly factorContributions: Float64Array;
  /** wᵢ (rᵢ − Σ Bᵢₖ fₖ). */
  readonly specificContributions: Float64Array;
  readonly factorTotal: number;
  readonly specificTotal: number;
}

/**
 * Attributes a period's return to the factors of a model and, exactly, what they leave to the instruments themselves. With
 * active weights it is the attribution of the active return; `carinoLinking` links periods.
 *
 * Source: Grinold and Kahn, "Active portfolio management" (2000), chapter 17.
 *
 * @param weights n signed weights, or active weights, at the start of the period
 * @param exposures n×k row-major, at the start of the period
 * @param factorReturns k
 * @param returns n simple returns
 */
export function factorReturnAttribution(
  weights: Float64Array,
  exposures: Float64Array,
  factorReturns: Float64Array,
  returns: Float64Array,
): FactorReturnAttribution {
  const factors = factorReturns.length;
  requireLength(returns, weights.length, 'returns');
  requireLength(exposures, weights.length * factors, 'exposures');
  requireFinite(weights, 'weights');
  requireFinite(exposures, 'exposures');
  requireFinite(factorReturns, 'factorReturns');
  requireFinite(returns, 'returns');
  const held = new Float64Array(factors);
  let total = 0;
  let specificTotal = 0;
  const specificContributions = weights.map((weight, i) => {
    let explained = 0;
    for (let k = 0; k < factors; k++) {
      const exposure = exposures[i * factors + k]!;
      held[k]! += weight * exposure;
      explained += exposure * factorReturns[k]!;
    }
    total += weight * returns[i]!;
    const own = weight * (returns[i]! - explained);
    specificTotal += own;
    return own;
  });
  const factorContributions = held.map((exposure, k) => exposure * factorReturns[k]!);
  const factorTotal = factorContributions.reduce((sum, value) => sum + value, 0);
  return { total, exposures: held, factorContributions, specificContributions, factorTotal, specificTotal };
}
