import { cholesky, choleskySolve } from '../linear-algebra/cholesky.js';
import { type ConstrainedProblem, type Side, inner } from './constrained-problem.js';
import { addScaled, mirrorLower } from './dense.js';
import type { LeafElimination } from './leaf-elimination.js';
import type { ScenarioState } from './scenario-state.js';

/** What is added to a matrix that rounding has left without a Cholesky factor, relative to its largest element; refinement takes it away again. */
const REGULARISED = 1e-15;

/** A point of the optimality system: variables y, their multipliers u, slacks s and multipliers z of the sides. */
export interface NewtonPoint {
  readonly leaves: LeafElimination;
  /** Numbers of the rows that are independent equations. */
  readonly equations: readonly number[];
  readonly sides: readonly Side[];
  readonly slack: Float64Array;
  readonly multiplier: Float64Array;
  readonly y: Float64Array;
  readonly u: Float64Array;
  /** Py of every quadratic constraint. */
  readonly bent: readonly Float64Array[];
  readonly scenarios: readonly ScenarioState[];
}

/** A step of the variables, and of the multipliers of the equations. */
export interface VariableStep {
  readonly dy: Float64Array;
  readonly free: Float64Array;
}

export interface NewtonMatrix {
  /**
   * @param right by variable
   * @param short by equation, by how much the step moves it
   */
  readonly solve: (right: Float64Array, short: Float64Array) => VariableStep;
}

/**
 * Factors of Q + diag(u/y) + Gᵀ diag(z/s) G and of the equations' Schur complement; `null` where they have none.
 */
export function factorise(problem: ConstrainedProblem, point: NewtonPoint): NewtonMatrix | null {
  const { leaves, equations } = point;
  const size = leaves.kept.length;
  const hessian = leaves.quadratic();
  const curvature = addCurvature(problem, point, hessian);
  const factor = curvature === null ? null : factorOf(hessian, size, point.scenarios.length === 0);
  if (curvature === null || factor === null) return null;
  const solve = leaves.solver(curvature, (right) => choleskySolve(factor, size, right));
  const rows = equations.map((row) => problem.rows[row]!.coefficients);
  const solved = rows.map(solve);
  const count = rows.length;
  const schur = new Float64Array(count * count);
  for (let a = 0; a < count; a++) for (let b = 0; b < count; b++) schur[a * count + b] = inner(rows[a]!, solved[b]!);
  const schurFactor = cholesky(schur, count, 1e-13);
  if (schurFactor === null) return null;
  return {
    solve: (right, short) => {
      const dy = solve(right);
      const free = choleskySolve(
        schurFactor,
        count,
        short.map((value, at) => inner(rows[at]!, dy) - value),
      );
      free.forEach((value, at) => addScaled(dy, solved[at]!, -value));
      return { dy, free };
    },
  };
}

function addCurvature(
  problem: ConstrainedProblem,
  point: NewtonPoint,
  hessian: Float64Array,
): ReturnType<LeafElimination['addSides']> {
  const { leaves, sides, slack, multiplier, y, u, scenarios } = point;
  const size = leaves.kept.length;
  leaves.kept.forEach((variable, i) => {
    if (problem.barrier[variable]! > 0) hessian[i * size + i]! += u[variable]! / y[variable]!;
  });
  const weights = multiplier.map((value, at) => value / slack[at]!);
  const curvature = leaves.addSides(hessian, weights);
  sides.forEach((side, at) => {
    if (side.kind === 'quadratic') addCurved(problem, point, hessian, at);
  });
  for (const state of scenarios) state.addCurvature(hessian, size);
  if (scenarios.length > 0) mirrorLower(hessian, size);
  return curvature;
}

/** hessian += z P + (z/s) ∇g ∇gᵀ of a quadratic constraint. */
function addCurved(
  { quadratics = [] }: ConstrainedProblem,
  { leaves, sides, slack, multiplier, bent }: NewtonPoint,
  hessian: Float64Array,
  at: number,
): void {
  const { index, variables, coefficients } = sides[at]!;
  const whole = bent[index]!.slice();
  variables.forEach((variable, k) => (whole[variable]! += coefficients[k]!));
  const size = leaves.kept.length;
  const matrix = leaves.ofKept(quadratics[index]!.matrix);
  const gradient = Float64Array.from(leaves.kept, (variable) => whole[variable]!);
  const weight = multiplier[at]! / slack[at]!;
  for (let i = 0; i < size; i++) {
    const scaled = weight * gradient[i]!;
    for (let j = 0; j < size; j++) {
      hessian[i * size + j]! += multiplier[at]! * matrix[i * size + j]! + scaled * gradient[j]!;
    }
  }
}

/** The Cholesky factor, of the matrix with a hair on its diagonal where it has none and the steps are refined. */
function factorOf(hessian: Float64Array, size: number, refined: boolean): Float64Array | null {
  const factor = cholesky(hessian, size);
  if (factor !== null || !refined) return factor;
  let most = 0;
  for (let i = 0; i < size; i++) most = Math.max(most, hessian[i * size + i]!);
  for (let i = 0; i < size; i++) hessian[i * size + i]! += REGULARISED * most;
  return cholesky(hessian, size);
}
