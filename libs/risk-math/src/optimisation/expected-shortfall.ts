import type { BindingConstraint, Solution } from '../allocation/types.js';
import { fromScenarioWeights } from '../contributions/historical.js';
import { deviationContributions } from '../contributions/euler.js';
import { sampleCovariance } from '../covariance/sample.js';
import { ANNUALISATION } from '../foundation/conventions.js';
import { requireConfidence, requireFiniteNumber, requireInteger, requireObservations } from '../foundation/guards.js';
import { RiskMathError } from '../foundation/risk-math-error.js';
import { tailMass } from '../measures/order-statistics.js';
import { historicalEs } from '../measures/historical.js';
import type { Returns } from '../model/returns.js';
import { requirePossible } from './clashing.js';
import { checkCosts, checkReturns, inner } from './mean-variance.js';
import { type PortfolioProgram, createPortfolioProgram } from './portfolio-program.js';
import type { ShortfallProgram } from './shortfall-columns.js';
import { type ShortfallOptimum, solveShortfall } from './shortfall-simplex.js';
import { shortfallOf } from './shortfall-terms.js';
import { infeasibilityOf, solveProgram, solveWithShortfall } from './solve-program.js';
import type { PortfolioConstraints, TradingCosts } from './types.js';

/** An optimisation over past returns. */
export interface ScenarioProblem {
  /** Simple returns over the horizon; `ids` are required. */
  readonly returns: Returns;
  /** The level, such as 0.95. */
  readonly confidence: number;
  /** A limit on volatility or tracking error is one of the returns' sample covariance. */
  readonly constraints?: PortfolioConstraints | undefined;
}

/**
 * Minimum expected shortfall: min ES(w) over the constraints, ES the mean of the worst (1 − c)·T historical losses with a
 * fractional weight on the boundary one. `objective` is ES over the scenarios' horizon, `realisedShares` are those of ES. Under
 * linear constraints it is the simplex method on the dual; else the interior-point method.
 *
 * Source: Rockafellar and Uryasev, "Optimization of conditional value-at-risk" (2000).
 *
 * @throws RiskMathError `infeasible` naming a minimal set of constraints that clash; `tooFewObservations`; `notConverged`;
 *   `outOfDomain` on a net exposure without an upper side
 */
export function minimumExpectedShortfall(problem: ScenarioProblem): Solution {
  return solve(problem, null, undefined, 1);
}

/**
 * Mean and expected shortfall: min λ ES(w) − μᵀw + Σ cᵢ |wᵢ − fromᵢ| + Σ kᵢ (wᵢ − fromᵢ)² over the constraints. `objective` is
 * that sum.
 *
 * @param problem.riskAversion λ, not negative; 0 leaves the linear program of the largest expected return
 * @throws RiskMathError as `minimumExpectedShortfall`
 */
export function meanExpectedShortfall(
  problem: ScenarioProblem & {
    readonly expectedReturns: Float64Array;
    readonly riskAversion: number;
    readonly costs?: TradingCosts | undefined;
  },
): Solution {
  requireFiniteNumber(problem.riskAversion, 'riskAversion');
  if (problem.riskAversion < 0) {
    throw new RiskMathError('invalidInput', 'riskAversion is not negative', { field: 'riskAversion' });
  }
  return solve(problem, problem.expectedReturns, problem.costs, problem.riskAversion);
}

/**
 * The frontier of expected return and expected shortfall: `points` portfolios of least ES at equal steps of expected return, from
 * the minimum-ES portfolio to the largest return.
 *
 * @param problem.points at least 2
 * @throws RiskMathError as `minimumExpectedShortfall`
 */
export function shortfallFrontier(
  problem: ScenarioProblem & { readonly expectedReturns: Float64Array; readonly points: number },
): { readonly expectedReturn: number; readonly solution: Solution }[] {
  const { expectedReturns, points, constraints } = problem;
  requireInteger(points, 2, 'points');
  const at = (solution: Solution): { expectedReturn: number; solution: Solution } => ({
    expectedReturn: inner(expectedReturns, solution.weights),
    solution,
  });
  const first = at(minimumExpectedShortfall(problem));
  const highest = at(meanExpectedShortfall({ ...problem, riskAversion: 0 })).expectedReturn;
  const width = highest - first.expectedReturn;
  if (!(width > 1e-9 * Math.max(...expectedReturns.map(Math.abs)))) return [first];
  const rest = Array.from({ length: points - 1 }, (_, k) => {
    const step = (k + 1) / (points - 1);
    const row = {
      id: 'expectedReturn',
      coefficients: expectedReturns,
      lower: first.expectedReturn + width * step * (1 - 1e-12),
    };
    return at(
      minimumExpectedShortfall({
        ...problem,
        constraints: { ...constraints, linear: [...(constraints?.linear ?? []), row] },
      }),
    );
  });
  return [first, ...rest];
}

