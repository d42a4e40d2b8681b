import fc from 'fast-check';
import { covariance, ids } from '../../test/support/allocation.js';
import { seededCovariance, seeds } from '../../test/support/arbitrary.js';
import { picked, reverse, reversed, scaled, withStill } from '../../test/support/covariances.js';
import { failureOf } from '../../test/support/failure.js';
import { sum } from '../../test/support/golden.js';
import { expectedReturns } from '../../test/support/optimisation.js';
import { seen } from '../../test/support/seen.js';
import { createCovariance } from '../model/covariance.js';
import { quadraticForm } from '../model/risk-model-matrix.js';
import { cappedRisk } from './risk-cap.js';
import { meanVariance } from './mean-variance.js';

const base = { covariance, expectedReturns, riskAversion: 8 };

describe('a cap on a group’s share of risk', () => {
  const members = ['LLY', 'MSFT'];

  it.each([0.5, 0.3, 0.1])('of %d is met to 1e-8, and no portfolio is better than its bound', (share) => {
    const caps = [{ id: 'health', assetIds: members, share }];
    const solution = cappedRisk({ ...base, caps });
    const taken = sum(members.map((id) => solution.realisedShares[ids.indexOf(id)]!));
    expect(taken).toBeLessThan(share + 1e-8);
    expect(solution.infeasibility).toBeLessThan(1e-8);
    // The bound of one cap is tight: that it is the best of all is proven.
    expect(solution.status).toBe('optimal');
    expect(solution.bound!).toBeGreaterThanOrEqual(solution.objective! - 1e-15);
    expect(solution.gap!).toBeLessThan(1e-6 * Math.abs(solution.objective!));
    expect(solution.binding.map(({ constraint }) => constraint)).toContain('riskShare:health');
    expect(solution.seed).toBe(1);
  });

  it('beside another is a local optimum with a bound, both caps met to 1e-8', () => {
    const first = cappedRisk({ ...base, caps: [{ id: 'health', assetIds: members, share: 0.2 }] });
    const taken = (weights: { realisedShares: Float64Array }, names: readonly string[]) =>
      sum(names.map((id) => weights.realisedShares[ids.indexOf(id)]!));
    // The names that take most of the risk that the first cap leaves.
    const others = ids
      .filter((id) => !members.includes(id))
      .sort((a, b) => taken(first, [b]) - taken(first, [a]))
      .slice(0, 2);
    const caps = [
      { id: 'health', assetIds: members, share: 0.2 },
      { id: 'next', assetIds: others, share: 0.6 * taken(first, others) },
    ];
    const solution = cappedRisk({ ...base, caps });
    expect(solution.status).toBe('localOptimum');
    for (const { assetIds, share } of caps) expect(taken(solution, assetIds)).toBeLessThan(share + 1e-8);
    expect(solution.infeasibility).toBeLessThan(1e-8);
    expect(solution.bound!).toBeGreaterThan(solution.objective!);
    expect(solution.objective!).toBeLessThan(first.objective!);
    expect(solution.gap).toBeCloseTo(solution.bound! - solution.objective!, 15);
  });

  it('is the same for the same seed', () => {
    const problem = { ...base, caps: [{ id: 'a', assetIds: members, share: 0.3 }], seed: 7 };
    expect(Array.from(cappedRisk(problem).weights)).toEqual(Array.from(cappedRisk(problem).weights));
  });

  it('not in the way leaves the optimum as it is', () => {
    const solution = cappedRisk({ ...base, caps: [{ id: 'a', assetIds: members, share: 0.95 }] });
    expect(solution.status).toBe('optimal');
    expect(Array.from(solution.weights)).toEqual(Array.from(meanVariance(base).weights));
  });

  it('of two assets agrees with all portfolios tried one by one', () => {
    const two = createCovariance(Float64Array.of(1e-4, 2e-5, 2e-5, 4e-4), 2, { ids: ['a', 'b'] });
    const means = Float64Array.of(1e-4, 6e-4);
    const solution = cappedRisk({
      covariance: two,
      expectedReturns: means,
      riskAversion: 2,
      caps: [{ id: 'b', assetIds: ['b'], share: 0.4 }],
    });
    let best = -Infinity;
    for (let k = 0; k <= 200_000; k++) {
      const b = k / 200_000;
      const a = 1 - b;
      const variance = a * a * 1e-4 + 2 * a * b * 2e-5 + b * b * 4e-4;
      if ((b * b * 4e-4 + a * b * 2e-5) / variance > 0.4) continue;
      best = Math.max(best, a * 1e-4 + b * 6e-4 - variance);
    }
    expect(solution.objective!).toBeGreaterThanOrEqual(best);
    expect(seen('Few assets, whole lots', solution.objective! / best - 1, 'cap, by a grid')).toBeLessThan(1e-4);
  });

  it('that nothing can meet is never answered', () => {
    const bounds = [{ assetId: 'LLY', lower: 0.9 }];
    const caps = [{ id: 'a', assetIds: members, share: 0.1 }];
    expect(failureOf(() => cappedRisk({ ...base, caps, constraints: { bounds }, starts: 1 })).reason).toBe(
      'notConverged',
    );
    expect(failureOf(() => cappedRisk({ ...base, caps: [{ id: 'x', assetIds: ['?'], share: 0.1 }] })).reason).toBe(
      'invalidInput',
    );
  });
});

