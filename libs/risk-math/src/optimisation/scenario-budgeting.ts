import { type ConstrainedRisk, solveConstrainedRisk } from '../allocation/constrained-budgeting.js';
import { requireFeasible } from '../allocation/feasibility.js';
import { type AllocationProgram, createProgram } from '../allocation/program.js';
import { inner, meets, reduce, restore, scaleOf } from '../allocation/reduced-program.js';
import { checkedBudgets } from '../allocation/risk-budgeting.js';
import { type ProgramOutcome, toSolution } from '../allocation/solution.js';
import type { Solution, WeightConstraints, WeightScale } from '../allocation/types.js';
import { sampleCovariance } from '../covariance/sample.js';
import { requireConfidence, requireLength, requireObservations } from '../foundation/guards.js';
import { RiskMathError } from '../foundation/risk-math-error.js';
import { tailMass } from '../measures/order-statistics.js';
import { historicalEs } from '../measures/historical.js';
import type { Returns } from '../model/returns.js';
import {
  type BudgetedScenarios,
  type ScenarioOutcome,
  lossesAt,
  semiDeviationRisk,
  shortfallRisk,
} from './constrained-scenario-budgeting.js';
import { solveSemiDeviation } from './semi-deviation-barrier.js';
import { solveTailBarrier } from './tail-barrier.js';

/** Budgets of a measure of past returns. */
export interface ScenarioBudgetProblem {
  /** `ids` are required. */
  readonly returns: Returns;
  /** Share of each asset, none negative, sum 1; a budget of 0 means a weight of 0. */
  readonly budgets: ArrayLike<number>;
  /** +1 long, −1 short; all long when absent. */
  readonly signs?: ArrayLike<number> | undefined;
  /** Long only and fully invested (net 1) when absent; a volatility is that of the sample covariance. */
  readonly scale?: WeightScale | undefined;
  /** Where one is in the way, equal shares do not exist and the status is `constrained`, as of `riskBudgeting`. */
  readonly constraints?: WeightConstraints | undefined;
}

/** Largest |share − budget| accepted. */
const ACCEPTED = 1e-8;

/**
 * Budgets of expected shortfall: min ES(w) − Σ bᵢ ln |wᵢ|, scaled to `scale`. ES is convex and homogeneous, so that at the
 * optimum some subgradient Lᵀp, p the weights of the scenarios in the tail, has wᵢ (Lᵀp)ᵢ = bᵢ ES. Where several losses are equal at the
 * tail's boundary, which at the optimum is the rule, they share the boundary in the proportion that meets the budgets;
 * `realisedShares` are those of that subgradient, which is checked to be one. Where bounds or groups are in the way, λ of
 * min ES(w) − λ Σ bᵢ ln |wᵢ| over the constraints is found so that the weights meet their scale, as `riskBudgeting` does it.
 *
 * Source: the program of Richard and Roncalli (2019) with expected shortfall; Mausser and Romanko, "Computing equal risk
 * contribution portfolios" (2014), section 5.
 *
 * @param problem.confidence the level, such as 0.95
 * @throws RiskMathError `invalidInput` on budgets or signs; `outOfDomain` when a portfolio of these signs has no shortfall;
 *   `notConverged` with the residual
 */