function solve(
  problem: ScenarioProblem,
  expectedReturns: Float64Array | null,
  costs: TradingCosts | undefined,
  riskAversion: number,
): Solution {
  const { returns, confidence, constraints } = problem;
  requireConfidence(confidence);
  requireObservations(returns.observations, 2, 'expected shortfall');
  const covariance = sampleCovariance(returns);
  if (expectedReturns !== null) checkReturns({ covariance, expectedReturns });
  checkCosts(costs, returns.assets);
  const program = createPortfolioProgram({ covariance, constraints }, costs);
  const linear = new Float64Array(program.size);
  expectedReturns?.forEach((value, i) => (linear[i] = -value));
  costs?.linear?.forEach((rate, i) => (linear[program.assets + i] = rate));
  const { quadratics, shortfalls } = program;
  const conic = quadratics.length + shortfalls.length > 0 || costs?.quadratic?.some((rate) => rate > 0) === true;
  if (conic) return solveConic(problem, program, { linear, costs, riskAversion });
  const optimum = optimise(program, returns, confidence, linear, riskAversion);
  const { variables, bound, tail, iterations } = optimum;
  const cost = inner(linear, variables);
  return answer(problem, program, {
    variables,
    tail,
    iterations,
    binding: bindingOf(program, optimum),
    riskAversion,
    cost,
    bound: riskAversion > 0 ? riskAversion * bound : bound,
  });
}

/** By the interior-point method: under quadratic constraints, a limit on another shortfall, or with quadratic costs. */
function solveConic(
  problem: ScenarioProblem,
  program: PortfolioProgram,
  terms: { readonly linear: Float64Array; readonly costs: TradingCosts | undefined; readonly riskAversion: number },
): Solution {
  const { linear, costs, riskAversion } = terms;
  const { assets } = program;
  const curvature = new Float64Array(assets * assets);
  const slope = linear.slice();
  costs?.quadratic?.forEach((rate, i) => {
    curvature[i * assets + i] = 2 * rate;
    slope[i]! -= 2 * rate * costs.from[i]!;
  });
  const measure = { ...shortfallOf(problem.returns, problem.confidence), weight: riskAversion };
  const optimum =
    riskAversion > 0 ? solveWithShortfall(program, curvature, slope, measure) : solveProgram(program, curvature, slope);
  const { variables, tail = new Float64Array(problem.returns.observations), iterations, binding } = optimum;
  const cost = inner(linear, variables) + quadraticCostOf(costs, variables);
  const weights = variables.slice(0, assets);
  const objective = riskAversion * historicalEs(portfolioLosses(problem.returns, weights), problem.confidence) + cost;
  return answer(problem, program, {
    variables,
    tail,
    iterations,
    binding,
    riskAversion,
    cost,
    bound: objective - optimum.gap,
    residual: optimum.residual,
  });
}

function quadraticCostOf(costs: TradingCosts | undefined, weights: Float64Array): number {
  return (costs?.quadratic ?? new Float64Array(0)).reduce(
    (total, rate, i) => total + rate * (weights[i]! - costs!.from[i]!) ** 2,
    0,
  );
}

function optimise(
  program: PortfolioProgram,
  returns: Returns,
  confidence: number,
  linear: Float64Array,
  riskAversion: number,
): ShortfallOptimum {
  const scaled: ShortfallProgram = {
    size: program.size,
    linear: riskAversion > 0 ? linear.map((value) => value / riskAversion) : linear,
    losses: returns.values.map((value) => -value),
    scenarios: returns.observations,
    assets: program.assets,
    share: riskAversion > 0 ? 1 / tailMass(returns.observations, confidence) : 0,
    lower: program.lower,
    upper: impliedUppers(program),
    rows: program.rows,
  };
  const optimum = solveShortfall(scaled);
  if (optimum !== null) return optimum;
  requirePossible(program);
  throw new RiskMathError('notConverged', 'the simplex method did not end', {});
}

