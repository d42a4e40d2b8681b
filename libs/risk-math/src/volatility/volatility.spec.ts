import fc from 'fast-check';
import { seededReturns, seeds } from '../../test/support/arbitrary.js';
import { failureOf } from '../../test/support/failure.js';
import { golden, relativeDifference } from '../../test/support/golden.js';
import { seen } from '../../test/support/seen.js';
import { ewmaForecast, ewmaVariance } from './ewma.js';
import { type HarForm, fitHar, harForecast } from './har.js';
import { type DailyBars, type RangeEstimator, rangeVariances, yangZhangVariances } from './range.js';

interface Golden {
  window: number;
  bars: { open: number[]; high: number[]; low: number[]; close: number[] };
  variances: Record<RangeEstimator | 'yangZhang', number[]>;
  har: {
    horizonDays: number;
    form: HarForm;
    coefficients: number[];
    standardErrors: number[];
    rSquared: number;
    observations: number;
    forecast: number;
  }[];
}

const expected = golden<Golden>('volatility/fixtures/range.json');
const garch = golden<{
  returns: Record<string, number[]>;
  ewma: { variances: number[]; next: number };
}>('volatility/fixtures/garch.json');
const bars: DailyBars = {
  open: Float64Array.from(expected.bars.open),
  high: Float64Array.from(expected.bars.high),
  low: Float64Array.from(expected.bars.low),
  close: Float64Array.from(expected.bars.close),
};
const estimators: RangeEstimator[] = ['parkinson', 'garmanKlass', 'rogersSatchell'];
const parkinson = Float64Array.from(expected.variances.parkinson);

describe('exponentially weighted variance', () => {
  const returns = Float64Array.from(garch.returns['SP500']!);

  it('agrees with arch', () => {
    const { variances, nextVariance } = ewmaVariance(returns, { lambda: 0.94 });
    const days = [0, 1, 9, 499, 999].map((t) => variances[t]!);
    expect(seen('EWMA variance', relativeDifference(days, garch.ewma.variances))).toBeLessThan(1e-12);
    expect(seen('EWMA variance', nextVariance / garch.ewma.next - 1)).toBeLessThan(1e-12);
  });

  it('forecasts the same for each day ahead', () => {
    const forecast = ewmaForecast(returns, { halfLifeDays: 11 }, 10);
    expect(forecast.daily).toEqual(new Float64Array(10).fill(forecast.daily[0]!));
    expect(forecast.total).toBeCloseTo(10 * forecast.daily[0]!, 15);
  });

  it('scales with the square of the returns, and is 0 for a series that stands still', () => {
    fc.assert(
      fc.property(seeds, fc.constantFrom(1e-12, 1e-3, 1e6), (seed, factor) => {
        const { values } = seededReturns(seed, 60, 1);
        const one = ewmaVariance(values, { lambda: 0.9 });
        const scaled = ewmaVariance(
          values.map((value) => value * factor),
          { lambda: 0.9 },
        );
        expect(scaled.nextVariance / one.nextVariance / factor / factor).toBeCloseTo(1, 12);
      }),
      { numRuns: 20 },
    );
    expect(ewmaVariance(new Float64Array(5), { lambda: 0.94 }).nextVariance).toBe(0);
  });

  it('refuses no day, NaN, and a decay outside (0, 1)', () => {
    expect(failureOf(() => ewmaVariance(new Float64Array(0), { lambda: 0.94 })).reason).toBe('tooFewObservations');
    expect(failureOf(() => ewmaVariance(new Float64Array([NaN]), { lambda: 0.94 })).reason).toBe('invalidInput');
    expect(failureOf(() => ewmaVariance(returns, { lambda: 1 })).details.field).toBe('lambda');
    expect(failureOf(() => ewmaForecast(returns, { lambda: 0.9 }, 0)).details.field).toBe('horizonDays');
  });
});