export function shortfallBudgeting(problem: ScenarioBudgetProblem & { readonly confidence: number }): Solution {
  const { returns, confidence } = problem;
  requireConfidence(confidence);
  const given = reduced(problem);
  const { active, losses, budgets } = given;
  const mass = tailMass(returns.observations, confidence);
  const scenarios = { losses, scenarios: returns.observations };
  const shortfallOf = (loss: Float64Array): number => historicalEs(loss, confidence);
  const prove = ({ variables, tail }: Pick<ScenarioOutcome, 'variables' | 'tail'>): Proven => {
    const loss = lossesAt(scenarios, variables);
    const shortfall = shortfallOf(loss);
    requireRisk(shortfall, loss);
    const shares = marginalsOf(scenarios, variables.length, tail).map((m, i) => (m * variables[i]!) / shortfall);
    // Σ p·loss = ES with p in the tail's range: the shares are of a subgradient.
    const outside = tail.reduce((most, p) => Math.max(most, -p, p - 1 / mass), 0) * mass;
    const slack = Math.abs(inner(tail, loss) / shortfall - 1);
    return { shares, error: Math.max(outside, slack) };
  };
  const risk = shortfallRisk(scenarios, mass, shortfallOf);
  const free = (): Found => {
    const { weights, tail, iterations } = solveTailBarrier({
      ...scenarios,
      assets: active.length,
      share: 1 / mass,
      barrier: Float64Array.from(active, (i) => budgets[i]!),
    });
    return { ...prove({ variables: weights, tail }), variables: weights, iterations };
  };
  return solved(problem, given, { free, risk, prove });
}

/**
 * Budgets of semi-deviation, √(mean of max(0, loss − centre)²) of the losses beyond their mean or beyond 0: min ½ R(w)² − Σ bᵢ ln |wᵢ|,
 * scaled to `scale`. R² is once differentiable and piecewise quadratic: Newton's method with the pieces of the present point,
 * shortened until the objective falls, ends on the last piece exactly. Under constraints as `shortfallBudgeting`.
 *
 * @param problem.about `mean`: shortfall below the portfolio's own mean return (default); `zero`: losses
 * @throws RiskMathError as `shortfallBudgeting`
 */
export function semiDeviationBudgeting(
  problem: ScenarioBudgetProblem & { readonly about?: 'mean' | 'zero' },
): Solution {
  const given = reduced(problem);
  const { active, losses, budgets } = given;
  const assets = active.length;
  const scenarios = { losses, scenarios: problem.returns.observations };
  if ((problem.about ?? 'mean') === 'mean') centre(losses, assets);
  const prove = (marginals: Float64Array, weights: Float64Array): Proven => {
    const squared = inner(marginals, weights);
    const loss = lossesAt(scenarios, weights);
    requireRisk(
      squared,
      loss.map((value) => value * value),
    );
    return { shares: marginals.map((marginal, i) => (marginal * weights[i]!) / squared), error: 0 };
  };
  const free = (): Found => {
    const barrier = Float64Array.from(active, (i) => budgets[i]!);
    const { weights, marginals, iterations } = solveSemiDeviation({ ...scenarios, assets, barrier });
    return { ...prove(marginals, weights), variables: weights, iterations };
  };
  return solved(problem, given, {
    free,
    risk: semiDeviationRisk(scenarios),
    prove: ({ variables, tail }) => prove(marginalsOf(scenarios, assets, tail), variables),
  });
}

/** Takes off each column's mean. */
function centre(losses: Float64Array, assets: number): void {
  const scenarios = losses.length / assets;
  for (let i = 0; i < assets; i++) {
    let mean = 0;
    for (let s = 0; s < scenarios; s++) mean += losses[s * assets + i]! / scenarios;
    for (let s = 0; s < scenarios; s++) losses[s * assets + i]! -= mean;
  }
}

/** Lᵀp. */
function marginalsOf({ losses }: BudgetedScenarios, assets: number, tail: Float64Array): Float64Array {
  const marginals = new Float64Array(assets);
  tail.forEach((p, s) => marginals.forEach((_, i) => (marginals[i]! += p * losses[s * assets + i]!)));
  return marginals;
}

interface Reduced {
  /** Assets with a budget. */
  readonly active: readonly number[];
  /** Their losses, shorts turned round, over their typical size. */
  readonly losses: Float64Array;
  readonly budgets: Float64Array;
}

