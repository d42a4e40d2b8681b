import { RiskMathError } from '../foundation/risk-math-error.js';
import { descend } from './coordinate-descent.js';
import type { InteriorPointResult } from './constrained-problem.js';
import { solveInterior } from './interior-point.js';
import { ACCEPTED } from './plain-budgeting.js';
import { infeasible } from './program.js';
import { type ReducedProgram, marginal, scaleOf, taken } from './reduced-program.js';
import { findScale } from './scale-search.js';
import type { Multipliers, ProgramOutcome } from './solution.js';

/** A convex measure of risk R to be budgeted under constraints. */
export interface ConstrainedRisk<Outcome extends ConstrainedOutcome = ConstrainedOutcome> {
  /** min R(y) − λ Σ bᵢ ln yᵢ over the constraints of a program. */
  solve(program: ReducedProgram, lambda: number, start: Float64Array): Outcome;
  /** y·∇R: what λ is where no constraint is in the way. */
  taken(program: ReducedProgram, y: Float64Array): number;
  /** How closely the weights can meet their scale: what `solve` leaves to rounding. */
  readonly exactness: number;
}

/** What a solver found at one λ. */
export type ConstrainedOutcome = ProgramOutcome & { readonly multipliers: Multipliers };

/** ½ yᵀQy + qᵀy: bounds by descent, coupled groups by the interior-point method. */
const variance: ConstrainedRisk = {
  solve: (program, lambda, start) =>
    program.rows.length === 0 ? byDescent(program, lambda, start) : byInterior(program, lambda, start),
  taken,
  exactness: 1e-13,
};

/** The portfolio of `solveConstrainedRisk` for variance. */
export function solveConstrained(reduced: ReducedProgram, free: ProgramOutcome | null): ProgramOutcome {
  return solveConstrainedRisk(reduced, free, variance);
}

/**
 * The portfolio where a constraint is in the way: λ by bisection so that the weights meet their scale.
 *
 * @param free the portfolio without constraints, if it has the scale's sign
 */
export function solveConstrainedRisk<Outcome extends ConstrainedOutcome>(
  reduced: ReducedProgram,
  free: ProgramOutcome | null,
  risk: ConstrainedRisk<Outcome>,
): Outcome {
  if (!reduced.bounded && reduced.rows.length === 0) {
    throw new RiskMathError(
      'outOfDomain',
      'the portfolio of these signs and budgets cannot have the net exposure asked for',
      {
        field: 'scale',
      },
    );
  }
  let iterations = free?.iterations ?? 0;
  let warm = free?.variables ?? new Float64Array(reduced.size).fill(Math.abs(reduced.target) / reduced.size);
  const solve = (lambda: number): Outcome => {
    const outcome = risk.solve(reduced, lambda, warm);
    iterations += outcome.iterations;
    if (reduced.rows.length === 0) warm = outcome.variables;
    return outcome;
  };
  const distance = ({ variables }: ProgramOutcome): number => scaleOf(reduced, variables) / reduced.target - 1;
  const start = Math.max(risk.taken(reduced, warm), 1e-12);
  const fixed = constantScale(reduced, solve(start), solve(start * 16), distance);
  const root = fixed ? null : findScale(start, solve, distance, risk.exactness);
  const found = root === null ? solveOnScale(reduced, start, warm, risk) : root.outcome;
  return { ...found, iterations: iterations + (root === null ? found.iterations : 0) };
}

/** Whether the constraints alone fix the scale, at its target. */
function constantScale(
  reduced: ReducedProgram,
  a: ConstrainedOutcome,
  b: ConstrainedOutcome,
  distance: (outcome: ConstrainedOutcome) => number,
): boolean {
  return reduced.scaleRow !== null && Math.abs(distance(a)) < 1e-9 && Math.abs(distance(b)) < 1e-9;
}

