import { cholesky, choleskySolve } from '../linear-algebra/cholesky.js';
import type { BarrierProblem } from './coordinate-descent.js';
import type { ProgramRow } from './program.js';

/** A barrier problem with coupled linear constraints; bᵢ may be 0, which leaves that coordinate without a logarithm. */
export interface ConstrainedProblem extends BarrierProblem {
  readonly rows: readonly Pick<ProgramRow, 'coefficients' | 'lower' | 'upper'>[];
}

export interface InteriorPointResult {
  readonly variables: Float64Array;
  readonly iterations: number;
  /** Largest violation of the optimality system, relative to its terms. */
  readonly residual: number;
  /** Signed multipliers: positive pushes down from an upper side, negative up from a lower side. */
  readonly boundMultipliers: Float64Array;
  readonly rowMultipliers: Float64Array;
}

const MAXIMUM_ITERATIONS = 200;
const TOLERANCE = 1e-14;

/**
 * Primal-dual interior-point method for
 *
 *     min ½ yᵀQy + qᵀy − Σ bᵢ ln yᵢ   subject to   lower ≤ y ≤ upper,  L ≤ Ay ≤ U.
 *
 * The logarithm is the condition uᵢ yᵢ = bᵢ on the multiplier of yᵢ > 0, so that the whole is the path-following method of
 * a convex quadratic program with a fixed target for these pairs and 0 for all others. From any start it reaches the
 * optimum of every problem with a strictly feasible point (Wright, "Primal-Dual Interior-Point Methods", 1997, chapter 6).
 */
export function solveInterior(problem: ConstrainedProblem, start: Float64Array): InteriorPointResult {
  const system = new OptimalitySystem(problem, start);
  let best = system.snapshot();
  for (let iteration = 1; iteration <= MAXIMUM_ITERATIONS; iteration++) {
    if (!system.advance()) break;
    const snapshot = system.snapshot();
    if (snapshot.residual < best.residual) best = { ...snapshot, iterations: iteration };
    else if (iteration > best.iterations + 12) break;
    if (best.residual <= TOLERANCE) break;
  }
  return best;
}

/** One inequality g·y ≤ h: a side of a bound or of a row. */
interface Side {
  readonly row: number;
  readonly variable: number;
  readonly sign: 1 | -1;
  readonly limit: number;
}

class OptimalitySystem {
  private readonly y: Float64Array;
  private readonly u: Float64Array;
  private readonly sides: Side[] = [];
  private readonly slack: Float64Array;
  private readonly multiplier: Float64Array;
  private readonly equations: number[] = [];
  private readonly free: Float64Array;
  private iterations = 0;

  constructor(
    private readonly problem: ConstrainedProblem,
    start: Float64Array,
  ) {
    const { barrier, size } = problem;
    this.y = start.slice();
    const gradient = this.gradient();
    this.u = this.y.map((value, i) => (barrier[i]! > 0 ? Math.max(barrier[i]! / value, 1e-8) : 0));
    for (let i = 0; i < size; i++) {
      if (problem.upper[i]! < Infinity) this.sides.push({ row: -1, variable: i, sign: 1, limit: problem.upper[i]! });
      if (problem.lower[i]! > 0 || barrier[i] === 0) {
        this.sides.push({ row: -1, variable: i, sign: -1, limit: -problem.lower[i]! });
      }
    }
    const independent = new RowSpace();
    problem.rows.forEach((row, index) => {
      if (row.lower === row.upper) {
        if (independent.add(row.coefficients)) this.equations.push(index);
      } else {
        if (row.upper < Infinity) this.sides.push({ row: index, variable: -1, sign: 1, limit: row.upper });
        if (row.lower > -Infinity) this.sides.push({ row: index, variable: -1, sign: -1, limit: -row.lower });
      }
    });
    this.free = new Float64Array(this.equations.length);
    const typical = this.y.reduce((total, value) => total + Math.abs(value), 0) / Math.max(1, size);
    const steepness = gradient.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    this.slack = Float64Array.from(this.sides, (side) => Math.max(side.limit - this.sideValue(side, this.y), typical));
    this.multiplier = new Float64Array(this.sides.length).fill(Math.max(steepness, 1e-8));
  }

  snapshot(): InteriorPointResult {
    const boundMultipliers = new Float64Array(this.problem.size);
    const rowMultipliers = new Float64Array(this.problem.rows.length);
    this.sides.forEach((side, at) => {
      if (side.row < 0) boundMultipliers[side.variable]! += side.sign * this.multiplier[at]!;
      else rowMultipliers[side.row]! += side.sign * this.multiplier[at]!;
    });
    this.equations.forEach((row, at) => (rowMultipliers[row] = this.free[at]!));
    return {
      variables: this.y.slice(),
      iterations: this.iterations,
      residual: this.residual(),
      boundMultipliers,
      rowMultipliers,
    };
  }

