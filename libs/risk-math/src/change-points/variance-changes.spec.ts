import fc from 'fast-check';
import { seededReturns, seeds } from '../../test/support/arbitrary.js';
import { failureOf } from '../../test/support/failure.js';
import { golden, relativeDifference } from '../../test/support/golden.js';
import { seen } from '../../test/support/seen.js';
import { varianceChangePoints } from './variance-changes.js';

const expected = golden<{
  returns: number[];
  found: { mean: 'zero' | 'own'; penalty: number; days: number[]; cost: number; variances: number[] }[];
}>('change-points/fixtures/change-points.json');
const returns = Float64Array.from(expected.returns);

describe('changes of variance', () => {
  it.each(expected.found)('mean $mean, penalty $penalty: those of unpruned optimal partitioning', (wanted) => {
    const own = varianceChangePoints(returns, { mean: wanted.mean, penalty: wanted.penalty });
    expect(own.days).toEqual(wanted.days);
    expect(seen('Changes of variance', own.cost / wanted.cost - 1)).toBeLessThan(1e-11);
    expect(seen('Changes of variance', relativeDifference(own.variances, wanted.variances))).toBeLessThan(1e-11);
  });

  it('pruning never costs anything: the minimum over every partition, for any series, shortest stretch and penalty', () => {
    fc.assert(
      fc.property(
        seeds,
        fc.integer({ min: 5, max: 9 }),
        fc.double({ min: 0, max: 10, noNaN: true }),
        fc.constantFrom('zero' as const, 'own' as const),
        (seed, leastDays, penalty, mean) => {
          const values = seededReturns(seed, 40, 1).values.map((value, t) => value * (t % 17 < 8 ? 1 : 3));
          const own = varianceChangePoints(values, { leastDays, penalty, mean });
          expect(own.cost).toBeCloseTo(unpruned(values, leastDays, penalty, mean), 8);
          for (const [k, day] of own.days.entries()) {
            expect(day - (own.days[k - 1] ?? 0)).toBeGreaterThanOrEqual(leastDays);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it('finds the day on which a series begins to move three times as much', () => {
    const values = seededReturns(8, 400, 1).values.map((value, t) => (t < 250 ? value : 3 * value));
    const { days, variances } = varianceChangePoints(values);
    expect(days).toHaveLength(1);
    expect(Math.abs(days[0]! - 250)).toBeLessThanOrEqual(5);
    expect(variances[1]! / variances[0]!).toBeGreaterThan(6);
  });

  it('finds the same days in any unit', () => {
    const one = varianceChangePoints(returns);
    for (const factor of [1e-12, 1e6]) {
      expect(varianceChangePoints(returns.map((value) => value * factor)).days).toEqual(one.days);
    }
  });

  it('stays finite where a series stands still for a while', () => {
    const values = returns.map((value, t) => (t >= 100 && t < 150 ? 0 : value));
    const own = varianceChangePoints(values);
    expect(own.days).toContain(100);
    expect(own.variances.every((value) => value > 0 && Number.isFinite(value))).toBe(true);
    expect(Number.isFinite(own.cost)).toBe(true);
  });

  it('refuses too few days, only zeros, NaN, and a penalty below 0', () => {
    expect(failureOf(() => varianceChangePoints(returns.slice(0, 39))).reason).toBe('tooFewObservations');
    expect(failureOf(() => varianceChangePoints(new Float64Array(100))).reason).toBe('outOfDomain');
    expect(failureOf(() => varianceChangePoints(returns.map((v, t) => (t === 3 ? NaN : v)))).reason).toBe(
      'invalidInput',
    );
    expect(failureOf(() => varianceChangePoints(returns, { penalty: -1 })).details.field).toBe('penalty');
  });
});

/** The same minimum by every start for every end. */
function unpruned(values: Float64Array, leastDays: number, penalty: number, mean: 'zero' | 'own'): number {
  const best = [-penalty, ...new Array<number>(values.length).fill(Infinity)];
  for (let end = leastDays; end <= values.length; end++) {
    for (let start = 0; start <= end - leastDays; start++) {
      const days = values.slice(start, end);
      const centre = mean === 'own' ? days.reduce((a, b) => a + b, 0) / days.length : 0;
      const variance = days.reduce((total, value) => total + (value - centre) ** 2, 0) / days.length;
      const cost = days.length * (Math.log(2 * Math.PI * variance) + 1);
      best[end] = Math.min(best[end]!, best[start]! + cost + penalty);
    }
  }
  return best[values.length]!;
}
