import { type LinearConstraints, quadraticStep } from './quadratic-step.js';

/** A smooth function of few variables. Outside its domain its value is Infinity. */
export interface SmoothObjective {
  readonly size: number;
  /** Writes the gradient and returns the value. */
  gradient(at: Float64Array, out: Float64Array): number;
  value(at: Float64Array): number;
  /** A positive semi-definite guess of the second derivatives, n×n: for a likelihood the outer product of its scores. */
  curvature(at: Float64Array): Float64Array;
}

/** Where a minimisation ended. */
export interface Minimum {
  readonly at: Float64Array;
  readonly value: number;
  /** How far a Newton step would still lower the value. */
  readonly residual: number;
  readonly iterations: number;
  /** Constraints that hold with equality and push. */
  readonly active: readonly number[];
  readonly converged: boolean;
  /** Second derivatives at the minimum, by central differences of the gradient; null outside the domain. */
  readonly hessian: Float64Array | null;
}

export interface MinimiseOptions {
  /** The fall of the value by one more Newton step below which it has converged. Default 1e-10. */
  readonly tolerance?: number;
  readonly iterations?: number;
}

const ARMIJO = 1e-4;
const SHORTEST = 1e-10;
/** Newton steps with exact second derivatives after the quasi-Newton steps. */
const POLISH = 60;
/** Where rounding of the value hides a further fall, this much of it is still convergence. */
const ROUNDING = 1e-7;
/** How far each of several starts is followed before the best goes on alone. */
const SIFTING = 1e-3;

/**
 * Minimum of a smooth function under linear constraints from the best of feasible starts: sequential quadratic programs with
 * damped BFGS updates, every iterate feasible, then Newton steps with second derivatives.
 *
 * Source: Nocedal and Wright, Numerical Optimization (2006), chapter 18, procedure 18.2.
 */
export function minimise(
  objective: SmoothObjective,
  starts: readonly Float64Array[],
  constraints: LinearConstraints,
  options: MinimiseOptions = {},
): Minimum {
  const tolerance = options.tolerance ?? 1e-10;
  const limit = options.iterations ?? 200;
  const sifted = starts.map((start) =>
    quasiNewton(objective, start, constraints, starts.length > 1 ? SIFTING : tolerance, limit),
  );
  const best = sifted.reduce((a, b) => (b.value < a.value ? b : a));
  if (limit <= best.iterations) return newton(objective, best, constraints, tolerance, 0);
  return newton(objective, best, constraints, tolerance, Math.min(POLISH, limit));
}

interface State {
  at: Float64Array;
  value: number;
  gradient: Float64Array;
  iterations: number;
}

function quasiNewton(
  objective: SmoothObjective,
  start: Float64Array,
  constraints: LinearConstraints,
  tolerance: number,
  limit: number,
): State {
  const size = objective.size;
  const gradient = new Float64Array(size);
  const state: State = {
    at: Float64Array.from(start),
    value: objective.gradient(start, gradient),
    gradient,
    iterations: 0,
  };
  let matrix = regular(objective.curvature(state.at), size);
  let restarted = true;
  while (state.iterations < limit && Number.isFinite(state.value)) {
    const quadratic = quadraticStep(matrix, state.gradient, state.at, constraints);
    const slope = quadratic === null ? 0 : dot(state.gradient, quadratic.step);
    if (quadratic !== null && -slope <= tolerance) break;
    const moved = quadratic === null ? null : search(objective, state, quadratic.step, slope, constraints);
    if (moved === null) {
      if (restarted) break;
      matrix = regular(objective.curvature(state.at), size);
      restarted = true;
      continue;
    }
    restarted = false;
    state.iterations++;
    const next = new Float64Array(size);
    const value = objective.gradient(moved, next);
    update(matrix, difference(moved, state.at), difference(next, state.gradient));
    state.at = moved;
    state.value = value;
    state.gradient = next;
  }
  return state;
}

/** Backtracks from the whole step, by the parabola through what is known. */
function search(
  objective: SmoothObjective,
  state: State,
  step: Float64Array,
  slope: number,
  constraints: LinearConstraints,
): Float64Array | null {
  let length = 1;
  while (length > SHORTEST) {
    const trial = restored(
      state.at.map((value, i) => value + length * step[i]!),
      constraints,
    );
    const value = objective.value(trial);
    if (value <= state.value + ARMIJO * length * slope) return trial;
    const parabola = (-slope * length * length) / (2 * (value - state.value - slope * length));
    length = Number.isFinite(parabola) ? Math.min(0.5 * length, Math.max(0.1 * length, parabola)) : 0.1 * length;
  }
  return null;
}

/** Puts a point that rounding of an ill-conditioned step carried over a bound back onto it. */
function restored(at: Float64Array, constraints: LinearConstraints): Float64Array {
  const size = at.length;
  for (let k = 0; k < constraints.count; k++) {
    let slack = -constraints.bounds[k]!;
    let squares = 0;
    for (let i = 0; i < size; i++) {
      const coefficient = constraints.rows[k * size + i]!;
      slack += coefficient * at[i]!;
      squares += coefficient * coefficient;
    }
    if (slack >= 0 || squares === 0) continue;
    for (let i = 0; i < size; i++) at[i]! -= (slack / squares) * constraints.rows[k * size + i]!;
  }
  return at;
}

