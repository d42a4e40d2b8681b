import { requireFinite, requireLength } from '../foundation/guards.js';
import { RiskMathError } from '../foundation/risk-math-error.js';
import { requirePositiveSemiDefinite } from '../linear-algebra/semi-definite.js';
import { solveConstrained } from './constrained-budgeting.js';
import { descend, descendFreely } from './coordinate-descent.js';
import { requireFeasible } from './feasibility.js';
import { solveInterior } from './interior-point.js';
import { ACCEPTED, solvePlain } from './plain-budgeting.js';
import { type AllocationProgram, createProgram } from './program.js';
import { findScale } from './scale-search.js';
import { type ReducedProgram, form, meets, reduce, restore, scaleOf, shareResidual } from './reduced-program.js';
import { type ProgramOutcome, toSolution } from './solution.js';
import type { AllocationProblem, Solution } from './types.js';

/**
 * Risk budgeting: weights whose Euler shares of volatility are the budgets,
 *
 *     min ½ wᵀΣw − λ Σ bᵢ ln |wᵢ|   over the constraints, with λ such that the weights meet their scale.
 *
 * Without constraints in the way every λ gives the same portfolio up to scale, unique for the given signs, and the shares
 * are met to rounding: one run of cyclical coordinate descent. Where a bound or group binds, equal contributions do not
 * exist; λ is found by bisection, bounds are met by descent and groups by an interior-point method, and the status is
 * `constrained`. Where the constraints fix the scale by themselves, or no λ reaches it, the scale is one more constraint (and
 * is named among those that bind) and λ is the portfolio's variance, as it is without constraints. A budget of 0 means a
 * weight of 0. Shares of zero-mean Gaussian VaR and ES are the same.
 *
 * Source: Richard and Roncalli, "Constrained risk budgeting portfolios: theory, algorithms, applications & puzzles" (2019).
 *
 * @param budgets share of each asset, none negative, sum 1
 * @throws RiskMathError `invalidInput` on budgets that are negative or do not sum to 1; `outOfDomain` when an asset with a
 *   budget has no variance, or no long–short portfolio of these signs has the net asked for; `infeasible` naming a minimal
 *   set of constraints that clash; `notPositiveSemiDefinite` where the descent finds it; `notConverged` with the residual
 */
export function riskBudgeting(problem: AllocationProblem & { readonly budgets: ArrayLike<number> }): Solution {
  const budgets = checkedBudgets(problem.budgets, problem.covariance.size);
  const plain = solvePlain(problem, budgets);
  if (plain !== null) return plain;
  const program = createProgram(problem);
  return toSolution(program, solveRiskBudgets(program, budgets), budgets);
}

/** Equal risk contributions: `riskBudgeting` with the same budget for every asset. */
export function riskParity(problem: AllocationProblem): Solution {
  const count = problem.covariance.size;
  return riskBudgeting({ ...problem, budgets: new Float64Array(count).fill(1 / Math.max(1, count)) });
}

/** Budgets as fractions that sum to 1 to the last digit. @throws RiskMathError `invalidInput` */
export function checkedBudgets(budgets: ArrayLike<number>, count: number): Float64Array {
  requireLength(budgets, count, 'budgets');
  requireFinite(budgets, 'budgets');
  const values = new Float64Array(count);
  let sum = 0;
  let smallest = 0;
  for (let i = 0; i < count; i++) {
    values[i] = budgets[i]!;
    sum += values[i]!;
    smallest = Math.min(smallest, values[i]!);
  }
  if (smallest < 0 || Math.abs(sum - 1) > 1e-9) {
    throw new RiskMathError('invalidInput', `budgets must not be negative and sum to 1; they sum to ${sum}`, {
      field: 'budgets',
    });
  }
  for (let i = 0; i < count; i++) values[i]! /= sum;
  return values;
}

/**
 * Solves a program for budgets by variable.
 *
 * @param linear by variable: minus the covariance with a benchmark that the positions are held against
 */
