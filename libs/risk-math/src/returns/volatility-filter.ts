import { requireLength, requireObservations } from '../foundation/guards.js';
import { RiskMathError } from '../foundation/risk-math-error.js';
import { type Returns, columnOf, requireReturns } from '../model/returns.js';
import { startVariance } from '../volatility/start-variance.js';

/** How a variance follows from yesterday's: σ²ₜ₊₁ = ω + (α + γ [rₜ < 0]) r²ₜ + β σ²ₜ. */
export interface VarianceRecursion {
  readonly omega: number;
  readonly alpha: number;
  readonly beta: number;
  /** What falls add to α (GJR); 0 when absent. */
  readonly gamma?: number | undefined;
}

/** Tomorrow's variance. */
export function nextVariance(
  { omega, alpha, beta, gamma = 0 }: VarianceRecursion,
  value: number,
  variance: number,
): number {
  return omega + (value < 0 ? alpha + gamma : alpha) * value * value + beta * variance;
}

/** The conditional variance of every instrument. */
export type VolatilityFilter =
  /** One decay for all: ω = 0, α = 1 − λ, β = λ. */
  | { readonly kind: 'ewma'; readonly lambda: number }
  /** GARCH(1,1) or GJR by instrument, for returns as fractions a day (not percent). */
  | { readonly kind: 'garch'; readonly parameters: readonly VarianceRecursion[] };

/** Returns with their changing volatility taken out. */
export interface FilteredReturns {
  /** T×n: return over its conditional deviation; 0 where that is 0. */
  readonly residuals: Returns;
  /** Conditional variance of every day, T×n. */
  readonly variances: Float64Array;
  /** Conditional variance of the day after the last, n. */
  readonly nextVariances: Float64Array;
  readonly recursions: readonly VarianceRecursion[];
}

/**
 * Conditional variances with zero mean. The day before the first has the exponentially weighted (0.94) mean of the first 75
 * squared returns for its square and its variance.
 *
 * @param returns T×n simple returns
 * @throws RiskMathError `invalidInput` on a λ outside (0, 1) or parameters of other instruments; `outOfDomain` on parameters
 *   that let a variance become negative or explode; `tooFewObservations` below two days
 */
export function filterVolatility(returns: Returns, filter: VolatilityFilter): FilteredReturns {
  const { assets, observations, values, ids } = returns;
  requireObservations(observations, 2, 'a volatility filter');
  requireReturns(returns);
  const recursions = recursionsOf(filter, assets);
  const variances = new Float64Array(observations * assets);
  const residuals = new Float64Array(observations * assets);
  const nextVariances = new Float64Array(assets);
  recursions.forEach((recursion, i) => {
    const start = startVariance(columnOf(returns, i));
    const { omega, alpha, beta, gamma = 0 } = recursion;
    let variance = omega + (alpha + gamma / 2 + beta) * start;
    for (let t = 0; t < observations; t++) {
      const value = values[t * assets + i]!;
      variances[t * assets + i] = variance;
      residuals[t * assets + i] = variance > 0 ? value / Math.sqrt(variance) : 0;
      variance = nextVariance(recursion, value, variance);
    }
    nextVariances[i] = variance;
  });
  const filtered = { values: residuals, observations, assets, ...(ids === undefined ? {} : { ids }) };
  return { residuals: filtered, variances, nextVariances, recursions };
}

/**
 * Past returns at today's volatility: each residual times the deviation of the day after the last. Historical measures and
 * contributions of these are the filtered historical ones.
 *
 * Source: Hull and White, "Incorporating volatility updating into the historical simulation method for value at risk",
 * Journal of Risk 1 (1998).
 *
 * @param returns T×n simple returns
 * @returns T×n, same unit; 0 for a name that never moves
 * @throws RiskMathError as `filterVolatility`
 */
export function filteredReturns(returns: Returns, filter: VolatilityFilter): Returns {
  const { residuals, nextVariances } = filterVolatility(returns, filter);
  const { assets } = residuals;
  const deviations = nextVariances.map(Math.sqrt);
  return { ...residuals, values: residuals.values.map((value, at) => value * deviations[at % assets]!) };
}

function recursionsOf(filter: VolatilityFilter, assets: number): readonly VarianceRecursion[] {
  if (filter.kind === 'ewma') {
    if (!(filter.lambda > 0 && filter.lambda < 1)) {
      throw new RiskMathError('invalidInput', `lambda is ${filter.lambda}; it must lie in (0, 1)`, { field: 'lambda' });
    }
    const recursion = { omega: 0, alpha: 1 - filter.lambda, beta: filter.lambda };
    return Array.from({ length: assets }, () => recursion);
  }
  requireLength(filter.parameters, assets, 'parameters');
  for (const { omega, alpha, beta, gamma = 0 } of filter.parameters) {
    const positive = omega >= 0 && alpha >= 0 && alpha + gamma >= 0 && beta >= 0 && Number.isFinite(omega);
    if (!(positive && alpha + gamma / 2 + beta <= 1)) {
      throw new RiskMathError(
        'outOfDomain',
        `ω = ${omega}, α = ${alpha}, β = ${beta}, γ = ${gamma}: variances must stay positive and α + γ / 2 + β at most 1`,
        { field: 'parameters' },
      );
    }
  }
  return filter.parameters;
}
