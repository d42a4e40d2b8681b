import fc from 'fast-check';
import { failureOf } from '../../test/support/failure.js';
import { seen } from '../../test/support/seen.js';
import { combine, pastLossWeights } from './past-loss.js';

const losses = fc.integer({ min: 1, max: 5 }).chain((models) =>
  fc.array(fc.array(fc.double({ min: 0, max: 100, noNaN: true }), { minLength: 8, maxLength: 8 }), {
    minLength: models,
    maxLength: models,
  }),
);

describe('weights by past loss', () => {
  it('by the inverse of the mean loss, worked by hand', () => {
    // Mean losses 1, 2 and 4: weights in the proportion 4 : 2 : 1.
    const weights = pastLossWeights([Float64Array.of(1, 1), Float64Array.of(3, 1), Float64Array.of(4, 4)], {
      kind: 'inverse',
    });
    expect([...weights]).toEqual([4, 2, 1].map((part) => expect.closeTo(part / 7, 14)));
  });

  it('the latest days count more under a discount', () => {
    // Discounted sums 0.5·1 + 3 = 3.5 and 0.5·3 + 1 = 2.5.
    const weights = pastLossWeights([Float64Array.of(1, 3), Float64Array.of(3, 1)], { kind: 'inverse', discount: 0.5 });
    expect(seen('Weights by past loss', weights[0]! - 2.5 / 6)).toBeLessThan(1e-14);
  });

  it('exponential weights, worked by hand', () => {
    const weights = pastLossWeights([Float64Array.of(1), Float64Array.of(2)], {
      kind: 'exponential',
      rate: Math.log(3),
    });
    expect(seen('Weights by past loss', weights[0]! - 0.75)).toBeLessThan(1e-14);
  });

  it('are not negative and sum to 1; a smaller loss never weighs less; inverse ones do not depend on the unit', () => {
    fc.assert(
      fc.property(losses, fc.double({ min: 0.01, max: 1, noNaN: true }), (series, discount) => {
        const arrays = series.map((values) => Float64Array.from(values));
        for (const weighting of [
          { kind: 'inverse', discount },
          { kind: 'exponential', discount, rate: 0.3 },
        ] as const) {
          const weights = pastLossWeights(arrays, weighting);
          expect(weights.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
          expect(weights.every((weight) => weight >= 0)).toBe(true);
          const better = arrays.map((values, m) => (m === 0 ? values.map((value) => value / 2) : values));
          expect(pastLossWeights(better, weighting)[0]!).toBeGreaterThanOrEqual(weights[0]! - 1e-12);
        }
        const larger = arrays.map((values) => values.map((value) => value * 1024));
        expect(pastLossWeights(larger, { kind: 'inverse', discount })).toEqual(
          pastLossWeights(arrays, { kind: 'inverse', discount }),
        );
      }),
    );
  });

  it('a forecast that was never wrong takes everything; several share it', () => {
    const weights = pastLossWeights([Float64Array.of(0), Float64Array.of(1), Float64Array.of(0)], { kind: 'inverse' });
    expect([...weights]).toEqual([0.5, 0, 0.5]);
  });

  it('combine forecasts', () => {
    expect(combine([1, 3], Float64Array.of(0.25, 0.75))).toBe(2.5);
    expect(failureOf(() => combine([1], Float64Array.of(0.5, 0.5))).details.field).toBe('forecasts');
    expect(failureOf(() => combine([NaN], Float64Array.of(1))).reason).toBe('invalidInput');
  });

  it.each([
    [() => pastLossWeights([], { kind: 'inverse' }), 'tooFewObservations'],
    [() => pastLossWeights([new Float64Array(0)], { kind: 'inverse' }), 'tooFewObservations'],
    [() => pastLossWeights([Float64Array.of(-1)], { kind: 'inverse' }), 'invalidInput'],
    [() => pastLossWeights([Float64Array.of(1), Float64Array.of(1, 2)], { kind: 'inverse' }), 'invalidInput'],
    [() => pastLossWeights([Float64Array.of(1)], { kind: 'inverse', discount: 0 }), 'invalidInput'],
    [() => pastLossWeights([Float64Array.of(1)], { kind: 'exponential', rate: NaN }), 'invalidInput'],
  ])('refuse bad input (%#)', (call, reason) => {
    expect(failureOf(call).reason).toBe(reason);
  });
});