describe('caps on shares of risk of any covariance', () => {
  const meansOf = (assets: number, size = 1) =>
    Float64Array.from({ length: assets }, (_, i) => size * 1e-4 * ((i % 3) + 1));
  const cap = (share: number, ...assetIds: string[]) => ({ id: 'cap', assetIds, share });

  it('are met, with the utility of the weights below its bound, which moves neither with the assets nor the unit', () => {
    fc.assert(
      fc.property(
        seeds,
        fc.integer({ min: 2, max: 5 }),
        fc.double({ min: 0.05, max: 0.6, noNaN: true }),
        fc.constantFrom(1e-12, 1e6),
        (seed, assets, share, size) => {
          const matrix = seededCovariance(seed, assets);
          const caps = [cap(share, 'A0')];
          const problem = { covariance: matrix, expectedReturns: meansOf(assets), riskAversion: 5, caps, starts: 1 };
          const solution = cappedRisk(problem);
          const { weights, objective, bound, realisedShares } = solution;
          expect(sum(weights)).toBeCloseTo(1, 9);
          expect(sum(realisedShares)).toBeCloseTo(1, 10);
          expect(realisedShares[0]!).toBeLessThan(share + 1e-8);
          expect(solution.infeasibility).toBeLessThan(1e-8);
          const utility =
            sum(weights.map((weight, i) => weight * problem.expectedReturns[i]!)) -
            2.5 * quadraticForm(matrix, weights);
          expect(objective! / utility).toBeCloseTo(1, 10);
          if (bound !== undefined) expect(bound).toBeGreaterThanOrEqual(objective! - 1e-9 * Math.abs(objective!));
          const turned = cappedRisk({
            ...problem,
            covariance: reversed(matrix),
            expectedReturns: reverse(problem.expectedReturns),
          });
          // γ is per unit of variance: returns twice as large with half of it are the same question.
          const other = cappedRisk({
            ...problem,
            covariance: scaled(matrix, size),
            expectedReturns: meansOf(assets, size),
            riskAversion: 5 / size,
          });
          for (const [same, unit] of [
            [turned, 1],
            [other, size],
          ] as const) {
            expect(same.infeasibility).toBeLessThan(1e-8);
            expect(same.status).toBe(solution.status);
            expect((same.bound ?? same.objective!) / unit / (bound ?? objective!)).toBeCloseTo(1, 6);
            if (solution.status === 'optimal') expect(same.objective! / unit / objective!).toBeCloseTo(1, 6);
          }
        },
      ),
      { numRuns: 20 },
    );
  });

  it('of one asset hold only where it may take everything; an empty group takes nothing', () => {
    const one = { covariance: seededCovariance(3, 1), expectedReturns: meansOf(1), riskAversion: 5 };
    expect(failureOf(() => cappedRisk({ ...one, caps: [cap(0.5, 'A0')], starts: 1 })).details.clashing).toEqual([
      'riskShare:cap',
    ]);
    expect(Array.from(cappedRisk({ ...one, caps: [cap(0.5)] }).weights)).toEqual([1]);
  });

  it('on one of two twins spread over both what one alone may not take; on both are a cap on one', () => {
    const single = seededCovariance(8, 3);
    const twins = picked(single, [0, 1, 2, 0]);
    const base3 = { covariance: single, expectedReturns: meansOf(3), riskAversion: 5 };
    const base4 = { covariance: twins, expectedReturns: Float64Array.of(1e-4, 2e-4, 3e-4, 1e-4), riskAversion: 5 };
    const alone = cappedRisk({ ...base3, caps: [cap(0.1, 'A0')] });
    const both = cappedRisk({ ...base4, caps: [cap(0.1, 'A0', 'A0-again')] });
    expect(both.objective! / alone.objective!).toBeCloseTo(1, 6);
    const free = meanVariance(base3);
    const spread = cappedRisk({ ...base4, caps: [cap(0.1, 'A0')] });
    expect(spread.objective! / free.objective!).toBeCloseTo(1, 6);
  });

  it('are no matter where a portfolio without risk is best', () => {
    const still = withStill(seededCovariance(4, 3));
    const problem = { covariance: still, expectedReturns: Float64Array.of(0, 0, 0, 1e-4), riskAversion: 5 };
    const { weights, status } = cappedRisk({ ...problem, caps: [cap(0.1, 'A0')] });
    expect(weights[3]).toBeCloseTo(1, 6);
    expect(status).toBe('optimal');
  });

  it('are refused where they are no numbers, and of nothing', () => {
    const problem = { covariance: seededCovariance(2, 3), expectedReturns: meansOf(3), riskAversion: 5 };
    const reasonOf = (change: Partial<Parameters<typeof cappedRisk>[0]>): string =>
      failureOf(() => cappedRisk({ ...problem, caps: [cap(0.1, 'A0')], ...change })).reason;
    expect(reasonOf({ expectedReturns: Float64Array.of(1e-4, NaN, 0) })).toBe('invalidInput');
    expect(reasonOf({ riskAversion: NaN })).toBe('invalidInput');
    expect(reasonOf({ caps: [cap(NaN, 'A0')] })).toBe('invalidInput');
    expect(reasonOf({ caps: [cap(1, 'A0')] })).toBe('invalidInput');
    expect(reasonOf({ caps: [cap(0.1, 'A0', 'A0')] })).toBe('invalidInput');
    expect(reasonOf({ caps: [cap(0.1, 'A0'), cap(0.2, 'A1')] })).toBe('invalidInput');
    expect(reasonOf({ starts: 0 })).toBe('invalidInput');
    const nothing = createCovariance(new Float64Array(0), 0, { ids: [] });
    expect(reasonOf({ covariance: nothing, expectedReturns: new Float64Array(0), caps: [] })).toBe('invalidInput');
  });
});
