import fc from 'fast-check';
import { failureOf } from '../../test/support/failure.js';
import { breachProbability } from './first-passage.js';

describe('breach probability', () => {
  it('is the share of paths that go strictly beyond the bound on any day, counted by day', () => {
    const figures = Float64Array.of(1, 1, 1, 1, 3, 1, 2, 2, 2, 3, 0, 3);
    const own = breachProbability(figures, 3, 2);
    expect(own.paths).toBe(4);
    expect(own.probability).toBe(0.5);
    expect([...own.byDay]).toEqual([0.25, 0.5, 0.5]);
    expect(breachProbability(figures, 3, 1, 'below').probability).toBe(0.25);
  });

  it('has the interval of Wilson, worked by hand for 2 of 4', () => {
    const z = 1.959963984540054;
    const own = breachProbability(Float64Array.of(0, 0, 1, 1), 1, 0.5);
    const half = (z / (1 + (z * z) / 4)) * Math.sqrt(0.25 / 4 + (z * z) / 64);
    expect(own.lower).toBeCloseTo(0.5 - half, 12);
    expect(own.upper).toBeCloseTo(0.5 + half, 12);
  });

  it('rises with the horizon, falls with the bound, and lies within its interval', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 12, maxLength: 60 }),
        fc.double({ min: -1, max: 1, noNaN: true }),
        (values, bound) => {
          const figures = Float64Array.from(values.slice(0, 4 * Math.floor(values.length / 4)));
          const own = breachProbability(figures, 4, bound);
          for (let day = 1; day < 4; day++) expect(own.byDay[day]!).toBeGreaterThanOrEqual(own.byDay[day - 1]!);
          expect(own.byDay[3]).toBe(own.probability);
          expect(own.lower <= own.probability + 1e-12 && own.upper >= own.probability - 1e-12).toBe(true);
          expect(breachProbability(figures, 4, bound + 0.1).probability).toBeLessThanOrEqual(own.probability);
        },
      ),
    );
  });

  it('refuses no path, half a path, NaN, and a bound that is not finite', () => {
    expect(failureOf(() => breachProbability(new Float64Array(0), 3, 1)).reason).toBe('tooFewObservations');
    expect(failureOf(() => breachProbability(new Float64Array(4), 3, 1)).details.field).toBe('figures');
    expect(failureOf(() => breachProbability(Float64Array.of(NaN), 1, 1)).reason).toBe('invalidInput');
    expect(failureOf(() => breachProbability(new Float64Array(3), 3, Infinity)).details.field).toBe('bound');
  });
});
