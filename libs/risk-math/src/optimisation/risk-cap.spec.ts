import { covariance, ids } from '../../test/support/allocation.js';
import { failureOf } from '../../test/support/failure.js';
import { sum } from '../../test/support/golden.js';
import { expectedReturns } from '../../test/support/optimisation.js';
import { createCovariance } from '../model/covariance.js';
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
    expect(solution.objective! / best).toBeCloseTo(1, 4);
  });

  it('that nothing can meet is never answered', () => {
    const bounds = [{ assetId: 'LLY', lower: 0.9 }];
    const caps = [{ id: 'a', assetIds: members, share: 0.1 }];
    expect(failureOf(() => cappedRisk({ ...base, caps, constraints: { bounds } })).reason).toBe('notConverged');
    expect(failureOf(() => cappedRisk({ ...base, caps: [{ id: 'x', assetIds: ['?'], share: 0.1 }] })).reason).toBe(
      'invalidInput',
    );
  });
});
