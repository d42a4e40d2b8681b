import { addScaled, product } from './dense.js';
import {
  type ConstrainedProblem,
  type InteriorPointResult,
  type Side,
  halfForm,
  independentEquations,
  inner,
  sideValue,
  sidesOf,
} from './constrained-problem.js';
import { LeafElimination } from './leaf-elimination.js';
import { type NewtonMatrix, type NewtonPoint, factorise } from './newton-matrix.js';
import { ScenarioState } from './scenario-state.js';
import { type Direction, addSide, refine, shortOf, slopeAlong } from './step-refinement.js';

/** The optimality system of a constrained problem at one point, and the steps towards its solution. */
export class OptimalitySystem {
  private readonly y: Float64Array;
  private readonly u: Float64Array;
  private readonly sides: readonly Side[];
  private readonly slack: Float64Array;
  private readonly multiplier: Float64Array;
  private readonly equations: readonly number[];
  private readonly leaves: LeafElimination;
  private readonly free: Float64Array;
  private iterations = 0;
  /** Qy + q, and the stationarity residual, at the present point. */
  private readonly slope: Float64Array;
  private readonly stationary: Float64Array;
  /** g(y) of every side at the present point. */
  private readonly reached: Float64Array;
  /** Py of every quadratic constraint at the present point. */
  private readonly bent: readonly Float64Array[];
  private readonly scenarios: readonly ScenarioState[];

  constructor(
    private readonly problem: ConstrainedProblem,
    start: Float64Array,
  ) {
    const { barrier, size } = problem;
    this.y = start.slice();
    this.slope = new Float64Array(size);
    this.stationary = new Float64Array(size);
    this.bent = (problem.quadratics ?? []).map(() => new Float64Array(size));
    this.computeSlope();
    this.sides = sidesOf(problem);
    this.equations = independentEquations(problem);
    this.leaves = new LeafElimination(problem, this.sides);
    this.free = new Float64Array(this.equations.length);
    const typical = this.y.reduce((total, value) => total + Math.abs(value), 0) / Math.max(1, size);
    const steepness = this.steepness();
    this.slack = Float64Array.from(this.sides, (side) =>
      Math.max(side.limit - sideValue(this.problem, side, this.y), typical),
    );
    // All products start alike and no smaller than their targets: a start near one face of the set only creeps along it.
    const product = Math.max(steepness * typical, ...barrier, Number.MIN_VALUE);
    this.multiplier = this.slack.map((value) => product / value);
    this.u = this.y.map((value, i) => (barrier[i]! > 0 ? product / value : 0));
    this.reached = new Float64Array(this.sides.length);
    this.scenarios = (problem.scenarios ?? []).map((term) => new ScenarioState(term, this.y, product));
    this.refresh();
  }

  snapshot(residual: number): InteriorPointResult {
    const boundMultipliers = new Float64Array(this.problem.size);
    const rowMultipliers = new Float64Array(this.problem.rows.length);
    const quadraticMultipliers = new Float64Array(this.bent.length);
    const of = { bound: boundMultipliers, row: rowMultipliers, quadratic: quadraticMultipliers };
    let gap = 0;
    this.sides.forEach(({ kind, index, sign }, at) => {
      of[kind][index]! += sign * this.multiplier[at]!;
      gap += this.slack[at]! * this.multiplier[at]!;
    });
    this.equations.forEach((row, at) => (rowMultipliers[row] = this.free[at]!));
    for (const state of this.scenarios) gap += state.products(null, 0);
    return {
      variables: this.y.slice(),
      iterations: this.iterations,
      residual,
      boundMultipliers,
      rowMultipliers,
      quadraticMultipliers,
      scenarios: this.scenarios.map(({ weights, price }) => ({ weights: weights.slice(), price })),
      gap,
    };
  }

