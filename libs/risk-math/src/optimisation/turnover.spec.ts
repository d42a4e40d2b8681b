import { seededNormals } from '../../test/support/arbitrary.js';
import { sampleCovariance } from '../covariance/sample.js';
import type { Covariance } from '../model/covariance.js';
import { createReturns } from '../model/returns.js';
import { multiply, quadraticForm } from '../model/risk-model-matrix.js';
import { minimumVariance } from './mean-variance.js';

const DAYS = 1000;

/** Sample covariance of names that share a market by a correlation of 0.49. */
function marketCovariance(seed: number, assets: number): Covariance {
  const normals = seededNormals(seed, DAYS * (assets + 1));
  const values = new Float64Array(DAYS * assets);
  for (let t = 0; t < DAYS; t++) {
    const market = normals[DAYS * assets + t]!;
    for (let i = 0; i < assets; i++) {
      const own = normals[t * assets + i]!;
      values[t * assets + i] = 0.01 * (0.7 + (0.6 * i) / assets) * (0.7 * market + Math.sqrt(0.51) * own);
    }
  }
  const ids = Array.from({ length: assets }, (_, i) => `A${i}`);
  return sampleCovariance(createReturns(values, DAYS, assets, ids));
}

/**
 * How far the variance may be from its least by the slope alone: 2 wᵀΣ(w − v) at the v of all weights from equal ones, by trades of
 * at most `limit`, that the slope likes best, which sells the steepest names and buys the flattest.
 */
function improvable(covariance: Covariance, weights: Float64Array, limit: number): number {
  const assets = weights.length;
  const slope = multiply(covariance, weights);
  const steepest = Array.from(slope.keys()).sort((a, b) => slope[b]! - slope[a]!);
  const best = new Float64Array(assets).fill(1 / assets);
  let left = limit / 2;
  for (const asset of steepest) {
    const sold = Math.min(left, 1 / assets);
    best[asset]! -= sold;
    left -= sold;
  }
  best[steepest[assets - 1]!]! += limit / 2;
  return 2 * slope.reduce((total, value, i) => total + value * (weights[i]! - best[i]!), 0);
}

describe('minimum variance under a limit of turnover alone', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])(
    'is exact for 200 names in a bounded number of iterations, whatever the draw (%d)',
    (seed) => {
      const covariance = marketCovariance(seed, 200);
      const from = new Float64Array(200).fill(1 / 200);
      const { weights, iterations, objective, infeasibility } = minimumVariance({
        covariance,
        constraints: { turnover: { from, limit: 0.3 } },
      });
      expect(iterations).toBeLessThan(30);
      expect(objective).toBe(quadraticForm(covariance, weights));
      expect(improvable(covariance, weights, 0.3) / objective!).toBeLessThan(1e-10);
      expect(infeasibility).toBeLessThan(1e-10);
      const traded = weights.reduce((total, weight, i) => total + Math.abs(weight - from[i]!), 0);
      expect(traded).toBeCloseTo(0.3, 10);
    },
  );
});