/** One λ: bounds alone. */
function byDescent(reduced: ReducedProgram, lambda: number, start: Float64Array): ConstrainedOutcome {
  const barrier = reduced.barrier.map((budget) => lambda * budget);
  const { variables, iterations, converged } = descend({ ...reduced, barrier }, start);
  if (!converged) return byInterior(reduced, lambda, start);
  const { size } = reduced;
  const bounds = new Float64Array(size);
  let residual = 0;
  for (let i = 0; i < size; i++) {
    const pull = barrier[i]! - variables[i]! * marginal(reduced, i, variables);
    const atUpper = variables[i] === reduced.upper[i] && pull > 0;
    const atLower = variables[i] === reduced.lower[i] && pull < 0;
    if (atUpper || atLower) bounds[i] = pull / lambda;
    else residual = Math.max(residual, Math.abs(pull) / lambda);
  }
  if (!(residual <= ACCEPTED)) return byInterior(reduced, lambda, start);
  return { variables, iterations, residual, multipliers: { bounds, rows: new Float64Array(0) } };
}

/** One λ: coupled groups. */
function byInterior(reduced: ReducedProgram, lambda: number, start: Float64Array): ConstrainedOutcome {
  const barrier = reduced.barrier.map((budget) => lambda * budget);
  return relativeMultipliers(solveInterior({ ...reduced, barrier }, positiveStart(start)), reduced.target / lambda);
}

/**
 * The portfolio with the scale as a constraint of its own and λ the risk it takes: for constraints that fix the scale, or
 * reach it only in the limit.
 */
function solveOnScale<Outcome extends ConstrainedOutcome>(
  reduced: ReducedProgram,
  start: number,
  warm: Float64Array,
  risk: ConstrainedRisk<Outcome>,
): Outcome {
  const { scaleRow, target, rows } = reduced;
  if (scaleRow === null) throw noBarrierWeight(reduced, risk.solve(reduced, start * 1e12, warm));
  const onScale = {
    ...reduced,
    rows: [...rows, { groupId: '', coefficients: scaleRow, lower: target, upper: target }],
  };
  const solve = (lambda: number): Outcome & { readonly lambda: number } => {
    const outcome = risk.solve(onScale, lambda, warm);
    const { multipliers } = outcome;
    const scale = multipliers.rows[rows.length]!;
    return { ...outcome, multipliers: { ...multipliers, rows: multipliers.rows.slice(0, rows.length), scale }, lambda };
  };
  const root = findScale(
    start,
    solve,
    ({ variables, lambda }) => lambda / risk.taken(reduced, variables) - 1,
    risk.exactness,
  );
  if (root === null) throw noBarrierWeight(reduced, risk.solve(reduced, start * 1e-12, warm));
  return { ...root.outcome, iterations: root.evaluations };
}

/** No λ gives the scale: the budgets and the scale clash with the constraints that bind at the end of its range. */
function noBarrierWeight(reduced: ReducedProgram, { multipliers }: ConstrainedOutcome): RiskMathError {
  const largest = Math.max(...multipliers.bounds.map(Math.abs), ...multipliers.rows.map(Math.abs));
  const binds = (multiplier: number): boolean => Math.abs(multiplier) > 1e-6 * largest;
  const names: (string | null | undefined)[] = [];
  multipliers.bounds.forEach((multiplier, i) => {
    if (binds(multiplier)) names.push(multiplier > 0 ? reduced.upperNames[i] : reduced.lowerNames[i]);
  });
  multipliers.rows.forEach((multiplier, i) => {
    if (binds(multiplier)) names.push(`${multiplier > 0 ? 'groupUpper' : 'groupLower'}:${reduced.rows[i]!.groupId}`);
  });
  const named = names.filter((name) => typeof name === 'string');
  return infeasible(['riskBudgets', reduced.program.scale.kind, ...named]);
}

/** Multipliers in shares of risk: times the scale over λ. */
export function relativeMultipliers(result: InteriorPointResult, factor: number): ConstrainedOutcome {
  const size = Math.abs(factor);
  return {
    variables: result.variables,
    iterations: result.iterations,
    residual: result.residual,
    multipliers: {
      bounds: result.boundMultipliers.map((value) => value * size),
      rows: result.rowMultipliers.map((value) => value * size),
    },
  };
}

export function positiveStart(start: Float64Array): Float64Array {
  const mean = start.reduce((total, value) => total + value, 0) / start.length;
  return start.map((value) => Math.max(value, 1e-3 * mean, 1e-12));
}
