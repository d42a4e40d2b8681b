import fc from 'fast-check';
import { failureOf } from '../../test/support/failure.js';
import { golden } from '../../test/support/golden.js';
import { seen } from '../../test/support/seen.js';
import { normalQuantile } from '../distribution/normal.js';
import { studentTQuantile } from '../distribution/student-t.js';
import { RandomStream } from '../random/random-stream.js';
import { acerbiSzekelyZ3 } from './acerbi-szekely-ranks.js';

interface Ranks {
  confidence: number;
  scales: number[];
  degreesOfFreedom: number;
  tails: number[];
  normal: number;
  studentT: number;
}

const { ranks } = golden<{ ranks: Ranks[] }>('backtests/fixtures/backtests.json');
/** The loss that a standard normal one exceeds with probability `tail`. */
const normalLoss = (tail: number): number => -normalQuantile(tail);

describe('Acerbi–Székely Z₃', () => {
  it.each(ranks.map((wanted) => [wanted.tails.length, wanted] as const))(
    'of %d days is that of SciPy’s quadrature, whatever the scale of a day',
    (_, { tails, scales, confidence, degreesOfFreedom, normal, studentT }) => {
      const zOf = (law: (tail: number) => number): number =>
        acerbiSzekelyZ3({
          tails: Float64Array.from(tails),
          quantile: (day, tail) => scales[day % scales.length]! * (0.0005 + law(tail)),
          confidence,
        }).z;
      expect(seen('Acerbi–Székely Z₃', zOf(normalLoss) - normal, 'normal')).toBeLessThan(1e-10);
      const student = zOf((tail) => -studentTQuantile(tail, degreesOfFreedom));
      expect(seen('Acerbi–Székely Z₃', student - studentT, 't')).toBeLessThan(1e-9);
    },
  );

  it('is 0 in the mean when the forecasts are right', () => {
    const stream = new RandomStream(5);
    const runs = 200;
    const all = Array.from({ length: runs }, () => {
      const tails = Float64Array.from({ length: 100 }, () => stream.uniform());
      return acerbiSzekelyZ3({ tails, quantile: (_, tail) => normalLoss(tail), confidence: 0.95 }).z;
    });
    const mean = all.reduce((total, z) => total + z / runs, 0);
    const variance = all.reduce((total, z) => total + (z - mean) ** 2 / (runs - 1), 0);
    expect(Math.abs(mean)).toBeLessThan(4 * Math.sqrt(variance / runs));
  });

  it('of a uniform loss is one minus its order statistics over their mean', () => {
    // The mean of the k largest of T uniform numbers is 1 − (k + 1) / (2 (T + 1)).
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 1e-6, max: 1 - 1e-6, noNaN: true }), { minLength: 20, maxLength: 80 }),
        (values) => {
          const tails = Float64Array.from(values);
          const k = Math.floor(tails.length * (1 - 0.9) + 1e-9);
          const largest = [...tails].sort((a, b) => a - b).slice(0, k);
          const shortfall = largest.reduce((total, tail) => total + (1 - tail) / k, 0);
          const expected = 1 - (k + 1) / (2 * (tails.length + 1));
          const { z, tailDays } = acerbiSzekelyZ3({ tails, quantile: (_, tail) => 1 - tail, confidence: 0.9 });
          expect(tailDays).toBe(k);
          expect(Math.abs(z - (1 - shortfall / expected))).toBeLessThan(1e-11);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('falls when losses lie further out, and is refused where it means nothing', () => {
    const calm = Float64Array.from({ length: 100 }, (_, t) => (t + 0.5) / 100);
    const given = { quantile: (_: number, tail: number): number => normalLoss(tail), confidence: 0.95 };
    const z = acerbiSzekelyZ3({ ...given, tails: calm }).z;
    expect(acerbiSzekelyZ3({ ...given, tails: calm.map((tail) => tail / 3) }).z).toBeLessThan(z);
    expect(failureOf(() => acerbiSzekelyZ3({ ...given, tails: new Float64Array(19).fill(0.5) })).reason).toBe(
      'tooFewObservations',
    );
    expect(failureOf(() => acerbiSzekelyZ3({ ...given, tails: new Float64Array(40).fill(1) })).reason).toBe(
      'outOfDomain',
    );
    expect(failureOf(() => acerbiSzekelyZ3({ ...given, tails: new Float64Array(40).fill(NaN) })).reason).toBe(
      'invalidInput',
    );
    const broken = { tails: calm, confidence: 0.95, quantile: () => NaN };
    expect(failureOf(() => acerbiSzekelyZ3(broken)).details.field).toBe('quantile');
    expect(failureOf(() => acerbiSzekelyZ3({ ...broken, quantile: () => -1 })).reason).toBe('outOfDomain');
  });
});
