import type { SmoothObjective } from '../minimisation/minimise.js';

/**
 * The negative correlation part of the likelihood of a DCC(1,1) over (a, b), with analytic scores:
 * ½ Σ_t [ln |R_t| + zᵀ R_t⁻¹ z − zᵀz], R_t the correlations of Q_t = (1 − a − b) S + a z zᵀ + b Q of the day before.
 *
 * With D² = diag(Q) and y = D z: ln |R| = ln |Q| − Σ ln q_ii and zᵀR⁻¹z = yᵀQ⁻¹y, so that R is never formed.
 */
export class DccLikelihood implements SmoothObjective {
  readonly size = 2;
  /** By day: the scores of a and b. */
  readonly scores: Float64Array;
  private readonly q: Float64Array;
  private readonly byA: Float64Array;
  private readonly byB: Float64Array;
  private readonly inverse: Float64Array;
  private readonly factor: Float64Array;

  /** @param z T×n row-major standardised residuals; @param target S, n×n */
  constructor(
    private readonly z: Float64Array,
    private readonly target: Float64Array,
    private readonly assets: number,
  ) {
    const size = assets * assets;
    this.q = new Float64Array(size);
    this.byA = new Float64Array(size);
    this.byB = new Float64Array(size);
    this.inverse = new Float64Array(size);
    this.factor = new Float64Array(size);
    this.scores = new Float64Array((2 * z.length) / assets);
  }

  value(at: Float64Array): number {
    return this.run(at, false);
  }

  gradient(at: Float64Array, out: Float64Array): number {
    const value = this.run(at, true);
    out.fill(0);
    for (let t = 0; t < this.scores.length; t += 2) {
      out[0]! -= this.scores[t]!;
      out[1]! -= this.scores[t + 1]!;
    }
    return value;
  }

  curvature(at: Float64Array): Float64Array {
    this.run(at, true);
    const result = new Float64Array(4);
    for (let t = 0; t < this.scores.length; t += 2) {
      const [a, b] = [this.scores[t]!, this.scores[t + 1]!];
      result[0]! += a * a;
      result[1]! += a * b;
      result[3]! += b * b;
    }
    result[2] = result[1]!;
    return result;
  }

  private run(at: Float64Array, withScores: boolean): number {
    const { assets, z, target, q, byA, byB } = this;
    const [a, b] = [at[0]!, at[1]!];
    q.set(target);
    byA.fill(0);
    byB.fill(0);
    let total = 0;
    for (let row = 0; row < z.length; row += assets) {
      const day = this.day(row, withScores);
      if (!Number.isFinite(day)) return Infinity;
      total += day;
      for (let i = 0; i < assets; i++) {
        for (let j = 0; j < assets; j++) {
          const p = i * assets + j;
          const product = z[row + i]! * z[row + j]!;
          if (withScores) {
            byA[p] = product - target[p]! + b * byA[p]!;
            byB[p] = q[p]! - target[p]! + b * byB[p]!;
          }
          q[p] = (1 - a - b) * target[p]! + a * product + b * q[p]!;
        }
      }
    }
    return 0.5 * total;
  }

  private day(row: number, withScores: boolean): number {
    const { assets, z, q, factor } = this;
    let value = 0;
    const y = new Float64Array(assets);
    for (let i = 0; i < assets; i++) {
      const variance = q[i * assets + i]!;
      y[i] = z[row + i]! * Math.sqrt(variance);
      value -= Math.log(variance) + z[row + i]! * z[row + i]!;
    }
    if (!factorise(q, factor, assets)) return Infinity;
    for (let i = 0; i < assets; i++) value += 2 * Math.log(factor[i * assets + i]!);
    const x = solve(factor, y, assets);
    for (let i = 0; i < assets; i++) value += y[i]! * x[i]!;
    if (withScores) this.scoresOf(row, x);
    return value;
  }

  /** −½ of d ln|Q| − Σ dq_ii/q_ii + 2 xᵀdy − xᵀ dQ x, x = Q⁻¹ y. */
  private scoresOf(row: number, x: Float64Array): void {
    const { assets, z, q, inverse, factor } = this;
    invert(factor, inverse, assets);
    [this.byA, this.byB].forEach((slopes, which) => {
      let total = 0;
      for (let i = 0; i < assets; i++) {
        for (let j = 0; j < assets; j++) {
          const p = i * assets + j;
          total += (inverse[p]! - x[i]! * x[j]!) * slopes[p]!;
        }
        const variance = q[i * assets + i]!;
        const slope = slopes[i * assets + i]!;
        total += (x[i]! * z[row + i]! * slope) / Math.sqrt(variance) - slope / variance;
      }
      this.scores[(2 * row) / assets + which] = -0.5 * total;
    });
  }
}

/** Writes the lower Cholesky factor. @returns false where a pivot is no more than rounding */
export function factorise(matrix: Float64Array, factor: Float64Array, size: number): boolean {
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      let total = matrix[i * size + j]!;
      for (let k = 0; k < j; k++) total -= factor[i * size + k]! * factor[j * size + k]!;
      if (i === j) {
        if (!(total > 1e-14 * matrix[i * size + i]!)) return false;
        factor[i * size + i] = Math.sqrt(total);
      } else factor[i * size + j] = total / factor[j * size + j]!;
    }
  }
  return true;
}

function solve(factor: Float64Array, right: Float64Array, size: number): Float64Array {
  const x = Float64Array.from(right);
  for (let i = 0; i < size; i++) {
    for (let k = 0; k < i; k++) x[i]! -= factor[i * size + k]! * x[k]!;
    x[i]! /= factor[i * size + i]!;
  }
  for (let i = size - 1; i >= 0; i--) {
    for (let k = i + 1; k < size; k++) x[i]! -= factor[k * size + i]! * x[k]!;
    x[i]! /= factor[i * size + i]!;
  }
  return x;
}

function invert(factor: Float64Array, out: Float64Array, size: number): void {
  const unit = new Float64Array(size);
  for (let column = 0; column < size; column++) {
    unit.fill(0);
    unit[column] = 1;
    const x = solve(factor, unit, size);
    for (let i = 0; i < size; i++) out[i * size + column] = x[i]!;
  }
}