  /** One step; `false` when the linear system cannot be solved any more. */
  advance(): boolean {
    this.iterations++;
    const point = this.point();
    const matrix = factorise(this.problem, point);
    if (matrix === null) return false;
    const origin = { ...point, problem: this.problem, stationary: this.stationary, steepness: this.steepness() };
    const refined = (step: Direction): Direction => refine(origin, matrix, step);
    const gap = this.gap();
    const predictor = refined(this.direction(matrix, 0));
    const reach = this.stepLength(predictor, 1);
    const centring = gap > 0 ? Math.min(1, Math.max(0, this.gapAfter(predictor, reach) / gap) ** 3) : 0;
    let direction = refined(this.direction(matrix, centring * gap, predictor));
    let length = this.stepLength(direction, 0.995);
    if (length < 0.1) {
      // The second-order term of a long step misleads: a centred step of first order always leads on.
      direction = refined(this.direction(matrix, Math.max(centring, 0.5) * gap));
      length = this.stepLength(direction, 0.9);
    }
    this.move(direction, length);
    this.refresh();
    return this.y.every(Number.isFinite) && this.u.every(Number.isFinite);
  }

  private computeSlope(): void {
    const { quadratic, linear, quadratics } = this.problem;
    product(quadratic, this.y, this.slope);
    for (let i = 0; i < this.slope.length; i++) this.slope[i]! += linear[i]!;
    quadratics?.forEach(({ matrix }, k) => product(matrix, this.y, this.bent[k]!));
  }

  /** Qy + q, and Qy + q − u + Gᵀz + Eᵀν. */
  private refresh(): void {
    this.computeSlope();
    for (let i = 0; i < this.slope.length; i++) this.stationary[i] = this.slope[i]! - this.u[i]!;
    for (let at = 0; at < this.sides.length; at++) {
      const side = this.sides[at]!;
      addSide(this.stationary, side, this.multiplier[at]!, this.bent);
      this.reached[at] = sideValue(this.problem, side, this.y);
    }
    for (let at = 0; at < this.equations.length; at++) {
      addScaled(this.stationary, this.problem.rows[this.equations[at]!]!.coefficients, this.free[at]!);
    }
    for (const state of this.scenarios) {
      state.refresh(this.y);
      state.addSlope(this.stationary);
    }
  }

  /** The size of the slope's terms, Qy and q: the slope itself is 0 where they cancel, as at the centre of a distance. */
  private steepness(): number {
    const { linear } = this.problem;
    return this.slope.reduce((most, value, i) => Math.max(most, Math.abs(value - linear[i]!), Math.abs(linear[i]!)), 0);
  }

  /** Largest violation of the optimality system, relative to its terms. */
  residual(): number {
    const { barrier } = this.problem;
    const steepness = this.u.reduce((most, value) => Math.max(most, value), this.steepness());
    let worst = 0;
    for (const value of this.stationary) worst = Math.max(worst, Math.abs(value) / steepness);
    let length = 0;
    for (const value of this.y) length += Math.abs(value);
    for (let i = 0; i < this.y.length; i++) {
      if (barrier[i]! > 0) worst = Math.max(worst, Math.abs(this.u[i]! * this.y[i]! - barrier[i]!) / barrier[i]!);
    }
    this.sides.forEach((side, at) => {
      const violation = Math.abs(this.reached[at]! + this.slack[at]! - side.limit);
      worst = Math.max(worst, violation / length, Math.min(this.slack[at]! / length, this.multiplier[at]! / steepness));
    });
    for (const row of this.equations) {
      const { coefficients, lower } = this.problem.rows[row]!;
      worst = Math.max(worst, Math.abs(inner(coefficients, this.y) - lower) / length);
    }
    for (const state of this.scenarios) worst = Math.max(worst, state.residual(length, steepness));
    return worst;
  }

  /** Mean distance of the products from their targets: 0 for slacks, bᵢ for the logarithms. */
  private gap(): number {
    return this.gapAfter(null, 0);
  }