describe('range-based variances', () => {
  it('agree with pandas', () => {
    for (const estimator of estimators) {
      expect(
        seen('Parkinson, Garman', relativeDifference(rangeVariances(bars, estimator), expected.variances[estimator])),
      ).toBeLessThan(1e-11);
    }
    expect(
      seen(
        'Parkinson, Garman',
        relativeDifference(yangZhangVariances(bars, expected.window), expected.variances.yangZhang),
      ),
    ).toBeLessThan(1e-11);
  });

  it('do not depend on the currency, and are 0 on a day without any move', () => {
    const cents: DailyBars = {
      open: bars.open.map((price) => 128 * price),
      high: bars.high.map((price) => 128 * price),
      low: bars.low.map((price) => 128 * price),
      close: bars.close.map((price) => 128 * price),
    };
    const still = new Float64Array(30).fill(7);
    for (const estimator of estimators) {
      expect(rangeVariances(cents, estimator)).toEqual(rangeVariances(bars, estimator));
      expect(rangeVariances({ open: still, high: still, low: still, close: still }, estimator)).toEqual(
        new Float64Array(30),
      );
    }
    expect(yangZhangVariances({ open: still, high: still, low: still, close: still }, 5)).toEqual(new Float64Array(25));
  });

  it('are never below 0: open and close lie within the range', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0.01, max: 1000, noNaN: true }), { minLength: 4, maxLength: 4 }),
        fc.constantFrom(...estimators),
        (prices, estimator) => {
          const [first, second] = prices as [number, number];
          const day: DailyBars = {
            open: Float64Array.of(first),
            close: Float64Array.of(second),
            high: Float64Array.of(Math.max(...prices)),
            low: Float64Array.of(Math.min(...prices)),
          };
          expect(rangeVariances(day, estimator)[0]).toBeGreaterThanOrEqual(-1e-14);
        },
      ),
    );
  });

  it('refuse a bar whose close is above its high, and too few bars for the window', () => {
    const broken = { ...bars, high: bars.high.map((price, t) => (t === 3 ? price / 2 : price)) };
    const failure = failureOf(() => rangeVariances(broken, 'parkinson'));
    expect(failure.reason).toBe('invalidInput');
    expect(failure.details.ids).toEqual(['3']);
    const few = {
      open: bars.open.slice(0, 20),
      high: bars.high.slice(0, 20),
      low: bars.low.slice(0, 20),
      close: bars.close.slice(0, 20),
    };
    expect(failureOf(() => yangZhangVariances(few, 20)).reason).toBe('tooFewObservations');
    expect(failureOf(() => rangeVariances({ ...bars, low: bars.low.slice(1) }, 'parkinson')).details.field).toBe('low');
  });
});

