import { solveInPlace } from '../linear-algebra/linear-system.js';

/** Rows a_i·x ≥ b_i. */
export interface LinearConstraints {
  readonly count: number;
  /** m×n row-major. */
  readonly rows: Float64Array;
  readonly bounds: Float64Array;
}

/** Constraints that have names. */
export interface NamedLinearConstraints extends LinearConstraints {
  readonly names: readonly string[];
}

/** The step of one sequential quadratic program and the constraints it ends on. */
export interface QuadraticStep {
  readonly step: Float64Array;
  readonly active: readonly number[];
  /** Multipliers of `active`, not below 0. */
  readonly multipliers: Float64Array;
}

/** A step shorter than this, relative, counts as none. */
const NO_STEP = 1e-14;
/** A constraint with less slack than this, relative, holds with equality. */
const NO_SLACK = 1e-13;

/**
 * argmin_d ½ dᵀB d + gᵀd with x + d feasible, from a feasible x, by a primal active-set method: few variables, few
 * constraints, all dense.
 *
 * Source: Nocedal and Wright, Numerical Optimization (2006), algorithm 16.3.
 *
 * @param matrix B, n×n, positive definite on the null space of the active constraints
 * @returns null when a system is singular or the working sets do not settle
 */
export function quadraticStep(
  matrix: Float64Array,
  gradient: Float64Array,
  at: Float64Array,
  constraints: LinearConstraints,
): QuadraticStep | null {
  const tight = tightConstraints(at, constraints);
  return (
    (tight.length > 0 ? fromWorkingSet(matrix, gradient, at, constraints, tight) : null) ??
    fromWorkingSet(matrix, gradient, at, constraints, [])
  );
}

function tightConstraints(at: Float64Array, constraints: LinearConstraints): number[] {
  const tight: number[] = [];
  for (let k = 0; k < constraints.count; k++) {
    let slack = -constraints.bounds[k]!;
    for (let i = 0; i < at.length; i++) slack += constraints.rows[k * at.length + i]! * at[i]!;
    if (slack <= NO_SLACK * (1 + Math.abs(constraints.bounds[k]!))) tight.push(k);
  }
  return tight;
}

/** @param working constraints that hold with equality; independent, else null is the answer */
function fromWorkingSet(
  matrix: Float64Array,
  gradient: Float64Array,
  at: Float64Array,
  constraints: LinearConstraints,
  working: number[],
): QuadraticStep | null {
  const size = at.length;
  const step = new Float64Array(size);
  for (let round = 0; round < 20 + 10 * constraints.count; round++) {
    const solved = equalityStep(matrix, gradient, step, constraints, working);
    if (solved === null) return null;
    if (isShort(solved.move, at)) {
      const drop = mostNegative(solved.multipliers);
      if (drop < 0) return { step, active: working, multipliers: solved.multipliers };
      working.splice(drop, 1);
      continue;
    }
    const { length, blocking } = longestMove(solved.move, step, at, constraints, working);
    for (let i = 0; i < size; i++) step[i]! += length * solved.move[i]!;
    if (blocking >= 0) working.push(blocking);
  }
  return null;
}

/** The move from `step` to the minimum on the working set, with its multipliers: B p − Aᵀλ = −(g + B d), A p = 0. */
function equalityStep(
  matrix: Float64Array,
  gradient: Float64Array,
  step: Float64Array,
  constraints: LinearConstraints,
  working: readonly number[],
): { move: Float64Array; multipliers: Float64Array } | null {
  const size = step.length;
  const total = size + working.length;
  const system = new Float64Array(total * total);
  const right = new Float64Array(total);
  for (let i = 0; i < size; i++) {
    let slope = gradient[i]!;
    for (let j = 0; j < size; j++) {
      system[i * total + j] = matrix[i * size + j]!;
      slope += matrix[i * size + j]! * step[j]!;
    }
    right[i] = -slope;
    working.forEach((constraint, k) => {
      const coefficient = constraints.rows[constraint * size + i]!;
      system[i * total + size + k] = -coefficient;
      system[(size + k) * total + i] = coefficient;
    });
  }
  if (!solveInPlace(system, right, total)) return null;
  return { move: right.subarray(0, size), multipliers: right.slice(size) };
}

function isShort(move: Float64Array, at: Float64Array): boolean {
  return move.every((value, i) => Math.abs(value) <= NO_STEP * (1e-3 + Math.abs(at[i]!)));
}

function mostNegative(multipliers: Float64Array): number {
  let worst = -1;
  let lowest = 0;
  multipliers.forEach((value, k) => {
    if (value < lowest) {
      lowest = value;
      worst = k;
    }
  });
  return worst;
}

function longestMove(
  move: Float64Array,
  step: Float64Array,
  at: Float64Array,
  constraints: LinearConstraints,
  working: readonly number[],
): { length: number; blocking: number } {
  const size = move.length;
  let length = 1;
  let blocking = -1;
  for (let k = 0; k < constraints.count; k++) {
    if (working.includes(k)) continue;
    let slope = 0;
    let value = -constraints.bounds[k]!;
    for (let i = 0; i < size; i++) {
      const coefficient = constraints.rows[k * size + i]!;
      slope += coefficient * move[i]!;
      value += coefficient * (at[i]! + step[i]!);
    }
    if (slope >= 0) continue;
    const reach = Math.max(0, value) / -slope;
    if (reach < length) {
      length = reach;
      blocking = k;
    }
  }
  return { length, blocking };
}
