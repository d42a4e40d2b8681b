import fc from 'fast-check';
import { covariance, ids } from '../../test/support/allocation.js';
import { seededCovariance, seeds } from '../../test/support/arbitrary.js';
import { failureOf } from '../../test/support/failure.js';
import { sum } from '../../test/support/golden.js';
import { expectedReturns } from '../../test/support/optimisation.js';
import { seen } from '../../test/support/seen.js';
import { subCovariance } from '../model/risk-model-matrix.js';
import { meanVariance } from '../optimisation/mean-variance.js';
import { branchAndBound } from './branch-and-bound.js';
import { discreteMeanVariance } from './discrete-mean-variance.js';

/** All choices of `count` numbers below `size`. */
function* choices(size: number, count: number, from = 0): Generator<number[]> {
  if (count === 0) yield [];
  else for (let i = from; i < size; i++) for (const rest of choices(size, count - 1, i + 1)) yield [i, ...rest];
}

const held = (weights: Float64Array): number => weights.filter((weight) => Math.abs(weight) > 1e-9).length;

describe('few assets', () => {
  it('are the best of all choices: tried one by one', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 2, max: 8 }), fc.integer({ min: 1, max: 3 }), (seed, size, count) => {
        fc.pre(count <= size);
        const matrix = seededCovariance(seed, size);
        const means = Float64Array.from({ length: size }, (_, i) => 1e-4 * ((seed >> i) % 7));
        const solution = discreteMeanVariance({
          covariance: matrix,
          expectedReturns: means,
          riskAversion: 5,
          maximumAssets: count,
        });
        let best = -Infinity;
        for (const members of choices(size, count)) {
          const part = subCovariance(
            matrix,
            members,
            members.map((i) => matrix.ids![i]!),
          );
          const alone = meanVariance({
            covariance: part,
            expectedReturns: Float64Array.from(members, (i) => means[i]!),
            riskAversion: 5,
          });
          best = Math.max(best, alone.objective!);
        }
        expect(solution.status).toBe('optimal');
        expect(held(solution.weights)).toBeLessThanOrEqual(count);
        if (Math.abs(best) > 1e-9)
          expect(seen('Few assets, whole lots', solution.objective! / best - 1, 'objective')).toBeLessThan(2e-9);
        else expect(Math.abs(solution.objective! - best)).toBeLessThan(1e-17);
        expect(solution.bound!).toBeGreaterThanOrEqual(best * (best > 0 ? 1 - 1e-9 : 1 + 1e-9) - 1e-18);
      }),
      { numRuns: 40 },
    );
  });

  it('with a least holding keep to it, and are no better than without', () => {
    const base = { covariance, expectedReturns, riskAversion: 8, maximumAssets: 4 };
    const free = discreteMeanVariance(base);
    const least = discreteMeanVariance({ ...base, minimumHolding: 0.15 });
    for (const weight of least.weights) expect(weight === 0 || weight >= 0.15 - 1e-9 || weight < 1e-9).toBe(true);
    expect(least.objective!).toBeLessThanOrEqual(free.objective! + 1e-15);
    expect(least.status).toBe('optimal');
  });
});

describe('whole lots', () => {
  it('are the best of all portfolios of lots: tried one by one', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const matrix = seededCovariance(seed, 3);
        const lots = Float64Array.of(0.1, 0.15, 0.2);
        const net = { lower: 0.8, upper: 1 };
        const means = Float64Array.of(2e-4, 1e-4, 3e-4);
        const solution = discreteMeanVariance({
          covariance: matrix,
          expectedReturns: means,
          riskAversion: 4,
          lots,
          constraints: { net },
        });
        let best = -Infinity;
        for (let a = 0; a <= 10; a++)
          for (let b = 0; b <= 6; b++)
            for (let c = 0; c <= 5; c++) {
              const w = [a * 0.1, b * 0.15, c * 0.2];
              const total = sum(w);
              if (total < 0.8 - 1e-12 || total > 1 + 1e-12) continue;
              let variance = 0;
              w.forEach((x, i) => w.forEach((y, j) => (variance += x * y * matrix.values[i * 3 + j]!)));
              best = Math.max(best, sum(w.map((x, i) => x * means[i]!)) - 2 * variance);
            }
        expect(seen('Few assets, whole lots', solution.objective! / best - 1, 'objective')).toBeLessThan(2e-9);
        solution.weights.forEach((weight, i) =>
          expect(Math.abs(weight / lots[i]! - Math.round(weight / lots[i]!))).toBeLessThan(1e-9),
        );
      }),
      { numRuns: 25 },
    );
  });
});

describe('a search that is cut short', () => {
  it('says so, with weights that obey and a bound above them', () => {
    const solution = discreteMeanVariance({
      covariance,
      expectedReturns: new Float64Array(20),
      riskAversion: 1,
      maximumAssets: 5,
      maximumParts: 20,
    });
    expect(solution.status).toBe('stopped');
    expect(held(solution.weights)).toBeLessThanOrEqual(5);
    expect(solution.gap!).toBeGreaterThan(0);
    expect(solution.bound!).toBeCloseTo(solution.objective! + solution.gap!, 15);
  });

  it('is refused where nothing can be found', () => {
    const bounds = ids.map((assetId) => ({ assetId, upper: 0.2 }));
    const few = { covariance, expectedReturns, riskAversion: 1, maximumAssets: 4, constraints: { bounds } };
    const { reason, details } = failureOf(() => discreteMeanVariance(few));
    expect(reason).toBe('infeasible');
    expect(details.clashing).toEqual([...ids.map((id) => `upperBound:${id}`), 'netLower', 'maximumAssets']);
    const lots = new Float64Array(20).fill(0.3);
    const whole = failureOf(() => discreteMeanVariance({ covariance, expectedReturns, riskAversion: 1, lots }));
    expect(whole.details.clashing).toEqual(['netLower', 'netUpper', 'lots']);
    const tight = ids.map((assetId) => ({ assetId, upper: 0.01 }));
    expect(failureOf(() => discreteMeanVariance({ ...few, constraints: { bounds: tight } })).reason).toBe('infeasible');
    expect(failureOf(() => discreteMeanVariance({ ...few, maximumAssets: 0 })).reason).toBe('invalidInput');
  });
});

describe('branch and bound', () => {
  it('looks at no part that cannot better what is known', () => {
    const seen: number[] = [];
    // Numbers below 2^depth, halved; the value of a number is itself, the bound of a half its smallest.
    const result = branchAndBound<[number, number], number>(
      {
        root: [3, 64],
        relax: ([low, high]) => {
          seen.push(low);
          if (high - low === 1) return { bound: low, answer: { value: low, answer: low }, parts: [] };
          const middle = (low + high) >> 1;
          return {
            bound: low,
            parts: [
              [low, middle],
              [middle, high],
            ],
          };
        },
      },
      { gap: 0, parts: 1000 },
    );
    expect(result).toMatchObject({ best: { value: 3 }, bound: 3, complete: true });
    expect(seen.length).toBeLessThan(16);
  });
});