export function solveRiskBudgets(
  program: AllocationProgram,
  budgets: Float64Array,
  linear: Float64Array | null = null,
): ProgramOutcome {
  const active: number[] = [];
  const none: number[] = [];
  for (let variable = 0; variable < budgets.length; variable++) {
    (budgets[variable]! > 0 ? active : none).push(variable);
  }
  requireFeasible(program, none);
  const reduced = reduce(program, active, budgets, linear);
  const free = linear === null ? scaledToTarget(reduced, solveFree(reduced)) : solveAgainstBenchmark(reduced);
  const outcome = free !== null && meets(reduced, free.variables) ? free : solveConstrained(reduced, free);
  if (!(outcome.residual <= ACCEPTED)) {
    requirePositiveSemiDefinite(reduced.quadratic, reduced.size, 'covariance');
    throw new RiskMathError('notConverged', `risk budgeting stopped at a residual of ${outcome.residual}`, {
      residual: outcome.residual,
      iterations: outcome.iterations,
    });
  }
  return restore(program, active, outcome);
}

/**
 * The portfolio with yᵢ (Qy + q)ᵢ = λ bᵢ whose λ gives the scale; `null` when none does. Not free of scale, because the
 * benchmark is not.
 */
function solveAgainstBenchmark(reduced: ReducedProgram): ProgramOutcome | null {
  const unbounded = withoutConstraints(reduced);
  let warm: Float64Array = new Float64Array(reduced.size).fill(Math.abs(reduced.target) / reduced.size);
  let iterations = 0;
  const solve = (lambda: number): Float64Array => {
    const result = descend({ ...unbounded, barrier: reduced.barrier.map((budget) => lambda * budget) }, warm);
    iterations += result.iterations;
    warm = result.variables;
    return warm;
  };
  const start = Math.max(form(reduced.quadratic, warm), Number.MIN_VALUE);
  const root = findScale(start, solve, (y) => scaleOf(reduced, y) / reduced.target - 1, 1e-14);
  if (root === null) return null;
  return { variables: root.outcome, iterations, residual: shareResidual(reduced, root.outcome) };
}

function withoutConstraints(reduced: ReducedProgram): ReducedProgram {
  const { size } = reduced;
  return { ...reduced, lower: new Float64Array(size), upper: new Float64Array(size).fill(Infinity), rows: [] };
}

/** The portfolio with yᵢ (Qy)ᵢ = bᵢ, of variance 1. */
function solveFree(reduced: ReducedProgram): ProgramOutcome {
  const problem = withoutConstraints(reduced);
  const descent = descendFreely(reduced.quadratic, reduced.barrier);
  const { variables, iterations } = descent;
  const residual = shareResidual(reduced, variables);
  // Steps become small as well where variables run away along a portfolio without risk.
  if (descent.converged && residual <= ACCEPTED) return { variables, iterations, residual };
  const interior = solveInterior(problem, variables);
  const left = shareResidual(reduced, interior.variables);
  if (!(left <= ACCEPTED)) requirePositiveSemiDefinite(reduced.quadratic, reduced.size, 'covariance');
  requireRisk(reduced, interior.variables);
  return { variables: interior.variables, iterations: iterations + interior.iterations, residual: left };
}

/** @throws RiskMathError `outOfDomain` when the assets hedge each other completely */
function requireRisk({ quadratic, size }: ReducedProgram, y: Float64Array): void {
  let alone = 0;
  for (let i = 0; i < size; i++) alone += quadratic[i * size + i]! * y[i]! * y[i]!;
  if (form(quadratic, y) > 1e-13 * alone) return;
  throw new RiskMathError(
    'outOfDomain',
    'these assets make a portfolio without risk, so that there are no shares of it',
    {
      field: 'covariance',
    },
  );
}

/** `null` when the portfolio's net exposure has the wrong sign for its target. */
function scaledToTarget(reduced: ReducedProgram, outcome: ProgramOutcome): ProgramOutcome | null {
  const factor = reduced.target / scaleOf(reduced, outcome.variables);
  if (!(Number.isFinite(factor) && factor > 0)) return null;
  return { ...outcome, variables: outcome.variables.map((value) => value * factor) };
}
