import fc from 'fast-check';
import { failureOf } from '../../test/support/failure.js';
import { golden, relativeDifference, sum } from '../../test/support/golden.js';
import { seen } from '../../test/support/seen.js';
import { createReturns } from '../model/returns.js';
import { type AttributionGroup, brinsonFachler } from './brinson-fachler.js';
import { factorReturnAttribution } from './factor-returns.js';
import { carinoLinking, mencheroLinking } from './linking.js';
import { riskAdjustedAttribution } from './risk-adjusted.js';

interface Golden {
  portfolioReturns: number[];
  benchmarkReturns: number[];
  effects: number[];
  carino: number[];
  menchero: number[];
  riskAdjusted: { ratio: number; riskContributions: number[]; correlations: number[] };
}

const expected = golden<Golden>('attribution/fixtures/attribution.json');
const portfolioReturns = Float64Array.from(expected.portfolioReturns);
const benchmarkReturns = Float64Array.from(expected.benchmarkReturns);
const effects = Float64Array.from(expected.effects);

const group = (id: string, w: number, b: number, r: number | null, q: number | null): AttributionGroup => ({
  id,
  portfolioWeight: w,
  benchmarkWeight: b,
  portfolioReturn: r,
  benchmarkReturn: q,
});

describe('Brinson–Fachler', () => {
  it('gives Bacon’s worked example of UK, Japanese and US equities', () => {
    const { portfolioReturn, benchmarkReturn, activeReturn, groups, total } = brinsonFachler([
      group('UK', 0.4, 0.4, 0.2, 0.1),
      group('Japan', 0.3, 0.2, -0.05, -0.04),
      group('US', 0.3, 0.4, 0.06, 0.08),
    ]);
    expect([portfolioReturn, benchmarkReturn, activeReturn].map((v) => Math.round(v * 1e6) / 1e6)).toEqual([
      0.083, 0.064, 0.019,
    ]);
    const table = groups.map((row) =>
      [row.allocation, row.selection, row.interaction].map((v) => Math.round(v * 1e5) / 1e3 + 0),
    );
    expect(table).toEqual([
      [0, 4, 0],
      [-1.04, -0.2, -0.1],
      [-0.16, -0.8, 0.2],
    ]);
    expect(seen('Brinson–Fachler', total.allocation - -0.012)).toBeLessThan(1e-15);
    expect(seen('Brinson–Fachler', total.selection - 0.03)).toBeLessThan(1e-15);
    expect(seen('Brinson–Fachler', total.interaction - 0.001)).toBeLessThan(1e-15);
  });

  it('sums to the active return for any weights and returns', () => {
    const part = fc.array(fc.integer({ min: -50, max: 200 }), { minLength: 3, maxLength: 3 });
    const rates = fc.array(fc.double({ min: -0.9, max: 3, noNaN: true }), { minLength: 4, maxLength: 4 });
    fc.assert(
      fc.property(part, part, rates, rates, (w, b, r, q) => {
        const whole = (weights: number[]): number[] =>
          [...weights, 100 - weights.reduce((x, y) => x + y, 0)].map((v) => v / 100);
        const [portfolio, benchmark] = [whole(w), whole(b)];
        const result = brinsonFachler(
          portfolio.map((weight, i) => group(`g${i}`, weight, benchmark[i]!, r[i]!, q[i]!)),
        );
        expect(sum(result.groups.map(({ total }) => total))).toBeCloseTo(result.activeReturn, 12);
        expect(result.total.total).toBeCloseTo(result.activeReturn, 12);
      }),
      { numRuns: 100 },
    );
  });

  it('is all allocation where one side holds nothing, and all zero for the benchmark itself', () => {
    const { groups } = brinsonFachler([group('own', 0.5, 0, 0.1, null), group('rest', 0.5, 1, 0.02, 0.02)]);
    expect(groups[0]!.allocation).toBeCloseTo(0.5 * 0.08, 15);
    expect([groups[0]!.selection, groups[0]!.interaction]).toEqual([0, 0]);
    expect(brinsonFachler([group('all', 1, 1, 0.1, 0.1)]).total.total).toBe(0);
  });

  it('refuses weights that are not whole, a held group without a return, NaN, and nothing at all', () => {
    expect(failureOf(() => brinsonFachler([group('a', 0.9, 1, 0, 0)])).details.field).toBe('portfolioWeight');
    expect(failureOf(() => brinsonFachler([group('a', 1, 1, null, 0)])).details.field).toBe('portfolioReturn');
    expect(failureOf(() => brinsonFachler([group('a', 1, 1, NaN, 0)])).reason).toBe('invalidInput');
    expect(failureOf(() => brinsonFachler([group('a', 0.5, 0.5, 0, 0), group('a', 0.5, 0.5, 0, 0)])).reason).toBe(
      'invalidInput',
    );
    expect(failureOf(() => brinsonFachler([])).reason).toBe('invalidInput');
  });
});

