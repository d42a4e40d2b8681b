import { mirrorLower } from '../allocation/dense.js';
import { cholesky, choleskySolve } from '../linear-algebra/cholesky.js';

/** min t + κ Σ max(0, Lₛ·w − t) − Σ bᵢ ln wᵢ over w > 0. */
export interface TailBarrierProblem {
  readonly assets: number;
  readonly scenarios: number;
  /** T×n row-major. */
  readonly losses: Float64Array;
  /** κ = 1 / ((1 − confidence) T). */
  readonly share: number;
  /** bᵢ > 0. */
  readonly barrier: Float64Array;
}

export interface TailBarrierOptimum {
  readonly weights: Float64Array;
  /** pₛ ∈ [0, κ], Σp = 1: the subgradient Lᵀp of expected shortfall that meets the budgets. */
  readonly tail: Float64Array;
  readonly iterations: number;
  /** Mean complementarity left over, relative to the objective's size. */
  readonly complementarity: number;
}

const MAXIMUM_ITERATIONS = 120;
const TOLERANCE = 1e-15;

/**
 * Primal-dual interior-point method. Each scenario's slack, excess and tail weight are eliminated, so that a step solves n + 1
 * equations however many scenarios there are; kinks, at which coordinate descent stalls, are corners of the set it goes
 * through the inside of (Wright, "Primal-Dual Interior-Point Methods", 1997).
 */
export function solveTailBarrier(problem: TailBarrierProblem): TailBarrierOptimum {
  const state = new TailState(problem);
  let best = state.snapshot(0);
  for (let iteration = 1; iteration <= MAXIMUM_ITERATIONS; iteration++) {
    if (!state.advance()) break;
    const next = state.snapshot(iteration);
    if (!(next.complementarity < best.complementarity)) {
      if (iteration > best.iterations + 12) break;
      continue;
    }
    best = next;
    if (best.complementarity < TOLERANCE) break;
  }
  return best;
}

interface Step {
  readonly w: Float64Array;
  t: number;
  readonly z: Float64Array;
  readonly p: Float64Array;
  readonly u: Float64Array;
  readonly v: Float64Array;
}

class TailState {
  private readonly w: Float64Array;
  /** bᵢ / wᵢ at the optimum. */
  private readonly z: Float64Array;
  private t = 0;
  /** Excess over t, distance below t, tail weight. */
  private readonly u: Float64Array;
  private readonly v: Float64Array;
  private readonly p: Float64Array;

  constructor(private readonly problem: TailBarrierProblem) {
    const { assets, scenarios, losses, barrier, share } = problem;
    const squares = new Float64Array(assets);
    for (let s = 0; s < scenarios; s++) {
      for (let i = 0; i < assets; i++) squares[i]! += losses[s * assets + i]! ** 2 / scenarios;
    }
    this.w = barrier.map((budget, i) => budget / Math.sqrt(squares[i]!));
    this.z = barrier.map((budget, i) => budget / this.w[i]!);
    const loss = this.along(this.w);
    const size = Math.sqrt(loss.reduce((total, value) => total + value * value, 0) / scenarios) || 1;
    this.t = size;
    // p, u and v with p v = (κ − p) u = μ for every scenario: no step starts near a face of the set.
    const product = size * share;
    this.p = loss.map((value) => {
      const reach = (this.t - value) * share;
      return (2 * product * share) / (reach + 2 * product + Math.hypot(reach, 2 * product));
    });
    this.u = this.p.map((p) => product / (share - p));
    this.v = this.p.map((p) => product / p);
  }

  private along(weights: Float64Array): Float64Array {
    const { assets, scenarios, losses } = this.problem;
    const result = new Float64Array(scenarios);
    for (let s = 0; s < scenarios; s++) {
      let total = 0;
      for (let i = 0; i < assets; i++) total += losses[s * assets + i]! * weights[i]!;
      result[s] = total;
    }
    return result;
  }

  private complementarity(step: Step | null, length: number): number {
    const { share, scenarios, assets, barrier } = this.problem;
    let total = 0;
    for (let s = 0; s < scenarios; s++) {
      const p = this.p[s]! + length * (step?.p[s] ?? 0);
      const u = this.u[s]! + length * (step?.u[s] ?? 0);
      const v = this.v[s]! + length * (step?.v[s] ?? 0);
      total += p * v + (share - p) * u;
    }
    for (let i = 0; i < assets; i++) {
      const product = (this.w[i]! + length * (step?.w[i] ?? 0)) * (this.z[i]! + length * (step?.z[i] ?? 0));
      total += Math.abs(product - barrier[i]!);
    }
    return total / (2 * scenarios + assets);
  }

  snapshot(iterations: number): TailBarrierOptimum {
    const { assets, scenarios, losses } = this.problem;
    // What is left of the products and of the stationarity Lᵀp = z, in shares of the objective's own size Σb = 1.
    let stationary = 0;
    for (let i = 0; i < assets; i++) {
      let slope = -this.z[i]!;
      for (let s = 0; s < scenarios; s++) slope += this.p[s]! * losses[s * assets + i]!;
      stationary = Math.max(stationary, Math.abs(slope) * this.w[i]!);
    }
    const complementarity = Math.max(this.complementarity(null, 0), stationary / 10);
    return { weights: this.w.slice(), tail: this.p.slice(), iterations, complementarity };
  }

