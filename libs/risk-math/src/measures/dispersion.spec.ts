import fc from 'fast-check';
import { seededReturns, seeds } from '../../test/support/arbitrary.js';
import { failureOf } from '../../test/support/failure.js';
import { golden, portfolioReturns, shareReturns } from '../../test/support/golden.js';
import { seen } from '../../test/support/seen.js';
import { sampleCovariance } from '../covariance/sample.js';
import { columnOf } from '../model/returns.js';
import { meanAbsoluteDeviation, semiDeviation, standardDeviation } from './dispersion.js';

interface Golden {
  weights: number[];
  semiDeviation: number;
  semiDeviationFromZero: number;
  meanAbsoluteDeviation: number;
}

const expected = golden<Golden>('measures/fixtures/tail-measures.json');
const returns = portfolioReturns(expected.weights);
const covariance = sampleCovariance(shareReturns());
const series = (seed: number): Float64Array => columnOf(seededReturns(seed, 60, 1), 0);
const scales = fc.constantFrom(1e-12, 1e-3, 1e6);

describe('standard deviation', () => {
  it('is the root of the sample variance, keeps its digits under a large mean, and scales', () => {
    const { values, observations, assets } = shareReturns();
    for (const asset of [0, 7, 19]) {
      const own = Float64Array.from({ length: observations }, (_, t) => values[t * assets + asset]!);
      const sample = Math.sqrt(covariance.variances[asset]!);
      expect(standardDeviation(own) / sample).toBeCloseTo(1, 13);
      expect(standardDeviation(own.map((value) => value + 1e3)) / sample).toBeCloseTo(1, 10);
    }
    fc.assert(
      fc.property(seeds, scales, (seed, scale) => {
        const plain = series(seed);
        const other = plain.map((value) => value * scale).reverse();
        expect(standardDeviation(other) / standardDeviation(plain) / scale).toBeCloseTo(1, 11);
      }),
    );
    expect(standardDeviation(new Float64Array(3).fill(0.01))).toBe(0);
    expect(failureOf(() => standardDeviation(Float64Array.of(0.01))).reason).toBe('tooFewObservations');
    expect(failureOf(() => standardDeviation(Float64Array.of(0.01, NaN))).reason).toBe('invalidInput');
  });
});

describe('semi-deviation and mean absolute deviation', () => {
  it('agree with skfolio', () => {
    expect(seen('Semi-deviation, mean', semiDeviation(returns) / expected.semiDeviation - 1)).toBeLessThan(1e-12);
    expect(seen('Semi-deviation, mean', semiDeviation(returns, 0) / expected.semiDeviationFromZero - 1)).toBeLessThan(
      1e-12,
    );
    expect(
      seen('Semi-deviation, mean', meanAbsoluteDeviation(returns) / expected.meanAbsoluteDeviation - 1),
    ).toBeLessThan(1e-12);
  });

  it('scale with the returns, are blind to their order, and are 0 for a series that does not move', () => {
    fc.assert(
      fc.property(seeds, scales, (seed, scale) => {
        const plain = series(seed);
        const other = plain.map((value) => value * scale).reverse();
        expect(semiDeviation(other) / semiDeviation(plain) / scale).toBeCloseTo(1, 11);
        expect(meanAbsoluteDeviation(other) / meanAbsoluteDeviation(plain) / scale).toBeCloseTo(1, 11);
      }),
      { numRuns: 30 },
    );
    expect(semiDeviation(new Float64Array(5).fill(0.1))).toBe(0);
    expect(meanAbsoluteDeviation(new Float64Array(5).fill(0.1))).toBe(0);
  });

  it('refuse one return and what is no number', () => {
    expect(failureOf(() => semiDeviation(new Float64Array(1))).reason).toBe('tooFewObservations');
    expect(failureOf(() => meanAbsoluteDeviation(new Float64Array(0))).reason).toBe('tooFewObservations');
    expect(failureOf(() => semiDeviation(new Float64Array([NaN, 0]))).reason).toBe('invalidInput');
    expect(failureOf(() => semiDeviation(new Float64Array(2), NaN)).reason).toBe('invalidInput');
  });
});