  /** One step; `false` when the linear system cannot be solved any more. */
  advance(): boolean {
    this.iterations++;
    const factor = this.factorise();
    if (factor === null) return false;
    const gap = this.gap();
    const predictor = this.direction(factor, 0);
    const reach = this.stepLength(predictor, 1);
    const after = this.gapAfter(predictor, reach);
    const centring = gap > 0 ? Math.min(1, (after / gap) ** 3) : 0;
    const direction = this.direction(factor, centring * gap, predictor);
    this.move(direction, this.stepLength(direction, 0.995));
    return this.y.every(Number.isFinite) && this.u.every(Number.isFinite);
  }

  /** Qy + q. */
  private gradient(): Float64Array {
    const { size, quadratic, linear } = this.problem;
    const result = linear.slice();
    for (let i = 0; i < size; i++) {
      for (let j = 0; j < size; j++) result[i]! += quadratic[i * size + j]! * this.y[j]!;
    }
    return result;
  }

  private sideValue(side: Side, y: Float64Array): number {
    return side.sign * (side.row < 0 ? y[side.variable]! : inner(this.problem.rows[side.row]!.coefficients, y));
  }

  private addSide(target: Float64Array, side: Side, amount: number): void {
    if (side.row < 0) target[side.variable]! += side.sign * amount;
    else this.problem.rows[side.row]!.coefficients.forEach((value, i) => (target[i]! += side.sign * amount * value));
  }

  /** Qy + q − u + Gᵀz + Eᵀν. */
  private stationarity(): Float64Array {
    const result = this.gradient();
    for (let i = 0; i < result.length; i++) result[i]! -= this.u[i]!;
    this.sides.forEach((side, at) => this.addSide(result, side, this.multiplier[at]!));
    this.equations.forEach((row, at) => {
      this.problem.rows[row]!.coefficients.forEach((value, i) => (result[i]! += this.free[at]! * value));
    });
    return result;
  }

  private residual(): number {
    const { barrier } = this.problem;
    const gradient = this.gradient();
    let steepness = 0;
    let worst = 0;
    for (let i = 0; i < gradient.length; i++) {
      const curved = Math.abs(gradient[i]! - this.problem.linear[i]!);
      steepness = Math.max(steepness, curved, Math.abs(this.problem.linear[i]!), this.u[i]!);
    }
    for (const value of this.stationarity()) worst = Math.max(worst, Math.abs(value) / steepness);
    let length = 0;
    for (const value of this.y) length += Math.abs(value);
    for (let i = 0; i < this.y.length; i++) {
      if (barrier[i]! > 0) worst = Math.max(worst, Math.abs(this.u[i]! * this.y[i]! - barrier[i]!) / barrier[i]!);
    }
    this.sides.forEach((side, at) => {
      const violation = Math.abs(this.sideValue(side, this.y) + this.slack[at]! - side.limit);
      worst = Math.max(worst, violation / length, (this.slack[at]! * this.multiplier[at]!) / (steepness * length));
    });
    for (const row of this.equations) {
      const { coefficients, lower } = this.problem.rows[row]!;
      worst = Math.max(worst, Math.abs(inner(coefficients, this.y) - lower) / length);
    }
    return worst;
  }

  private gap(): number {
    let total = 0;
    for (let at = 0; at < this.slack.length; at++) total += this.slack[at]! * this.multiplier[at]!;
    return this.slack.length > 0 ? total / this.slack.length : 0;
  }

  private gapAfter(direction: Direction, step: number): number {
    let total = 0;
    for (let at = 0; at < this.slack.length; at++) {
      total +=
        (this.slack[at]! + step * direction.slack[at]!) * (this.multiplier[at]! + step * direction.multiplier[at]!);
    }
    return this.slack.length > 0 ? total / this.slack.length : 0;
  }

  /** Cholesky of Q + diag(u/y) + Gᵀ diag(z/s) G, with the equations' Schur complement. */
  private factorise(): Factorisation | null {
    const { size, quadratic, rows, barrier } = this.problem;
    const hessian = quadratic.slice();
    for (let i = 0; i < size; i++) if (barrier[i]! > 0) hessian[i * size + i]! += this.u[i]! / this.y[i]!;
    this.sides.forEach((side, at) => {
      const weight = this.multiplier[at]! / this.slack[at]!;
      if (side.row < 0) hessian[side.variable * size + side.variable]! += weight;
      else addOuter(hessian, rows[side.row]!.coefficients, weight, size);
    });
    const factor = cholesky(hessian, size);
    if (factor === null) return null;
    const solved = this.equations.map((row) => choleskySolve(factor, size, rows[row]!.coefficients));
    const count = this.equations.length;
    const schur = new Float64Array(count * count);
    for (let a = 0; a < count; a++) {
      for (let b = 0; b < count; b++) schur[a * count + b] = inner(rows[this.equations[a]!]!.coefficients, solved[b]!);
    }
    const schurFactor = cholesky(schur, count, 1e-13);
    return schurFactor === null ? null : { factor, solved, schurFactor };
  }

