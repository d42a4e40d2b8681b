import { cholesky, choleskySolve } from './cholesky.js';

/** A half-space nᵀz ≥ bound. */
export interface HalfSpace {
  readonly normal: Float64Array;
  readonly bound: number;
}

/** The point of a polyhedron nearest to the origin, or why there is none. */
export type LeastDistance =
  | {
      readonly status: 'optimal';
      readonly point: Float64Array;
      /** Half-spaces that hold with equality, by index, and their multipliers: the point is Σ uⱼ nⱼ. */
      readonly active: readonly number[];
      readonly multipliers: readonly number[];
      readonly iterations: number;
    }
  | {
      readonly status: 'infeasible';
      /** Half-spaces, by index, that no point meets together; without any of them one does. */
      readonly clashing: readonly number[];
    }
  | { readonly status: 'notConverged'; readonly residual: number; readonly iterations: number };

/** A half-space counts as met within this part of |n||z| + |bound|. */
const MET = 1e-12;
/** A normal that keeps less of its squared length than this outside the active ones depends on them. */
const DEPENDENT = 1e-14;

/**
 * min ½|z|² over the half-spaces, by the dual active-set method of Goldfarb and Idnani with the identity as Hessian: it
 * starts at the origin and takes violated half-spaces in one by one, so that every step is exact linear algebra.
 *
 * Source: D. Goldfarb and A. Idnani, "A numerically stable dual method for solving strictly convex quadratic programs",
 * Mathematical Programming 27 (1983).
 */
export function leastDistance(size: number, halfSpaces: readonly HalfSpace[]): LeastDistance {
  return new ActiveSet(size, halfSpaces).solve();
}

class ActiveSet {
  private readonly point: Float64Array;
  private readonly active: number[] = [];
  private readonly multipliers: number[] = [];
  private readonly limit: number;
  private iterations = 0;

  constructor(
    size: number,
    private readonly halfSpaces: readonly HalfSpace[],
  ) {
    this.point = new Float64Array(size);
    this.limit = 50 + 20 * (size + halfSpaces.length);
  }

  solve(): LeastDistance {
    for (;;) {
      const entering = this.mostViolated();
      if (entering === null) {
        const { point, active, multipliers, iterations } = this;
        return { status: 'optimal', point, active, multipliers, iterations };
      }
      const clashing = this.enter(entering);
      if (clashing !== null) return { status: 'infeasible', clashing };
      if (this.iterations > this.limit) {
        return { status: 'notConverged', residual: -this.slack(entering), iterations: this.iterations };
      }
    }
  }

  /** nᵀz − bound. */
  private slack(index: number): number {
    const { normal, bound } = this.halfSpaces[index]!;
    return dot(normal, this.point) - bound;
  }

  private mostViolated(): number | null {
    const reach = Math.sqrt(dot(this.point, this.point));
    let worst: number | null = null;
    let most = 0;
    for (let index = 0; index < this.halfSpaces.length; index++) {
      if (this.active.includes(index)) continue;
      const { normal, bound } = this.halfSpaces[index]!;
      const length = Math.sqrt(dot(normal, normal));
      const slack = this.slack(index);
      if (slack >= -MET * (length * reach + Math.abs(bound))) continue;
      const violation = -slack / (length > 0 ? length : 1);
      if (violation > most) {
        most = violation;
        worst = index;
      }
    }
    return worst;
  }

  /** Makes one violated half-space active, dropping what stands in its way. @returns the clash when nothing helps */
  private enter(entering: number): readonly number[] | null {
    let multiplier = 0;
    const { normal } = this.halfSpaces[entering]!;
    for (;;) {
      if (++this.iterations > this.limit) return null;
      const along = this.project(normal);
      const direction = this.outside(normal, along);
      const free = dot(direction, direction);
      const primal = free > DEPENDENT * dot(normal, normal) ? -this.slack(entering) / free : Infinity;
      const { blocking, dual } = this.blocking(along);
      const step = Math.min(primal, dual);
      if (step === Infinity) return [...this.active.filter((_, at) => along[at]! < 0), entering];
      this.multipliers.forEach((value, at) => (this.multipliers[at] = value - step * along[at]!));
      multiplier += step;
      if (primal !== Infinity) for (let i = 0; i < direction.length; i++) this.point[i]! += step * direction[i]!;
      if (step === primal) {
        this.active.push(entering);
        this.multipliers.push(multiplier);
        return null;
      }
      this.active.splice(blocking, 1);
      this.multipliers.splice(blocking, 1);
    }
  }

  /** Coefficients of the normal on the active normals. */
  private project(normal: Float64Array): Float64Array {
    const count = this.active.length;
    const gram = new Float64Array(count * count);
    const right = new Float64Array(count);
    for (let a = 0; a < count; a++) {
      const own = this.halfSpaces[this.active[a]!]!.normal;
      right[a] = dot(own, normal);
      for (let b = 0; b <= a; b++) {
        gram[a * count + b] = dot(own, this.halfSpaces[this.active[b]!]!.normal);
        gram[b * count + a] = gram[a * count + b]!;
      }
    }
    const factor = cholesky(gram, count);
    return factor === null ? right.fill(0) : choleskySolve(factor, count, right);
  }

  /** The part of the normal that the active ones leave over. */
  private outside(normal: Float64Array, along: Float64Array): Float64Array {
    const direction = Float64Array.from(normal);
    this.active.forEach((index, at) => {
      const own = this.halfSpaces[index]!.normal;
      for (let i = 0; i < direction.length; i++) direction[i]! -= along[at]! * own[i]!;
    });
    return direction;
  }

  private blocking(along: Float64Array): { readonly blocking: number; readonly dual: number } {
    let blocking = -1;
    let dual = Infinity;
    along.forEach((value, at) => {
      if (value <= 0) return;
      const step = this.multipliers[at]! / value;
      if (step < dual) {
        dual = step;
        blocking = at;
      }
    });
    return { blocking, dual };
  }
}

function dot(a: Float64Array, b: Float64Array): number {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += a[i]! * b[i]!;
  return total;
}
