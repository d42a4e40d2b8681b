import fc from 'fast-check';
import { covariance, ids } from '../../test/support/allocation.js';
import { seededCovariance, seeds } from '../../test/support/arbitrary.js';
import { failureOf } from '../../test/support/failure.js';
import { sum } from '../../test/support/golden.js';
import { boundsOf, equal, group, variance } from '../../test/support/optimisation.js';
import { smallestTrades } from './smallest-trades.js';

const rising = Float64Array.from({ length: 20 }, (_, i) => (i + 1) / 210);

describe('the smallest trade list', () => {
  it('is empty where the constraints hold', () => {
    const list = smallestTrades({ covariance, from: equal, constraints: { bounds: boundsOf(0, 0.06) } });
    expect(list).toMatchObject({ trades: [], turnover: 0, status: 'optimal', bound: 0, gap: 0 });
  });

  it('sells what is over its bound and buys one asset that has room', () => {
    const from = Float64Array.from(equal, (_, i) => (i === 0 ? 0.12 : i === 1 ? 0.04 : (1 - 0.16) / 18));
    const list = smallestTrades({ covariance, from, constraints: { bounds: boundsOf(0, 0.1) } });
    expect(list.status).toBe('optimal');
    expect(list.trades).toHaveLength(2);
    expect(list.trades[0]).toMatchObject({ assetId: ids[0], from: 0.12 });
    expect(list.trades[0]!.to).toBeCloseTo(0.1, 12);
    expect(list.turnover).toBeCloseTo(0.04, 12);
    expect(list.infeasibility).toBeLessThan(1e-9);
  });

  it('is the least of all lists: every set of assets tried', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 3, max: 6 }), fc.integer({ min: 30, max: 60 }), (seed, size, cap) => {
        const matrix = seededCovariance(seed, size);
        const assetIds = matrix.ids!;
        const raw = assetIds.map((_, i) => 1 + ((seed >> (3 * i)) % 8));
        const from = Float64Array.from(raw, (value) => value / sum(raw));
        const constraints = {
          bounds: assetIds.map((assetId) => ({ assetId, upper: cap / 100 })),
          groups: [group('first', assetIds.slice(0, 2), { upper: 0.5 })],
        };
        // Whether any weights obey: the caps have room for everything.
        fc.pre(Math.min(0.5, (2 * cap) / 100) + ((size - 2) * cap) / 100 >= 1);
        const list = smallestTrades({ covariance: matrix, from, constraints });
        let fewest = Infinity;
        let least = Infinity;
        for (let set = 0; set < 2 ** size; set++) {
          const count = assetIds.filter((_, i) => (set >> i) % 2 === 1).length;
          if (count > fewest) continue;
          const bounds = assetIds.map((assetId, i) =>
            (set >> i) % 2 === 1 ? { assetId, upper: cap / 100 } : { assetId, lower: from[i]!, upper: from[i]! },
          );
          if (assetIds.some((_, i) => (set >> i) % 2 === 0 && from[i]! > cap / 100)) continue;
          const turnover = leastOf(from, bounds, size);
          if (turnover === null || turnover.first > 0.5 + 1e-12) continue;
          if (count < fewest || turnover.least < least) {
            fewest = count;
            least = turnover.least;
          }
        }
        expect(list.status).toBe('optimal');
        expect(list.trades.length).toBe(fewest);
        expect(list.turnover).toBeGreaterThan(least - 1e-9);
        expect(list.infeasibility).toBeLessThan(1e-9);
        expect(list.bound).toBe(list.trades.length);
      }),
      { numRuns: 40 },
    );
  });

  it('obeys limits on tracking error and volatility, and says how few trades there must be', () => {
    const limit = { trackingError: { benchmark: equal, limitAnnual: 0.03 } };
    const list = smallestTrades({ covariance, from: rising, constraints: limit, maximumParts: 12 });
    const active = list.weights.map((weight, i) => weight - equal[i]!);
    expect(Math.sqrt(252 * variance(active))).toBeLessThan(0.03 + 1e-8);
    expect(list.bound!).toBeLessThanOrEqual(list.trades.length);
    expect(list.gap).toBe(list.trades.length - list.bound!);
    const cash = smallestTrades({
      covariance,
      from: rising,
      constraints: { net: { lower: 0, upper: 1 }, volatilityAnnual: 0.13 },
      maximumParts: 12,
    });
    expect(Math.sqrt(252 * variance(cash.weights))).toBeLessThan(0.13 + 1e-8);
    for (const { assetId, to } of cash.trades) expect(cash.weights[ids.indexOf(assetId)]).toBe(to);
  });

  it('names what clashes', () => {
    const bounds = boundsOf(0, 0.04);
    expect(failureOf(() => smallestTrades({ covariance, from: equal, constraints: { bounds } })).reason).toBe(
      'infeasible',
    );
    const nan = equal.map(() => NaN);
    expect(failureOf(() => smallestTrades({ covariance, from: nan })).reason).toBe('invalidInput');
  });
});

/** What has to move into these bounds with the sum kept, and what the first two weigh then at least. */
function leastOf(
  from: Float64Array,
  bounds: { readonly lower?: number; readonly upper: number }[],
  size: number,
): { readonly least: number; readonly first: number } | null {
  const over = sum(from.map((weight, i) => Math.max(0, weight - bounds[i]!.upper)));
  const lowest = (i: number): number => bounds[i]!.lower ?? 0;
  const room = sum(Array.from({ length: size }, (_, i) => Math.max(0, bounds[i]!.upper - from[i]!)));
  if (over > room + 1e-12) return null;
  const outside = sum(Array.from({ length: size - 2 }, (_, k) => bounds[k + 2]!.upper));
  const first = Math.max(lowest(0) + lowest(1), 1 - outside);
  return { least: 2 * over, first };
}
