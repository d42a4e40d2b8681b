import fc from 'fast-check';
import { seededCovariance, seeds } from '../../test/support/arbitrary.js';
import { failureOf } from '../../test/support/failure.js';
import { sum } from '../../test/support/golden.js';
import type { Solution } from '../allocation/types.js';
import { quadraticForm } from '../model/risk-model-matrix.js';
import { maximumDiversification, maximumSharpe } from './maximum-ratio.js';
import { maximumReturn, meanVariance, minimumVariance } from './mean-variance.js';
import type { PortfolioConstraints } from './types.js';

/** Constraints of every kind, by seed and shape. */
function constraintsOf(ids: readonly string[], means: Float64Array, seed: number, shape: number): PortfolioConstraints {
  const size = ids.length;
  const equal = new Float64Array(size).fill(1 / size);
  const part = (k: number): number => ((seed >> k) % 8) / 8;
  return {
    ...(shape % 2 === 1
      ? {
          bounds: ids.map((assetId, i) => ({
            assetId,
            lower: i % 3 === 0 ? -0.1 : 0,
            upper: 1.5 / size + 0.3 * part(i % 20),
          })),
        }
      : {}),
    ...((shape >> 1) % 2 === 1
      ? { groups: [{ id: 'g', assetIds: ids.slice(0, size >> 1), lower: 0.3, upper: 0.7 }] }
      : {}),
    ...((shape >> 2) % 2 === 1 ? { trackingError: { benchmark: equal, limitAnnual: 0.01 + 0.05 * part(3) } } : {}),
    ...((shape >> 3) % 2 === 1 ? { turnover: { from: equal, limit: 0.1 + 0.4 * part(5) } } : {}),
    ...((shape >> 4) % 2 === 1 ? { net: { lower: 0.8, upper: 1.1 } } : {}),
    ...((shape >> 5) % 2 === 1 ? { linear: [{ id: 'return', coefficients: means, lower: 0 }] } : {}),
  };
}

describe('optimisation under any mixture of constraints', () => {
  it('is feasible to 1e-8, and no step towards another answer betters an answer', () => {
    let answered = 0;
    fc.assert(
      fc.property(seeds, fc.integer({ min: 4, max: 12 }), fc.integer({ min: 0, max: 63 }), (seed, size, shape) => {
        const covariance = seededCovariance(seed, size);
        const means = Float64Array.from({ length: size }, (_, i) => 1e-4 * (((seed >> i) % 11) - 4));
        const constraints = constraintsOf(covariance.ids!, means, seed, shape);
        const problem = { covariance, constraints, expectedReturns: means };
        const variance = (w: Float64Array): number => quadraticForm(covariance, w);
        const mean = (w: Float64Array): number => sum(w.map((weight, i) => weight * means[i]!));
        const deviations = covariance.variances.map(Math.sqrt);
        const methods: [() => Solution, (w: Float64Array) => number][] = [
          [() => minimumVariance(problem), variance],
          [() => meanVariance({ ...problem, riskAversion: 6 }), (w) => 3 * variance(w) - mean(w)],
          [() => maximumReturn(problem), (w) => -mean(w)],
          [() => maximumSharpe(problem), (w) => -mean(w) / Math.sqrt(variance(w))],
          [
            () => maximumDiversification(problem),
            (w) => -sum(w.map((weight, i) => weight * deviations[i]!)) / Math.sqrt(variance(w)),
          ],
        ];
        const found = methods.flatMap(([solve, objective]) => {
          try {
            return [{ solution: solve(), objective }];
          } catch (error) {
            const { reason } = failureOf(() => {
              throw error;
            });
            expect(['infeasible', 'outOfDomain']).toContain(reason);
            return [];
          }
        });
        for (const { solution, objective } of found) {
          answered++;
          expect(solution.infeasibility!).toBeLessThan(1e-8);
          expect(solution.residual).toBeLessThan(1e-8);
          const here = objective(solution.weights);
          for (const other of found) {
            const towards = solution.weights.map((weight, i) => 0.9 * weight + 0.1 * other.solution.weights[i]!);
            expect(objective(towards)).toBeGreaterThan(here - 1e-9 * Math.abs(here) - 1e-14);
          }
        }
      }),
      { numRuns: 40 },
    );
    expect(answered).toBeGreaterThan(60);
  });
});