describe('heterogeneous autoregression', () => {
  it.each(expected.har.map((fit) => [fit.form, fit.horizonDays, fit] as const))(
    'in the form %s over %d days agrees with statsmodels',
    (form, horizonDays, wanted) => {
      const fit = fitHar(parkinson, horizonDays, { form });
      expect(fit.observations).toBe(wanted.observations);
      expect(
        seen('HAR, in variances', relativeDifference(fit.coefficients.slice(1), wanted.coefficients.slice(1))),
      ).toBeLessThan(1e-9);
      expect(seen('HAR, in variances', fit.coefficients[0]! / wanted.coefficients[0]! - 1)).toBeLessThan(1e-9);
      expect(
        seen('HAR, in variances', relativeDifference(fit.standardErrors.slice(1), wanted.standardErrors.slice(1))),
      ).toBeLessThan(1e-9);
      expect(seen('HAR, in variances', fit.standardErrors[0]! / wanted.standardErrors[0]! - 1)).toBeLessThan(1e-8);
      expect(seen('HAR, in variances', fit.rSquared - wanted.rSquared)).toBeLessThan(1e-10);
      expect(seen('HAR, in variances', fit.forecast.daily[0]! / wanted.forecast - 1)).toBeLessThan(1e-9);
      expect(seen('HAR, in variances', fit.forecast.total / (horizonDays * wanted.forecast) - 1)).toBeLessThan(1e-9);
    },
  );

  it('goes on with the coefficients of a fit: the same forecast on its own days, another after a wild one', () => {
    for (const horizonDays of [1, 5]) {
      const fit = fitHar(parkinson, horizonDays);
      expect(harForecast(fit, parkinson).total / fit.forecast.total).toBeCloseTo(1, 12);
      const wild = Float64Array.of(...parkinson, 50 * Math.max(...parkinson));
      expect(harForecast(fit, wild).total).toBeGreaterThan(fit.forecast.total);
    }
  });

  it('with known coefficients never falls below the quietest stretch seen, and says so', () => {
    const known = { lags: [1, 5], horizonDays: 2, coefficients: Float64Array.of(-1, 0.5, 0.5) };
    const measures = Float64Array.of(4, 4, 4, 4, 4, 1, 1, 1, 1, 1, 4, 4, 4, 4, 4);
    expect(harForecast({ ...known, coefficients: Float64Array.of(-8, 0.5, 0.5) }, measures)).toMatchObject({
      total: 2,
      floored: true,
    });
    expect(harForecast(known, measures)).toMatchObject({ total: 6, floored: false });
    expect(failureOf(() => harForecast(known, new Float64Array(9))).reason).toBe('outOfDomain');
    expect(failureOf(() => harForecast(known, measures.slice(0, 4))).reason).toBe('tooFewObservations');
    expect(failureOf(() => harForecast({ ...known, lags: [1] }, measures)).details.field).toBe('coefficients');
  });

  it('scales with the measure, from 1e-24 to 1e12', () => {
    for (const factor of [1e-24, 1e12]) {
      for (const form of ['variance', 'logarithm'] as const) {
        const scaled = fitHar(
          parkinson.map((value) => value * factor),
          5,
          { form },
        );
        expect(scaled.forecast.total / factor / fitHar(parkinson, 5, { form }).forecast.total).toBeCloseTo(1, 8);
      }
    }
  });

  it('never forecasts below the smallest measure seen, and says when it was raised to it', () => {
    // A fall to almost nothing that the regression carries on below 0.
    const falling = Float64Array.from({ length: 120 }, (_, t) => 1e-6 * (121 - t) * (1 + 0.2 * Math.sin(1.7 * t)));
    const fits = [1, 10].map((horizonDays) => fitHar(falling, horizonDays));
    for (const fit of fits) {
      expect(fit.forecast.daily[0]!).toBeGreaterThanOrEqual(Math.min(...falling));
      expect(fit.floored).toBe(fit.forecast.daily[0] === Math.min(...falling));
    }
    expect(fits.some(({ floored }) => floored)).toBe(true);
  });

  it('refuses measures below 0, a 0 in logarithms, only zeros, a constant, and too few days', () => {
    const withZero = parkinson.map((value, t) => (t === 50 ? 0 : value));
    expect(failureOf(() => fitHar(withZero, 1, { form: 'logarithm' })).reason).toBe('outOfDomain');
    expect(Number.isFinite(fitHar(withZero, 1).forecast.total)).toBe(true);
    expect(
      failureOf(() =>
        fitHar(
          parkinson.map((value) => -value),
          1,
        ),
      ).reason,
    ).toBe('invalidInput');
    expect(failureOf(() => fitHar(new Float64Array(200), 1)).reason).toBe('outOfDomain');
    expect(failureOf(() => fitHar(new Float64Array(200).fill(2e-4), 1)).reason).toBe('outOfDomain');
    expect(failureOf(() => fitHar(parkinson.slice(0, 30), 1)).reason).toBe('tooFewObservations');
    expect(failureOf(() => fitHar(parkinson, 1, { lags: [5, 5] })).details.field).toBe('lags');
  });
});