/** Powell's damped BFGS update of B. */
function update(matrix: Float64Array, step: Float64Array, change: Float64Array): void {
  const size = step.length;
  const product = new Float64Array(size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) product[i]! += matrix[i * size + j]! * step[j]!;
  }
  const curvature = dot(step, product);
  if (!(curvature > 0)) return;
  const along = dot(step, change);
  const damping = along >= 0.2 * curvature ? 1 : (0.8 * curvature) / (curvature - along);
  const target = change.map((value, i) => damping * value + (1 - damping) * product[i]!);
  const targetAlong = dot(step, target);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) {
      matrix[i * size + j]! += (target[i]! * target[j]!) / targetAlong - (product[i]! * product[j]!) / curvature;
    }
  }
}

function newton(
  objective: SmoothObjective,
  state: State,
  constraints: LinearConstraints,
  tolerance: number,
  limit: number,
): Minimum {
  let residual = Infinity;
  let active: readonly number[] = [];
  let hessian: Float64Array | null = null;
  for (let polish = 0; polish <= limit && Number.isFinite(state.value); polish++) {
    hessian = secondDerivatives(objective, state.at);
    const quadratic = hessian === null ? null : newtonStep(hessian, state, constraints);
    if (quadratic === null) break;
    active = quadratic.active;
    const slope = dot(state.gradient, quadratic.step);
    residual = -slope / 2;
    if (residual <= tolerance || polish === limit) break;
    const moved = search(objective, state, quadratic.step, slope, constraints);
    if (moved === null) break;
    state.at = moved;
    state.value = objective.gradient(moved, state.gradient);
    state.iterations++;
  }
  return {
    at: state.at,
    value: state.value,
    residual,
    iterations: state.iterations,
    active,
    converged: residual <= Math.max(tolerance, ROUNDING),
    hessian,
  };
}

/** The Newton step; where the second derivatives are not positive definite, with their diagonal raised until it descends. */
function newtonStep(
  hessian: Float64Array,
  state: State,
  constraints: LinearConstraints,
): ReturnType<typeof quadraticStep> {
  const size = state.at.length;
  for (let raise = 0; raise < 12; raise++) {
    const matrix = Float64Array.from(hessian);
    const factor = raise === 0 ? 0 : 1e-6 * 10 ** raise;
    for (let i = 0; i < size; i++) matrix[i * size + i]! += factor * Math.max(1e-8, Math.abs(matrix[i * size + i]!));
    const quadratic = quadraticStep(matrix, state.gradient, state.at, constraints);
    if (quadratic !== null && isDescent(matrix, quadratic.step, state.gradient)) return quadratic;
  }
  return null;
}

/** The quadratic model falls along the whole step. */
function isDescent(matrix: Float64Array, step: Float64Array, gradient: Float64Array): boolean {
  const size = step.length;
  let curvature = 0;
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) curvature += step[i]! * matrix[i * size + j]! * step[j]!;
  }
  return curvature >= 0 && dot(gradient, step) <= 0;
}

/** Central differences of the gradient, made symmetric; null where the function is not defined nearby. */
export function secondDerivatives(objective: SmoothObjective, at: Float64Array): Float64Array | null {
  const size = objective.size;
  const hessian = new Float64Array(size * size);
  const ahead = new Float64Array(size);
  const behind = new Float64Array(size);
  const point = Float64Array.from(at);
  for (let j = 0; j < size; j++) {
    const width = 6e-6 * Math.max(Math.abs(at[j]!), 1e-3);
    point[j] = at[j]! + width;
    const above = objective.gradient(point, ahead);
    const span = point[j]!;
    point[j] = at[j]! - width;
    const below = objective.gradient(point, behind);
    const distance = span - point[j]!;
    point[j] = at[j]!;
    if (!Number.isFinite(above) || !Number.isFinite(below)) return null;
    for (let i = 0; i < size; i++) hessian[i * size + j] = (ahead[i]! - behind[i]!) / distance;
  }
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < i; j++) {
      const mean = (hessian[i * size + j]! + hessian[j * size + i]!) / 2;
      if (!Number.isFinite(mean)) return null;
      hessian[i * size + j] = mean;
      hessian[j * size + i] = mean;
    }
  }
  return hessian;
}

/** Lifts the diagonal so that the matrix is safely positive definite. */
function regular(matrix: Float64Array, size: number): Float64Array {
  let largest = 0;
  for (let i = 0; i < size; i++) largest = Math.max(largest, matrix[i * size + i]!);
  for (let i = 0; i < size; i++) matrix[i * size + i]! += 1e-6 * matrix[i * size + i]! + 1e-12 * largest + 1e-12;
  return matrix;
}

function difference(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((value, i) => value - b[i]!);
}

function dot(a: Float64Array, b: Float64Array): number {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += a[i]! * b[i]!;
  return total;
}