/** Bounds that follow from the net exposure and from the trades' definition. */
function impliedUppers(program: PortfolioProgram): Float64Array {
  const { assets, lower, upper, rows } = program;
  const net = rows.find(({ upperName }) => upperName === 'netUpper')?.upper ?? Infinity;
  let lowest = 0;
  for (let i = 0; i < assets; i++) lowest += lower[i]!;
  const result = upper.slice();
  for (let i = 0; i < assets; i++) {
    result[i] = Math.min(upper[i]!, Math.max(lower[i]!, net - (lowest - lower[i]!)));
    if (result[i] === Infinity) {
      throw new RiskMathError('outOfDomain', 'give the net exposure or every weight an upper side', {
        field: 'constraints.net',
      });
    }
  }
  for (const { upperName, coefficients, upper: reach } of rows) {
    if (!upperName.startsWith('trade:')) continue;
    const asset = coefficients.findIndex((value) => value !== 0);
    const from = coefficients[asset]! * reach;
    const most = Math.max(Math.abs(result[asset]! - from), Math.abs(lower[asset]! - from));
    result[assets + asset] = Math.min(result[assets + asset]!, most);
  }
  return result;
}

interface Answer {
  readonly variables: Float64Array;
  readonly tail: Float64Array;
  readonly iterations: number;
  readonly binding: readonly BindingConstraint[];
  readonly riskAversion: number;
  /** What the objective holds besides ES. */
  readonly cost: number;
  readonly bound: number;
  readonly residual?: number;
}

function answer({ returns, confidence }: ScenarioProblem, program: PortfolioProgram, found: Answer): Solution {
  const { assets, covariance } = program;
  const { riskAversion, cost, bound, iterations, binding } = found;
  const weights = found.variables.slice(0, assets);
  const shortfall = historicalEs(portfolioLosses(returns, weights), confidence);
  const objective = riskAversion > 0 ? riskAversion * shortfall + cost : cost;
  const shares = sharesOf(returns, weights, found.tail, shortfall);
  const size = riskAversion * Math.abs(shortfall) + Math.abs(cost);
  return {
    assetIds: program.assetIds,
    weights,
    targetShares: shares,
    realisedShares: shares,
    status: 'optimal',
    binding,
    iterations,
    residual: found.residual ?? (size > 0 ? Math.abs(objective - bound) / size : 0),
    volatilityAnnual: ANNUALISATION * deviationContributions(covariance, weights).total,
    objective,
    bound,
    gap: Math.abs(objective - bound),
    infeasibility: infeasibilityOf(program, weights),
  };
}

function portfolioLosses({ values, observations, assets }: Returns, weights: Float64Array): Float64Array {
  const losses = new Float64Array(observations);
  for (let t = 0; t < observations; t++) {
    for (let i = 0; i < assets; i++) losses[t]! -= weights[i]! * values[t * assets + i]!;
  }
  return losses;
}

/** Shares of ES by the tail's own weights pₛ, which at a kink are the ones that prove the optimum. */
function sharesOf(returns: Returns, weights: Float64Array, tail: Float64Array, shortfall: number): Float64Array {
  if (!(Math.abs(shortfall) > 0) || !tail.some((p) => p > 0)) return new Float64Array(weights.length);
  const scenarios = Int32Array.from(tail.keys()).filter((s) => tail[s]! > 0);
  const scenarioSet = { returns, multiplier: 1 } as Parameters<typeof fromScenarioWeights>[0];
  const { contributions } = fromScenarioWeights(
    scenarioSet,
    weights,
    { scenarios, weights: Float64Array.from(scenarios, (s) => tail[s]!) },
    shortfall,
  );
  return contributions.map((value) => value / shortfall);
}

function bindingOf(
  program: PortfolioProgram,
  { variables, boundMultipliers, rowMultipliers }: ShortfallOptimum,
): BindingConstraint[] {
  const steepest = Math.max(...boundMultipliers.map(Math.abs), ...rowMultipliers.map(Math.abs));
  const moved = (multiplier: number): boolean => Math.abs(multiplier) > 1e-9 * steepest;
  const bounds = program.assetIds.flatMap((id, i): BindingConstraint[] => {
    const above = boundMultipliers[i]! > 0;
    const bound = above ? program.upper[i]! : program.lower[i]!;
    if (!moved(boundMultipliers[i]!) || bound === Infinity || (!above && bound === 0)) return [];
    return [{ constraint: `${above ? 'upper' : 'lower'}Bound:${id}`, bound, value: variables[i]! }];
  });
  const rows = program.rows.flatMap((row, at): BindingConstraint[] => {
    const above = rowMultipliers[at]! > 0;
    const name = above ? row.upperName : row.lowerName;
    if (!moved(rowMultipliers[at]!) || row.lower === row.upper || name.startsWith('trade:')) return [];
    return [{ constraint: name, bound: above ? row.upper : row.lower, value: inner(row.coefficients, variables) }];
  });
  return [...bounds, ...rows];
}