function reduced({ returns, budgets: given, signs }: ScenarioBudgetProblem): Reduced {
  const { ids, assets, observations, values } = returns;
  if (ids === undefined || assets === 0) {
    throw new RiskMathError('invalidInput', 'budgets need returns with the ids of their assets', { field: 'returns' });
  }
  requireObservations(observations, 2, 'a historical measure');
  const budgets = checkedBudgets(given, assets);
  if (signs !== undefined) {
    requireLength(signs, assets, 'signs');
    if (Array.from(signs).some((sign) => sign !== 1 && sign !== -1)) {
      throw new RiskMathError('invalidInput', 'a sign is 1 or −1', { field: 'signs' });
    }
  }
  const active = Array.from(ids.keys()).filter((i) => budgets[i]! > 0);
  const losses = new Float64Array(observations * active.length);
  let squares = 0;
  active.forEach((asset, i) => {
    let own = 0;
    for (let t = 0; t < observations; t++) {
      const loss = -(signs?.[asset] ?? 1) * values[t * assets + asset]!;
      losses[t * active.length + i] = loss;
      own += loss * loss;
    }
    if (!(own > 0)) {
      throw new RiskMathError('outOfDomain', `${ids[asset]!} has a budget but no returns`, { ids: [ids[asset]!] });
    }
    squares += own;
  });
  const unit = Math.sqrt(squares / losses.length);
  return { active, losses: losses.map((loss) => loss / unit), budgets };
}

/** @throws RiskMathError `outOfDomain` unless the measure is above 0 beyond rounding */
function requireRisk(figure: number, losses: Float64Array): void {
  const size = losses.reduce((most, loss) => Math.max(most, Math.abs(loss)), 0);
  if (figure > 1e-10 * size && Number.isFinite(size)) return;
  throw new RiskMathError('outOfDomain', 'a portfolio of these signs has no risk by this measure', {
    field: 'returns',
  });
}

/** Shares of risk by variable, and what they miss to be those of a subgradient. */
interface Proven {
  readonly shares: Float64Array;
  readonly error: number;
}

/** A portfolio without constraints, of any scale. */
interface Found extends Proven {
  readonly variables: Float64Array;
  readonly iterations: number;
}

interface Method {
  readonly free: () => Found;
  readonly risk: ConstrainedRisk<ScenarioOutcome>;
  readonly prove: (outcome: ScenarioOutcome) => Proven;
}

function solved(problem: ScenarioBudgetProblem, { active, budgets }: Reduced, method: Method): Solution {
  const { returns, signs, scale, constraints } = problem;
  const covariance = sampleCovariance(returns);
  const program = createProgram({ covariance, signs, scale, constraints });
  const none = Array.from(budgets.keys()).filter((i) => budgets[i] === 0);
  requireFeasible(program, none);
  const small = reduce(program, active, budgets, null);
  const found = method.free();
  const factor = small.target / scaleOf(small, found.variables);
  const scaled = found.variables.map((value) => value * factor);
  const possible = Number.isFinite(factor) && factor > 0;
  if (possible && meets(small, scaled)) {
    const residual = found.shares.reduce(
      (most, share, i) => Math.max(most, Math.abs(share - small.barrier[i]!)),
      found.error,
    );
    return answer(program, { active, budgets }, { ...found, variables: scaled, residual });
  }
  const free = possible ? { variables: scaled, iterations: found.iterations, residual: 0 } : null;
  const outcome = solveConstrainedRisk(small, free, method.risk);
  const { shares, error } = method.prove(outcome);
  return answer(program, { active, budgets }, { ...outcome, shares, residual: Math.max(outcome.residual, error) });
}

function answer(
  program: AllocationProgram,
  { active, budgets }: Pick<Reduced, 'active' | 'budgets'>,
  found: ProgramOutcome & { readonly shares: Float64Array },
): Solution {
  const { residual, iterations } = found;
  if (!(residual <= ACCEPTED)) {
    throw new RiskMathError('notConverged', `risk budgeting stopped at a residual of ${residual}`, {
      residual,
      iterations,
    });
  }
  const realisedShares = new Float64Array(budgets.length);
  active.forEach((asset, i) => (realisedShares[asset] = found.shares[i]!));
  return { ...toSolution(program, restore(program, active, found), budgets), realisedShares };
}