  /** One predictor–corrector step; `false` when the equations cannot be solved any more. */
  advance(): boolean {
    const factor = this.factorise();
    if (factor === null) return false;
    const gap = this.complementarity(null, 0);
    const predictor = this.step(factor, 0, null);
    const reached = this.complementarity(predictor, this.stepLength(predictor, 1));
    const centring = Math.min(1, (reached / gap) ** 3);
    let direction = this.step(factor, centring * gap, predictor);
    let length = this.stepLength(direction, 0.995);
    if (length < 0.1) {
      // The second-order term of a long step misleads: a centred step of first order always leads on.
      direction = this.step(factor, Math.max(centring, 0.5) * gap, null);
      length = this.stepLength(direction, 0.9);
    }
    add(this.w, direction.w, length);
    add(this.z, direction.z, length);
    add(this.u, direction.u, length);
    add(this.v, direction.v, length);
    add(this.p, direction.p, length);
    this.t += length * direction.t;
    return this.w.every(Number.isFinite) && this.p.every(Number.isFinite);
  }

  private factorise(): { readonly factor: Float64Array; readonly curvature: Float64Array } | null {
    const { assets, scenarios, losses, share } = this.problem;
    const size = assets + 1;
    const matrix = new Float64Array(size * size);
    const curvature = new Float64Array(scenarios);
    for (let s = 0; s < scenarios; s++) {
      const p = this.p[s]!;
      const weight = 1 / (this.u[s]! / (share - p) + this.v[s]! / p);
      curvature[s] = weight;
      const row = s * assets;
      for (let i = 0; i < assets; i++) {
        const scaled = weight * losses[row + i]!;
        for (let j = 0; j <= i; j++) matrix[i * size + j]! += scaled * losses[row + j]!;
        matrix[assets * size + i]! -= scaled;
      }
      matrix[assets * size + assets]! += weight;
    }
    for (let i = 0; i < assets; i++) matrix[i * size + i]! += this.z[i]! / this.w[i]!;
    mirrorLower(matrix, size);
    const factor = cholesky(matrix, size);
    return factor === null ? null : { factor, curvature };
  }

  private step(
    { factor, curvature }: { readonly factor: Float64Array; readonly curvature: Float64Array },
    target: number,
    predictor: Step | null,
  ): Step {
    const { assets, scenarios, losses, share, barrier } = this.problem;
    const right = new Float64Array(assets + 1);
    const excess = new Float64Array(scenarios);
    const below = new Float64Array(scenarios);
    let mass = 0;
    for (let s = 0; s < scenarios; s++) {
      const p = this.p[s]!;
      below[s] = target - p * this.v[s]! - (predictor === null ? 0 : predictor.p[s]! * predictor.v[s]!);
      excess[s] = target - (share - p) * this.u[s]! + (predictor === null ? 0 : predictor.p[s]! * predictor.u[s]!);
      const pull = curvature[s]! * (below[s]! / p - excess[s]! / (share - p));
      mass += p + pull;
      for (let i = 0; i < assets; i++) right[i]! -= (p + pull) * losses[s * assets + i]!;
    }
    right[assets] = mass - 1;
    const product = barrier.map((b, i) => b - (predictor === null ? 0 : predictor.w[i]! * predictor.z[i]!));
    for (let i = 0; i < assets; i++) right[i]! += product[i]! / this.w[i]!;
    const solved = choleskySolve(factor, assets + 1, right);
    const w = solved.slice(0, assets);
    const t = solved[assets]!;
    const z = w.map((step, i) => (product[i]! - this.z[i]! * this.w[i]! - this.z[i]! * step) / this.w[i]!);
    const moved = this.along(w);
    const p = moved.map(
      (loss, s) => curvature[s]! * (below[s]! / this.p[s]! - excess[s]! / (share - this.p[s]!) + loss - t),
    );
    const u = p.map((step, s) => (excess[s]! + this.u[s]! * step) / (share - this.p[s]!));
    const v = u.map((step, s) => step + t - moved[s]!);
    return { w, t, z, p, u, v };
  }

  private stepLength(step: Step, part: number): number {
    let length = 1;
    const limit = (values: Float64Array, steps: Float64Array): void => {
      for (let k = 0; k < values.length; k++) {
        if (steps[k]! < 0) length = Math.min(length, (-part * values[k]!) / steps[k]!);
      }
    };
    limit(this.w, step.w);
    limit(this.z, step.z);
    limit(this.u, step.u);
    limit(this.v, step.v);
    limit(this.p, step.p);
    const { share } = this.problem;
    for (let s = 0; s < step.p.length; s++) {
      if (step.p[s]! > 0) length = Math.min(length, (part * (share - this.p[s]!)) / step.p[s]!);
    }
    return length;
  }
}

function add(target: Float64Array, step: Float64Array, length: number): void {
  for (let k = 0; k < target.length; k++) target[k]! += length * step[k]!;
}
