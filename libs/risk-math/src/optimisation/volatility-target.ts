import { ANNUALISATION } from '../foundation/conventions.js';
import { requirePositive } from '../foundation/guards.js';
import { RiskMathError } from '../foundation/risk-math-error.js';
import { type RiskModelMatrix, quadraticForm } from '../model/risk-model-matrix.js';

/** Weights scaled to a volatility. */
export interface VolatilityTarget {
  readonly weights: Float64Array;
  /** What the weights were multiplied by. */
  readonly leverage: number;
  /** Reached; below the target when the cap on leverage is in the way. */
  readonly volatilityAnnual: number;
  /** Whether the cap is in the way. */
  readonly capped: boolean;
}

/**
 * Volatility targeting: weights times target / volatility, the rest in cash or borrowed, at most `maximumLeverage` times.
 *
 * Source: Moreira and Muir, "Volatility-managed portfolios", Journal of Finance 72 (2017); Harvey et al., "The impact of volatility
 * targeting", Journal of Portfolio Management 45 (2018).
 *
 * @param matrix n×n, per day
 * @param weights n signed weights
 * @param options.volatilityAnnual the target, fraction of NAV
 * @throws RiskMathError `outOfDomain` when the weights have no risk; `invalidInput`
 */
export function targetVolatility(
  matrix: RiskModelMatrix,
  weights: Float64Array,
  options: { readonly volatilityAnnual: number; readonly maximumLeverage?: number },
): VolatilityTarget {
  requirePositive(options.volatilityAnnual, 'volatilityAnnual');
  const cap = options.maximumLeverage ?? Number.MAX_VALUE;
  requirePositive(cap, 'maximumLeverage');
  const own = ANNUALISATION * Math.sqrt(quadraticForm(matrix, weights));
  if (!(own > 0)) {
    throw new RiskMathError('outOfDomain', 'weights without risk cannot be scaled to a volatility', {
      field: 'weights',
    });
  }
  const wanted = options.volatilityAnnual / own;
  const leverage = Math.min(wanted, cap);
  return {
    weights: weights.map((weight) => weight * leverage),
    leverage,
    volatilityAnnual: own * leverage,
    capped: wanted > cap,
  };
}