  private gapAfter(direction: Direction | null, step: number): number {
    const { barrier } = this.problem;
    let total = 0;
    let count = this.slack.length;
    const moved = (value: number, by: number | undefined): number => value + step * (by ?? 0);
    for (let at = 0; at < this.slack.length; at++) {
      total += moved(this.slack[at]!, direction?.slack[at]) * moved(this.multiplier[at]!, direction?.multiplier[at]);
    }
    for (let i = 0; i < this.y.length; i++) {
      if (barrier[i]! === 0) continue;
      count++;
      total += Math.max(0, moved(this.y[i]!, direction?.y[i]) * moved(this.u[i]!, direction?.u[i]) - barrier[i]!);
    }
    this.scenarios.forEach((state, at) => {
      count += state.pairs;
      total += state.products(direction?.scenarios[at] ?? null, step);
    });
    return count > 0 ? total / count : 0;
  }

  private point(): NewtonPoint {
    const { leaves, equations, sides, slack, multiplier, y, u, bent, scenarios } = this;
    return { leaves, equations, sides, slack, multiplier, y, u, bent, scenarios };
  }

  private direction(matrix: NewtonMatrix, target: number, predictor?: Direction): Direction {
    const { size, barrier } = this.problem;
    const right = this.stationary.map((value) => -value);
    for (let i = 0; i < size; i++) {
      if (barrier[i]! === 0) continue;
      const second = predictor === undefined ? 0 : predictor.u[i]! * predictor.y[i]!;
      right[i]! += (barrier[i]! + target - this.u[i]! * this.y[i]! - second) / this.y[i]!;
    }
    const push = new Float64Array(this.sides.length);
    this.sides.forEach((side, at) => {
      const miss = this.missOf(side, at, predictor);
      const second = predictor === undefined ? 0 : predictor.slack[at]! * predictor.multiplier[at]!;
      push[at] =
        (target - this.multiplier[at]! * this.slack[at]! - second + this.multiplier[at]! * miss) / this.slack[at]!;
      addSide(right, side, -push[at]!, this.bent);
    });
    const pushes = this.scenarios.map((state, at) => state.addRight(right, target, predictor?.scenarios[at]));
    const { dy, free } = matrix.solve(right, shortOf(this.problem, this.equations, this.y));
    const scenarios = this.scenarios.map((state, at) => state.complete(dy, pushes[at]!));
    return { ...this.complete(dy, push, target, predictor), free, scenarios };
  }

  /** g(y) + s − limit, with the bend of a quadratic constraint along the predictor. */
  private missOf(side: Side, at: number, predictor?: Direction): number {
    const miss = this.reached[at]! + this.slack[at]! - side.limit;
    if (side.kind !== 'quadratic' || predictor === undefined) return miss;
    return miss + halfForm(this.problem.quadratics![side.index]!.matrix, predictor.y);
  }

  /** The steps of the multipliers and slacks that belong to a step of y. */
  private complete(
    dy: Float64Array,
    push: Float64Array,
    target: number,
    predictor?: Direction,
  ): Omit<Direction, 'free' | 'scenarios'> {
    const { barrier } = this.problem;
    const du = dy.map((step, i) => {
      if (barrier[i]! === 0) return 0;
      const second = predictor === undefined ? 0 : predictor.u[i]! * predictor.y[i]!;
      return (barrier[i]! + target - this.u[i]! * this.y[i]! - second - this.u[i]! * step) / this.y[i]!;
    });
    const slack = new Float64Array(this.sides.length);
    const multiplier = new Float64Array(this.sides.length);
    this.sides.forEach((side, at) => {
      const moved = slopeAlong(side, dy, this.bent);
      slack[at] = -this.missOf(side, at, predictor) - moved;
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
    this.scenarios.forEach((state, at) => (length = state.reach(direction.scenarios[at]!, share, length)));
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
    this.scenarios.forEach((state, at) => state.move(direction.scenarios[at]!, length));
  }
}