  private direction({ factor, solved, schurFactor }: Factorisation, target: number, predictor?: Direction): Direction {
    const { size, barrier, rows } = this.problem;
    const right = this.stationarity().map((value) => -value);
    for (let i = 0; i < size; i++) {
      if (barrier[i]! === 0) continue;
      const second = predictor === undefined ? 0 : predictor.u[i]! * predictor.y[i]!;
      right[i]! += (barrier[i]! - this.u[i]! * this.y[i]! - second) / this.y[i]!;
    }
    const push = new Float64Array(this.sides.length);
    this.sides.forEach((side, at) => {
      const miss = this.sideValue(side, this.y) + this.slack[at]! - side.limit;
      const second = predictor === undefined ? 0 : predictor.slack[at]! * predictor.multiplier[at]!;
      push[at] =
        (target - this.multiplier[at]! * this.slack[at]! - second + this.multiplier[at]! * miss) / this.slack[at]!;
      this.addSide(right, side, -push[at]!);
    });
    const dy = choleskySolve(factor, size, right);
    const short = Float64Array.from(this.equations, (row) => {
      const { coefficients, lower } = rows[row]!;
      return inner(coefficients, dy) - (lower - inner(coefficients, this.y));
    });
    const free = choleskySolve(schurFactor, short.length, short);
    free.forEach((value, at) => solved[at]!.forEach((column, i) => (dy[i]! -= value * column)));
    return { ...this.complete(dy, push, predictor), free };
  }

  /** The steps of the multipliers and slacks that belong to a step of y. */
  private complete(dy: Float64Array, push: Float64Array, predictor?: Direction): Omit<Direction, 'free'> {
    const { barrier } = this.problem;
    const du = dy.map((step, i) => {
      if (barrier[i]! === 0) return 0;
      const second = predictor === undefined ? 0 : predictor.u[i]! * predictor.y[i]!;
      return (barrier[i]! - this.u[i]! * this.y[i]! - second - this.u[i]! * step) / this.y[i]!;
    });
    const slack = new Float64Array(this.sides.length);
    const multiplier = new Float64Array(this.sides.length);
    this.sides.forEach((side, at) => {
      const moved = this.sideValue(side, dy);
      slack[at] = side.limit - this.sideValue(side, this.y) - this.slack[at]! - moved;
      multiplier[at] = push[at]! + (this.multiplier[at]! / this.slack[at]!) * moved;
    });
    return { y: dy, u: du, slack, multiplier };
  }

  private stepLength(direction: Direction, share: number): number {
    let length = 1;
    const limit = (value: number, step: number): void => {
      if (step < 0) length = Math.min(length, (-share * value) / step);
    };
    this.y.forEach((value, i) => {
      if (this.problem.barrier[i]! === 0) return;
      limit(value, direction.y[i]!);
      limit(this.u[i]!, direction.u[i]!);
    });
    this.slack.forEach((value, at) => {
      limit(value, direction.slack[at]!);
      limit(this.multiplier[at]!, direction.multiplier[at]!);
    });
    return length;
  }

  private move(direction: Direction, length: number): void {
    const add = (values: Float64Array, steps: Float64Array): void => {
      for (let i = 0; i < values.length; i++) values[i]! += length * steps[i]!;
    };
    add(this.y, direction.y);
    add(this.u, direction.u);
    add(this.slack, direction.slack);
    add(this.multiplier, direction.multiplier);
    add(this.free, direction.free);
  }
}

interface Factorisation {
  readonly factor: Float64Array;
  readonly solved: readonly Float64Array[];
  readonly schurFactor: Float64Array;
}

interface Direction {
  readonly y: Float64Array;
  readonly u: Float64Array;
  readonly slack: Float64Array;
  readonly multiplier: Float64Array;
  readonly free: Float64Array;
}

/** An equation that keeps less of its length than this beside the others says nothing new. */
const DEPENDENT = 1e-10;

/** The space of the equations so far, as an orthonormal basis. */
class RowSpace {
  private readonly basis: Float64Array[] = [];

  /** `false` when the row lies in the space already; feasible equations then agree. */
  add(row: Float64Array): boolean {
    const rest = row.slice();
    for (let pass = 0; pass < 2; pass++) {
      for (const direction of this.basis) {
        const part = inner(rest, direction);
        for (let i = 0; i < rest.length; i++) rest[i]! -= part * direction[i]!;
      }
    }
    const length = Math.sqrt(inner(rest, rest));
    if (length <= DEPENDENT * Math.sqrt(inner(row, row))) return false;
    this.basis.push(rest.map((value) => value / length));
    return true;
  }
}

function inner(a: Float64Array, b: Float64Array): number {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += a[i]! * b[i]!;
  return total;
}

function addOuter(matrix: Float64Array, vector: Float64Array, weight: number, size: number): void {
  for (let i = 0; i < size; i++) {
    const scaled = weight * vector[i]!;
    if (scaled === 0) continue;
    for (let j = 0; j < size; j++) matrix[i * size + j]! += scaled * vector[j]!;
  }
}
