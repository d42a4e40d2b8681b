import { columnMeans } from '../kernels/portable.js';
import type { Returns } from '../model/returns.js';

/**
 * What Ledoit–Wolf intensities need of the fourth moments of centred returns x. Sums over pairs of assets collapse to sums
 * over days, so that nothing beyond nT operations is done: Σ_ij mean (x_i x_j)² = mean (Σ_i x_i²)².
 */
export interface FourthMoments {
  /** Σ_ij mean over days of (x_i x_j)². */
  readonly total: number;
  /** By asset: mean over days of x_i⁴. */
  readonly own: Float64Array;
  /** By asset: mean over days of x_i³ Σ_j s_j x_j; with the scales s given. */
  readonly cross: Float64Array;
  /** By day: Σ_i x_i². */
  readonly squares: Float64Array;
  /** By day: Σ_j s_j x_j. */
  readonly weighted: Float64Array;
}

/** @param scales n */
export function fourthMoments({ values, observations, assets }: Returns, scales: Float64Array): FourthMoments {
  const means = columnMeans(values, observations, assets);
  const own = new Float64Array(assets);
  const cross = new Float64Array(assets);
  const squares = new Float64Array(observations);
  const weighted = new Float64Array(observations);
  const day = new Float64Array(assets);
  let total = 0;
  for (let t = 0; t < observations; t++) {
    let sum = 0;
    let ofSquares = 0;
    for (let i = 0; i < assets; i++) {
      const x = values[t * assets + i]! - means[i]!;
      day[i] = x;
      ofSquares += x * x;
      sum += scales[i]! * x;
    }
    for (let i = 0; i < assets; i++) {
      const x = day[i]!;
      const cube = x * x * x;
      own[i]! += cube * x;
      cross[i]! += cube * sum;
    }
    squares[t] = ofSquares;
    weighted[t] = sum;
    total += ofSquares * ofSquares;
  }
  for (let i = 0; i < assets; i++) {
    own[i]! /= observations;
    cross[i]! /= observations;
  }
  return { total: total / observations, own, cross, squares, weighted };
}
