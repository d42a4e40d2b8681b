import fc from 'fast-check';
import { seededReturns, seeds } from '../../test/support/arbitrary.js';
import { failureOf } from '../../test/support/failure.js';
import { golden, relativeDifference } from '../../test/support/golden.js';
import { seen } from '../../test/support/seen.js';
import { createReturns } from '../model/returns.js';
import { fitVectorAutoregression, forecastVectorAutoregression } from './vector-autoregression.js';

const expected = golden<{
  series: number[];
  fits: {
    order: number;
    intercepts: number[];
    coefficients: number[];
    residualCovariance: number[];
    means: number[];
    errorCovariances: number[];
    stable: boolean;
  }[];
  autoregression: { parameters: number[]; forecast: number[] };
}>('factor-forecast/fixtures/vector-autoregression.json');
const series = createReturns(Float64Array.from(expected.series), 1000, 4);

describe('vector autoregression', () => {
  it.each(expected.fits)('of order $order agrees with statsmodels, its forecasts and their errors', (wanted) => {
    const fit = fitVectorAutoregression(series, wanted.order);
    expect(seen('Vector autoregression', relativeDifference(fit.intercepts, wanted.intercepts))).toBeLessThan(1e-10);
    expect(seen('Vector autoregression', relativeDifference(fit.coefficients, wanted.coefficients))).toBeLessThan(
      1e-10,
    );
    expect(
      seen('Vector autoregression', relativeDifference(fit.residualCovariance, wanted.residualCovariance)),
    ).toBeLessThan(1e-11);
    expect(fit.stable).toBe(wanted.stable);
    const forecast = forecastVectorAutoregression(fit, 10);
    expect(seen('Vector autoregression', relativeDifference(forecast.means, wanted.means))).toBeLessThan(1e-11);
    expect(
      seen('Vector autoregression', relativeDifference(forecast.errorCovariances, wanted.errorCovariances)),
    ).toBeLessThan(1e-10);
  });

  it('of one series is an autoregression: statsmodels again', () => {
    const single = createReturns(
      Float64Array.from({ length: 1000 }, (_, t) => series.values[4 * t]!),
      1000,
      1,
    );
    const fit = fitVectorAutoregression(single, 2);
    const own = [...fit.intercepts, ...fit.coefficients];
    expect(seen('Vector autoregression', relativeDifference(own, expected.autoregression.parameters))).toBeLessThan(
      1e-10,
    );
    expect(
      seen(
        'Vector autoregression',
        relativeDifference(forecastVectorAutoregression(fit, 10).means, expected.autoregression.forecast),
      ),
    ).toBeLessThan(1e-11);
  });

  it('finds the chain that made a series without noise to speak of, and sees that it explodes', () => {
    const values = new Float64Array(120);
    const noise = seededReturns(2, 60, 2, 1e-3).values;
    values[0] = 1;
    for (let t = 1; t < 60; t++) {
      values[2 * t] = 1.05 * values[2 * t - 2]! + noise[2 * t]!;
      values[2 * t + 1] = 0.5 * values[2 * t - 1]! + 0.2 * values[2 * t - 2]! + noise[2 * t + 1]!;
    }
    const fit = fitVectorAutoregression(createReturns(values, 60, 2), 1);
    expect(fit.stable).toBe(false);
    expect(relativeDifference(fit.coefficients, [1.05, 0, 0.2, 0.5])).toBeLessThan(0.05);
  });

  it('moves with the unit of each series, from 1e-12 to 1e6', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const own = seededReturns(seed, 60, 2, 1);
        const units = [1e-12, 1e6];
        const scaled = createReturns(
          own.values.map((value, at) => value * units[at % 2]!),
          60,
          2,
        );
        const one = forecastVectorAutoregression(fitVectorAutoregression(own, 2), 3);
        const other = forecastVectorAutoregression(fitVectorAutoregression(scaled, 2), 3);
        const back = other.means.map((value, at) => value / units[at % 2]!);
        expect(relativeDifference(back, one.means)).toBeLessThan(1e-8);
        expect(other.errorCovariances.every(Number.isFinite)).toBe(true);
      }),
      { numRuns: 20 },
    );
  });

  it('refuses too few days, a constant series, copies, NaN, and an order of 0', () => {
    expect(failureOf(() => fitVectorAutoregression(seededReturns(1, 12, 2), 2)).reason).toBe('tooFewObservations');
    expect(failureOf(() => fitVectorAutoregression(createReturns(new Float64Array(50).fill(3), 50, 1), 1)).reason).toBe(
      'outOfDomain',
    );
    const { values } = seededReturns(1, 50, 2);
    const twins = createReturns(
      values.map((_, at) => values[at - (at % 2)]!),
      50,
      2,
    );
    expect(failureOf(() => fitVectorAutoregression(twins, 1)).reason).toBe('outOfDomain');
    const broken = { values: values.map((value, at) => (at === 3 ? NaN : value)), observations: 50, assets: 2 };
    expect(failureOf(() => fitVectorAutoregression(broken, 1)).reason).toBe('invalidInput');
    expect(failureOf(() => fitVectorAutoregression(series, 0)).details.field).toBe('order');
    expect(failureOf(() => forecastVectorAutoregression(fitVectorAutoregression(series, 1), 0)).details.field).toBe(
      'horizonDays',
    );
  });
});
