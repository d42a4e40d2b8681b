import fc from 'fast-check';
import { covariance, ids } from '../../test/support/allocation.js';
import { seededCovariance, seededNormals, seeds } from '../../test/support/arbitrary.js';
import { failureOf } from '../../test/support/failure.js';
import { relativeDifference, sum } from '../../test/support/golden.js';
import { apart, boundsOf, expectedReturns, group, second } from '../../test/support/optimisation.js';
import { seen } from '../../test/support/seen.js';
import { meanVariance } from './mean-variance.js';
import { robustMeanVariance } from './robust-mean-variance.js';

const DAYS = 500;
const diagonal = covariance.values.map((value, k) => (k % 21 === 0 ? value / DAYS : 0));
const problem = { covariance, expectedReturns, riskAversion: 8 };

describe('robust mean–variance', () => {
  it('agrees with CVXPY and Clarabel, its gap proving it', () => {
    const plain = robustMeanVariance({ ...problem, uncertainty: { matrix: diagonal, radius: 2 } });
    expect(seen('Robust mean–variance', apart(plain, 'robust'), 'weight')).toBeLessThan(1e-6);
    const grouped = robustMeanVariance({
      ...problem,
      riskAversion: 4,
      uncertainty: { matrix: covariance.values.map((value) => value / DAYS), radius: 1.5 },
      constraints: { bounds: boundsOf(0, 0.2), groups: [group('second', second, { upper: 0.3 })] },
    });
    expect(seen('Robust mean–variance', apart(grouped, 'robustGroups'), 'weight')).toBeLessThan(1e-6);
    for (const { gap, objective, infeasibility } of [plain, grouped]) {
      expect(seen('Robust mean–variance', gap! / Math.abs(objective!), 'own gap')).toBeLessThan(1e-9);
      expect(infeasibility).toBeLessThan(1e-10);
    }
  });

  it('without uncertainty is mean–variance, and the more uncertain, the less its worst utility', () => {
    const certain = robustMeanVariance({ ...problem, uncertainty: { matrix: diagonal, radius: 0 } });
    expect(relativeDifference(certain.weights, meanVariance(problem).weights)).toBeLessThan(1e-12);
    const worst = [0, 1, 3, 10].map(
      (radius) => robustMeanVariance({ ...problem, uncertainty: { matrix: diagonal, radius } }).objective!,
    );
    expect(worst).toEqual([...worst].sort((a, b) => b - a));
  });

  it('no weights have a better utility under the worst returns of any estimate', () => {
    fc.assert(
      fc.property(
        seeds,
        fc.integer({ min: 1, max: 8 }),
        fc.double({ min: 0.01, max: 20, noNaN: true }),
        (seed, n, radius) => {
          const sample = seededCovariance(seed, n);
          const returns = seededNormals(seed, n).map((value) => value * 1e-3);
          const matrix = sample.values.map((value) => value / DAYS);
          const solution = robustMeanVariance({
            covariance: sample,
            expectedReturns: returns,
            riskAversion: 3,
            uncertainty: { matrix, radius },
          });
          expect(sum(solution.weights)).toBeCloseTo(1, 10);
          expect(solution.gap! / (Math.abs(solution.objective!) + 1e-9)).toBeLessThan(1e-8);
        },
      ),
      { numRuns: 25 },
    );
  });

  it('refuses an ellipsoid that is none, and names the constraints that clash', () => {
    const matrix = diagonal.map((value) => -value);
    expect(failureOf(() => robustMeanVariance({ ...problem, uncertainty: { matrix, radius: 1 } })).reason).toBe(
      'notPositiveSemiDefinite',
    );
    const radius = -1;
    expect(failureOf(() => robustMeanVariance({ ...problem, uncertainty: { matrix: diagonal, radius } })).reason).toBe(
      'invalidInput',
    );
    const bounds = ids.map((assetId) => ({ assetId, upper: 0.04 }));
    const uncertainty = { matrix: diagonal, radius: 1 };
    expect(failureOf(() => robustMeanVariance({ ...problem, uncertainty, constraints: { bounds } })).reason).toBe(
      'infeasible',
    );
  });
});
