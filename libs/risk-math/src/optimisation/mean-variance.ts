import type { Solution } from '../allocation/types.js';
import { requireFinite, requireFiniteNumber, requireLength } from '../foundation/guards.js';
import { RiskMathError } from '../foundation/risk-math-error.js';
import { quadraticForm } from '../model/risk-model-matrix.js';
import { createPortfolioProgram } from './portfolio-program.js';
import { solveProgram, toOptimum } from './solve-program.js';
import type { OptimisationProblem, TradingCosts } from './types.js';

/** An optimisation with expected returns. */
export interface ReturnProblem extends OptimisationProblem {
  /** μ, per day, by asset. */
  readonly expectedReturns: Float64Array;
}

/**
 * Minimum variance: min wᵀΣw over the constraints. `objective` is the variance, per day.
 *
 * Source: Markowitz, "Portfolio selection" (1952).
 *
 * @throws RiskMathError `infeasible` naming a minimal set of constraints that clash; `notConverged`; `invalidInput`
 */
export function minimumVariance(problem: OptimisationProblem): Solution {
  const program = createPortfolioProgram(problem);
  const optimum = solveProgram(program, problem.covariance.values, new Float64Array(program.size));
  const weights = optimum.variables.slice(0, program.assets);
  const objective = quadraticForm(problem.covariance, weights);
  return toOptimum(program, optimum, weights, { objective, gap: 2 * optimum.gap });
}

/**
 * Mean–variance: max μᵀw − ½ γ wᵀΣw − Σ cᵢ |wᵢ − fromᵢ| − Σ kᵢ (wᵢ − fromᵢ)² over the constraints. `objective` is that utility,
 * per day. With γ = 0 it is the largest expected return.
 *
 * Source: Markowitz, "Portfolio selection" (1952); costs as in Boyd et al., "Multi-period trading via convex optimization" (2017).
 *
 * @param problem.riskAversion γ, per day, not negative
 * @throws RiskMathError as `minimumVariance`
 */
export function meanVariance(
  problem: ReturnProblem & { readonly riskAversion: number; readonly costs?: TradingCosts | undefined },
): Solution {
  const { covariance, expectedReturns, riskAversion, costs } = problem;
  checkReturns(problem);
  requireFiniteNumber(riskAversion, 'riskAversion');
  if (riskAversion < 0)
    throw new RiskMathError('invalidInput', 'riskAversion is not negative', { field: 'riskAversion' });
  checkCosts(costs, covariance.size);
  const program = createPortfolioProgram(problem, costs);
  const curvature = covariance.values.map((value) => riskAversion * value);
  const slope = new Float64Array(program.size);
  expectedReturns.forEach((value, i) => (slope[i] = -value));
  costs?.linear?.forEach((rate, i) => (slope[program.assets + i] = rate));
  costs?.quadratic?.forEach((rate, i) => {
    curvature[i * covariance.size + i]! += 2 * rate;
    slope[i]! -= 2 * rate * costs.from[i]!;
  });
  const optimum = solveProgram(program, curvature, slope);
  const weights = optimum.variables.slice(0, program.assets);
  const objective =
    inner(expectedReturns, weights) - (riskAversion / 2) * quadraticForm(covariance, weights) - costOf(costs, weights);
  return toOptimum(program, optimum, weights, { objective });
}

/**
 * The least variance that has at least an expected return: min wᵀΣw over the constraints and μᵀw ≥ `targetReturn`.
 * `objective` is the variance, per day. The return is among the clashing constraints as `linearLower:expectedReturn`.
 *
 * @param problem.targetReturn per day
 * @throws RiskMathError as `minimumVariance`
 */
export function minimumVarianceForReturn(problem: ReturnProblem & { readonly targetReturn: number }): Solution {
  checkReturns(problem);
  requireFiniteNumber(problem.targetReturn, 'targetReturn');
  return minimumVariance({ ...problem, constraints: withReturn(problem, problem.targetReturn) });
}

/**
 * The largest expected return at no more than a volatility: max μᵀw over the constraints and √(252 wᵀΣw) ≤ `volatilityAnnual`.
 * `objective` is μᵀw, per day.
 *
 * @throws RiskMathError as `minimumVariance`
 */
export function maximumReturn(problem: ReturnProblem & { readonly volatilityAnnual?: number }): Solution {
  const { volatilityAnnual } = problem;
  const constraints =
    volatilityAnnual === undefined ? problem.constraints : { ...problem.constraints, volatilityAnnual };
  return meanVariance({ ...problem, constraints, riskAversion: 0 });
}

function withReturn(
  { constraints, expectedReturns }: ReturnProblem,
  lower: number,
): OptimisationProblem['constraints'] {
  const row = { id: 'expectedReturn', coefficients: expectedReturns, lower };
  return { ...constraints, linear: [...(constraints?.linear ?? []), row] };
}

export function checkReturns({ covariance, expectedReturns }: ReturnProblem): void {
  requireLength(expectedReturns, covariance.size, 'expectedReturns');
  requireFinite(expectedReturns, 'expectedReturns');
}

export function checkCosts(costs: TradingCosts | undefined, assets: number): void {
  if (costs === undefined) return;
  for (const [field, values] of Object.entries(costs) as [string, Float64Array | undefined][]) {
    if (values === undefined) continue;
    requireLength(values, assets, `costs.${field}`);
    requireFinite(values, `costs.${field}`);
    if (field !== 'from' && values.some((rate) => rate < 0)) {
      throw new RiskMathError('invalidInput', `costs.${field} must not be negative`, { field: `costs.${field}` });
    }
  }
}

/** Costs of trading to the weights, fraction of NAV. */
export function costOf(costs: TradingCosts | undefined, weights: Float64Array): number {
  if (costs === undefined) return 0;
  let total = 0;
  weights.forEach((weight, i) => {
    const trade = Math.abs(weight - costs.from[i]!);
    total += (costs.linear?.[i] ?? 0) * trade + (costs.quadratic?.[i] ?? 0) * trade * trade;
  });
  return total;
}

export function inner(a: Float64Array, b: Float64Array): number {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += a[i]! * b[i]!;
  return total;
}
