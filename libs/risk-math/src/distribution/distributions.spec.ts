import fc from 'fast-check';
import { failureOf } from '../../test/support/failure.js';
import { golden } from '../../test/support/golden.js';
import { seen } from '../../test/support/seen.js';
import { digamma, logGamma } from './gamma.js';
import { incompleteBeta } from './incomplete-beta.js';
import { chiSquaredSurvival, normalCdf, upperGamma } from './incomplete-gamma.js';
import { normalQuantile } from './normal.js';
import { studentTCdf, studentTLogDensity, studentTQuantile } from './student-t.js';

type Pairs = [number, number][];
const expected = golden<{
  arguments: number[];
  logGamma: number[];
  digamma: number[];
  normal: { at: number[]; cdf: number[] };
  chiSquared: { at: Pairs; survival: number[] };
  studentT: { at: Pairs; cdf: number[]; logDensity: number[] };
  studentTQuantile: { at: Pairs; quantile: number[] };
  incompleteBeta: { at: [number, number, number][]; value: number[] };
}>('distribution/fixtures/distributions.json');

/** Each within `tolerance`, relative to its own size or, below 1, to `floor`. */
function close(actual: number[], wanted: number[], tolerance: number, floor = 0): void {
  expect(actual).toHaveLength(wanted.length);
  wanted.forEach((value, at) => {
    const size = Math.max(floor, Math.abs(value)) || 1;
    expect(seen('Γ, ψ, χ²', (actual[at]! - value) / size)).toBeLessThanOrEqual(tolerance);
  });
}

describe('distribution functions', () => {
  it('agree with SciPy, in the tails as well', () => {
    close(expected.arguments.map(logGamma), expected.logGamma, 1e-14, 1);
    close(expected.arguments.map(digamma), expected.digamma, 1e-14, 1);
    close(expected.normal.at.map(normalCdf), expected.normal.cdf, 2e-13);
    close(
      expected.chiSquared.at.map(([x, df]) => chiSquaredSurvival(x, df)),
      expected.chiSquared.survival,
      1e-13,
    );
    close(
      expected.studentT.at.map(([x, df]) => studentTCdf(x, df)),
      expected.studentT.cdf,
      1e-13,
    );
    close(
      expected.studentT.at.map(([x, df]) => studentTLogDensity(x, df)),
      expected.studentT.logDensity,
      1e-13,
      1,
    );
    close(
      expected.studentTQuantile.at.map(([p, df]) => studentTQuantile(p, df)),
      expected.studentTQuantile.quantile,
      1e-12,
    );
    close(
      expected.incompleteBeta.at.map(([a, b, x]) => incompleteBeta(a, b, x)),
      expected.incompleteBeta.value,
      1e-12,
    );
  });

  it('quantile and distribution function undo each other', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1e-10, max: 0.5, noNaN: true }),
        fc.double({ min: 0.5, max: 300, noNaN: true }),
        (p, df) => {
          expect(studentTCdf(studentTQuantile(p, df), df) / p).toBeCloseTo(1, 10);
          expect(normalCdf(normalQuantile(p)) / p).toBeCloseTo(1, 11);
        },
      ),
    );
  });

  it('the distribution functions rise, and Γ(x + 1) = x Γ(x)', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -50, max: 50, noNaN: true }),
        fc.double({ min: 0.01, max: 3, noNaN: true }),
        fc.double({ min: 0.1, max: 100, noNaN: true }),
        (x, step, a) => {
          expect(studentTCdf(x + step, a)).toBeGreaterThanOrEqual(studentTCdf(x, a));
          expect(normalCdf(x + step)).toBeGreaterThanOrEqual(normalCdf(x));
          expect(upperGamma(a, Math.abs(x) + step)).toBeLessThanOrEqual(upperGamma(a, Math.abs(x)) + 1e-15);
          expect(logGamma(a + 1) - logGamma(a)).toBeCloseTo(Math.log(a), 11);
        },
      ),
    );
  });

  it.each([
    () => logGamma(0),
    () => digamma(NaN),
    () => studentTQuantile(1, 4),
    () => studentTCdf(NaN, 4),
    () => normalCdf(NaN),
    () => upperGamma(1, -1),
    () => incompleteBeta(1, 1, 1.5),
  ])('are refused outside their domain (%#)', (call) => {
    expect(failureOf(call).reason).toBe('outOfDomain');
  });
});
