import { type ConstrainedProblem, type Side, inner, linearValue } from './constrained-problem.js';
import { addScaled, product } from './dense.js';
import type { NewtonMatrix, NewtonPoint, VariableStep } from './newton-matrix.js';
import type { ScenarioStep } from './scenario-state.js';

/** Rounds of iterative refinement at most, and the slope, relative to its terms, that leaves nothing to refine. */
const REFINEMENTS = 8;
const REFINED = 1e-14;

/** A step of everything that an optimality system holds. */
export interface Direction {
  readonly y: Float64Array;
  readonly u: Float64Array;
  readonly slack: Float64Array;
  readonly multiplier: Float64Array;
  readonly free: Float64Array;
  readonly scenarios: readonly ScenarioStep[];
}

/** Where a step begins. */
export interface StepOrigin extends NewtonPoint {
  readonly problem: ConstrainedProblem;
  /** Qy + q − u + Gᵀz + Eᵀν. */
  readonly stationary: Float64Array;
  /** The size of the terms of the slope. */
  readonly steepness: number;
}

/** target += amount × ∇g(y), with Py of every quadratic constraint. */
export function addSide(target: Float64Array, side: Side, amount: number, bent: readonly Float64Array[]): void {
  const { variables, coefficients } = side;
  for (let k = 0; k < variables.length; k++) target[variables[k]!]! += amount * coefficients[k]!;
  if (side.kind === 'quadratic') addScaled(target, bent[side.index]!, amount);
}

/** ∇g(y) · step. */
export function slopeAlong(side: Side, step: Float64Array, bent: readonly Float64Array[]): number {
  const linear = linearValue(side, step);
  return side.kind === 'quadratic' ? linear + inner(bent[side.index]!, step) : linear;
}

/** How far the equations are from their right-hand sides, at the sum of some points. */
export function shortOf(
  { rows }: ConstrainedProblem,
  equations: readonly number[],
  ...points: readonly Float64Array[]
): Float64Array {
  return Float64Array.from(equations, (row) => {
    const { coefficients, lower } = rows[row]!;
    return points.reduce((rest, point) => rest - inner(coefficients, point), lower);
  });
}

/**
 * Iterative refinement: where z/s is large, rounding of the step of y leaves a slope that a step of the whole system does not have.
 * What is left is measured by the multipliers' own steps, not by the matrix, and the same factors take it away.
 */
export function refine(from: StepOrigin, matrix: NewtonMatrix, step: Direction): Direction {
  const settled = REFINED * from.steepness;
  const steepest = from.multiplier.reduce((most, value, at) => Math.max(most, value / from.slack[at]!), 0);
  const exact = Number.EPSILON * steepest * largest(step.y) <= settled;
  if (exact || from.scenarios.length > 0) return step;
  let best = step;
  let slope = slopeAfter(from, step);
  for (let round = 0; round < REFINEMENTS; round++) {
    const left = largest(slope);
    if (left <= settled) break;
    const right = slope.map((value) => -value);
    const short = shortOf(from.problem, from.equations, from.y, best.y);
    const next = corrected(from, best, matrix.solve(right, short));
    slope = slopeAfter(from, next);
    if (!(largest(slope) < left)) break;
    best = next;
  }
  return best;
}

/** What a whole step leaves of the stationarity residual; 0 but for rounding. */
function slopeAfter(
  { problem, sides, multiplier, bent, equations, stationary }: StepOrigin,
  step: Direction,
): Float64Array {
  const { quadratic, quadratics, size } = problem;
  const result = new Float64Array(size);
  product(quadratic, step.y, result);
  for (let i = 0; i < size; i++) result[i]! += stationary[i]! - step.u[i]!;
  const bend = new Float64Array(size);
  sides.forEach((side, at) => {
    addSide(result, side, step.multiplier[at]!, bent);
    if (side.kind !== 'quadratic') return;
    product(quadratics![side.index]!.matrix, step.y, bend);
    addScaled(result, bend, multiplier[at]!);
  });
  equations.forEach((row, at) => addScaled(result, problem.rows[row]!.coefficients, step.free[at]!));
  return result;
}

function corrected(
  { problem, sides, slack, multiplier, y, u, bent }: StepOrigin,
  step: Direction,
  { dy, free }: VariableStep,
): Direction {
  const slackStep = step.slack.slice();
  const multiplierStep = step.multiplier.slice();
  sides.forEach((side, at) => {
    const moved = slopeAlong(side, dy, bent);
    slackStep[at]! -= moved;
    multiplierStep[at]! += (multiplier[at]! / slack[at]!) * moved;
  });
  return {
    y: step.y.map((value, i) => value + dy[i]!),
    u: step.u.map((value, i) => (problem.barrier[i] === 0 ? 0 : value - (u[i]! / y[i]!) * dy[i]!)),
    slack: slackStep,
    multiplier: multiplierStep,
    free: step.free.map((value, at) => value + free[at]!),
    scenarios: step.scenarios,
  };
}

function largest(values: Float64Array): number {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}
