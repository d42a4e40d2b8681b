import type { SmoothObjective } from '../minimisation/minimise.js';

/**
 * The negative likelihood of a DCC(1,1) over (a, b) summed over pairs of neighbours, with analytic scores. Of one pair and day it is
 * ½ [ln(1 − ρ²) + (x² − 2ρxy + y²) / (1 − ρ²) − x² − y²], ρ = q_xy / √(q_xx q_yy), q as in the full model.
 */
export class PairLikelihood implements SmoothObjective {
  readonly size = 2;
  /** By day: the scores of a and b, summed over the pairs. */
  private readonly scores: Float64Array;

  /** @param z T×n row-major standardised residuals; @param target n×n mean of z zᵀ, 1 on its diagonal */
  constructor(
    private readonly z: Float64Array,
    private readonly target: Float64Array,
    private readonly assets: number,
  ) {
    this.scores = new Float64Array((2 * z.length) / assets);
  }

  value(at: Float64Array): number {
    return this.run(at);
  }

  gradient(at: Float64Array, out: Float64Array): number {
    const value = this.run(at);
    out.fill(0);
    for (let t = 0; t < this.scores.length; t += 2) {
      out[0]! -= this.scores[t]!;
      out[1]! -= this.scores[t + 1]!;
    }
    return value;
  }

  curvature(at: Float64Array): Float64Array {
    this.run(at);
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

  private run(at: Float64Array): number {
    this.scores.fill(0);
    let total = 0;
    for (let i = 0; i + 1 < this.assets; i++) total += this.pair(i, at[0]!, at[1]!);
    return Number.isFinite(total) ? 0.5 * total : Infinity;
  }

  /** Twice the negative likelihood of neighbours i and i + 1; the recursions of q and of its slopes by a and b are written out. */
  private pair(i: number, a: number, b: number): number {
    const { z, assets, scores } = this;
    const mean = this.target[i * assets + i + 1]!;
    const kept = 1 - a - b;
    let [qxx, qxy, qyy] = [1, mean, 1];
    let [axx, axy, ayy, bxx, bxy, byy] = [0, 0, 0, 0, 0, 0];
    let total = 0;
    for (let row = i, day = 0; row < z.length; row += assets, day += 2) {
      const x = z[row]!;
      const y = z[row + 1]!;
      const root = 1 / Math.sqrt(qxx * qyy);
      const rho = qxy * root;
      const free = 1 - rho * rho;
      if (!(free > 1e-14)) return Infinity;
      const form = (x * x - 2 * rho * x * y + y * y) / free;
      total += Math.log(free) + form - x * x - y * y;
      // ½ of the slope by ρ.
      const slope = (rho * (form - 1) - x * y) / free;
      scores[day]! -= slope * (axy * root - 0.5 * rho * (axx / qxx + ayy / qyy));
      scores[day + 1]! -= slope * (bxy * root - 0.5 * rho * (bxx / qxx + byy / qyy));
      axx = x * x - 1 + b * axx;
      axy = x * y - mean + b * axy;
      ayy = y * y - 1 + b * ayy;
      bxx = qxx - 1 + b * bxx;
      bxy = qxy - mean + b * bxy;
      byy = qyy - 1 + b * byy;
      qxx = kept + a * x * x + b * qxx;
      qxy = kept * mean + a * x * y + b * qxy;
      qyy = kept + a * y * y + b * qyy;
    }
    return total;
  }
}