describe('linking', () => {
  it('by Cariño and by Menchero agrees with their formulas in fifty digits', () => {
    const carino = carinoLinking(portfolioReturns, benchmarkReturns, effects);
    expect(seen('Linking, Cariño', relativeDifference(carino.effects, expected.carino))).toBeLessThan(1e-12);
    const menchero = mencheroLinking(portfolioReturns, benchmarkReturns, effects);
    expect(seen('Linking, Cariño', relativeDifference(menchero.effects, expected.menchero))).toBeLessThan(1e-12);
  });

  const rate = fc.double({ min: -0.5, max: 1, noNaN: true });
  const periods = fc.array(fc.tuple(rate, rate, rate), { minLength: 1, maxLength: 24 });

  it.each([
    ['Cariño', carinoLinking],
    ['Menchero', mencheroLinking],
  ])('by %s sums to the active return of all periods', (_, link) => {
    fc.assert(
      fc.property(periods, (rows) => {
        const r = Float64Array.from(rows, (row) => row[0]);
        const b = Float64Array.from(rows, (row) => row[1]);
        const parts = Float64Array.from(rows.flatMap(([p, q, part]) => [part, p - q - part]));
        const linked = link(r, b, parts);
        const grow = (values: Float64Array): number => values.reduce((product, value) => product * (1 + value), 1) - 1;
        const size = Math.max(1, Math.abs(grow(r)), Math.abs(grow(b)));
        expect(linked.portfolioReturn / size).toBeCloseTo(grow(r) / size, 12);
        const spread = sum(linked.effects.map(Math.abs)) + size;
        expect((sum(linked.effects) - (linked.portfolioReturn - linked.benchmarkReturn)) / spread).toBeCloseTo(0, 11);
      }),
      { numRuns: 100 },
    );
  });

  it('of one period changes nothing, also where both returns are the same', () => {
    const one = Float64Array.of(0.03);
    for (const link of [carinoLinking, mencheroLinking]) {
      expect(Array.from(link(one, Float64Array.of(0.01), Float64Array.of(0.005, 0.015)).effects)).toEqual([
        expect.closeTo(0.005, 15),
        expect.closeTo(0.015, 15),
      ]);
      expect(link(one, one, Float64Array.of(0.01, -0.01)).effects[0]).toBeCloseTo(0.01, 15);
    }
  });

  it('by Cariño is continuous where portfolio and benchmark meet', () => {
    const b = Float64Array.of(0.02, -0.01);
    const parts = Float64Array.of(0.01, -0.01);
    const at = carinoLinking(b, b, parts).coefficients;
    const near = carinoLinking(
      b.map((value) => value + 1e-13),
      b,
      parts,
    ).coefficients;
    expect(relativeDifference(near, at)).toBeLessThan(1e-12);
  });

  it('refuses a total loss, no periods, and effects of other periods', () => {
    const one = Float64Array.of(-1);
    expect(failureOf(() => carinoLinking(one, Float64Array.of(0), one)).reason).toBe('outOfDomain');
    expect(failureOf(() => carinoLinking(new Float64Array(0), new Float64Array(0), new Float64Array(0))).reason).toBe(
      'tooFewObservations',
    );
    expect(
      failureOf(() => mencheroLinking(Float64Array.of(0, 0), Float64Array.of(0, 0), Float64Array.of(1))).reason,
    ).toBe('invalidInput');
    expect(failureOf(() => carinoLinking(Float64Array.of(NaN), Float64Array.of(0), Float64Array.of(1))).reason).toBe(
      'invalidInput',
    );
  });
});

describe('factor attribution of returns', () => {
  it('gives factors their part and instruments exactly the rest', () => {
    const w = Float64Array.of(0.6, -0.2);
    const result = factorReturnAttribution(
      w,
      Float64Array.of(1, 0.5, 0.8, 0),
      Float64Array.of(0.02, -0.01),
      Float64Array.of(0.03, 0.01),
    );
    expect(Array.from(result.exposures)).toEqual([expect.closeTo(0.44, 15), expect.closeTo(0.3, 15)]);
    expect(result.total).toBeCloseTo(0.016, 15);
    expect(result.factorTotal).toBeCloseTo(0.0088 - 0.003, 15);
    expect(sum(result.specificContributions)).toBeCloseTo(result.total - result.factorTotal, 15);
  });

  it('without factors or instruments is all specific, or nothing', () => {
    const specific = factorReturnAttribution(
      Float64Array.of(1),
      new Float64Array(0),
      new Float64Array(0),
      Float64Array.of(0.02),
    );
    expect(specific.specificTotal).toBe(0.02);
    const none = new Float64Array(0);
    expect(factorReturnAttribution(none, none, none, none).total).toBe(0);
    expect(failureOf(() => factorReturnAttribution(Float64Array.of(1), none, none, Float64Array.of(NaN))).reason).toBe(
      'invalidInput',
    );
  });
});

describe('risk-adjusted attribution', () => {
  it('agrees with NumPy and rebuilds the ratio from risk shares and component ratios', () => {
    const result = riskAdjustedAttribution(createReturns(effects, 12, 3));
    expect(seen('Risk-adjusted attribution', result.ratio / expected.riskAdjusted.ratio - 1)).toBeLessThan(1e-11);
    expect(
      seen(
        'Risk-adjusted attribution',
        relativeDifference(
          result.sources.map((s) => s.riskContributionAnnual),
          expected.riskAdjusted.riskContributions,
        ),
      ),
    ).toBeLessThan(1e-11);
    expect(
      seen(
        'Risk-adjusted attribution',
        relativeDifference(
          result.sources.map((s) => s.correlation),
          expected.riskAdjusted.correlations,
        ),
      ),
    ).toBeLessThan(1e-11);
    expect(sum(result.sources.map((s) => s.riskShare * s.componentRatio!))).toBeCloseTo(result.ratio, 11);
    expect(sum(result.sources.map((s) => s.riskShare))).toBeCloseTo(1, 13);
  });

  it('gives a source without risk no ratio, and refuses what never moves', () => {
    const still = riskAdjustedAttribution(createReturns(Float64Array.of(0.01, 0, 0.03, 0), 2, 2));
    expect(still.sources[1]).toMatchObject({ componentRatio: null, correlation: 0 });
    expect(failureOf(() => riskAdjustedAttribution(createReturns(new Float64Array(4), 2, 2))).reason).toBe(
      'outOfDomain',
    );
    expect(failureOf(() => riskAdjustedAttribution(createReturns(new Float64Array(2), 1, 2))).reason).toBe(
      'tooFewObservations',
    );
  });
});
