import fc from 'fast-check';
import { seededReturns, seeds } from '../../test/support/arbitrary.js';
import { failureOf } from '../../test/support/failure.js';
import { golden, portfolioReturns, shareReturns } from '../../test/support/golden.js';
import { seen } from '../../test/support/seen.js';
import { columnOf } from '../model/returns.js';
import { RandomStream } from '../random/random-stream.js';
import { type StudentTFit, fitStudentT } from './fit-student-t.js';

type Wanted = Pick<StudentTFit, 'mean' | 'deviation' | 'degreesOfFreedom' | 'logLikelihood'>;

const { fittedStudentT, weights } = golden<{
  fittedStudentT: Record<'portfolio' | 'AAPL' | 'last', Wanted>;
  weights: number[];
}>('measures/fixtures/tail-measures.json');
const returns = shareReturns();
const series = {
  AAPL: columnOf(returns, 0),
  last: columnOf(returns, returns.assets - 1),
  portfolio: portfolioReturns(weights).map((value) => -value),
};

describe('a fitted Student t distribution', () => {
  it.each(['portfolio', 'AAPL', 'last'] as const)('of %s is the root of SciPy’s score equations', (name) => {
    const own = fitStudentT(series[name]);
    const wanted = fittedStudentT[name];
    expect(own.converged).toBe(true);
    expect(own.atBound).toBe(false);
    expect(own.logLikelihood).toBeGreaterThan(wanted.logLikelihood - 1e-8);
    expect(seen('Student t fitted', own.logLikelihood - wanted.logLikelihood, 'log-likelihood')).toBeLessThan(1e-7);
    expect(Math.abs(own.mean - wanted.mean) / wanted.deviation).toBeLessThan(1e-5);
    expect(own.deviation / wanted.deviation).toBeCloseTo(1, 4);
    expect(seen('Student t fitted', own.degreesOfFreedom / wanted.degreesOfFreedom - 1, 'ν')).toBeLessThan(5e-4);
  });

  it('finds the degrees of freedom that numbers were drawn with, within the error of so many', () => {
    const stream = new RandomStream(3);
    const drawn = Float64Array.from({ length: 20_000 }, () => 0.01 * stream.studentT(5));
    const fit = fitStudentT(drawn);
    expect(Math.abs(fit.degreesOfFreedom - 5)).toBeLessThan(0.8);
    expect(fit.deviation / (0.01 * Math.sqrt(5 / 3))).toBeCloseTo(1, 1);
  });

  it('moves and scales with the values, from 1e-12 to 1e6', () => {
    const one = fitStudentT(series.AAPL);
    fc.assert(
      fc.property(fc.constantFrom(1e-12, 0.25, 1e6), fc.double({ min: -3, max: 3, noNaN: true }), (factor, shift) => {
        const moved = fitStudentT(series.AAPL.map((value) => factor * (value + shift * one.deviation)));
        expect(moved.degreesOfFreedom / one.degreesOfFreedom).toBeCloseTo(1, 3);
        expect(moved.deviation / factor / one.deviation).toBeCloseTo(1, 4);
        expect(Math.abs(moved.mean / factor - one.mean - shift * one.deviation) / one.deviation).toBeLessThan(1e-4);
      }),
      { numRuns: 12 },
    );
  });

  it('is at its bound for what is normal, always finite, and refused where nothing varies', () => {
    const stream = new RandomStream(8);
    const uniform = fitStudentT(Float64Array.from({ length: 2000 }, () => stream.uniform()));
    expect(uniform.atBound).toBe(true);
    fc.assert(
      fc.property(seeds, fc.integer({ min: 30, max: 80 }), (seed, count) => {
        const fit = fitStudentT(seededReturns(seed, count, 1).values);
        for (const value of [fit.mean, fit.deviation, fit.degreesOfFreedom, fit.logLikelihood]) {
          expect(Number.isFinite(value)).toBe(true);
        }
      }),
      { numRuns: 40 },
    );
    expect(failureOf(() => fitStudentT(new Float64Array(100))).reason).toBe('outOfDomain');
    expect(failureOf(() => fitStudentT(new Float64Array(10))).reason).toBe('tooFewObservations');
    expect(failureOf(() => fitStudentT(new Float64Array(40).fill(NaN))).reason).toBe('invalidInput');
  });
});
