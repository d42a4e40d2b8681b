import fc from 'fast-check';
import { seededReturns, seeds } from '../../../test/support/arbitrary.js';
import { failureOf } from '../../../test/support/failure.js';
import { golden, relativeDifference } from '../../../test/support/golden.js';
import { seen } from '../../../test/support/seen.js';
import { startVariance } from '../start-variance.js';
import { filterGarch } from './filter.js';
import { fitGarch } from './fit.js';
import { garchForecast } from './forecast.js';
import { GarchLikelihood } from './likelihood.js';
import { fallShareOfVariance } from './skewed-t.js';
import type { RiskMathError } from '../../foundation/risk-math-error.js';
import type { GarchFit, GarchModel, GarchParameters, GarchSpecification, Innovations } from './types.js';

interface Fit {
  series: string;
  model: GarchModel;
  innovations: Innovations;
  mean: 'zero' | 'constant';
  archLogLikelihood: number;
  logLikelihood: number;
  parameters: Partial<GarchParameters>;
  standardErrors: Partial<Record<keyof GarchParameters, number>>;
  variances: number[];
  forecast: number[];
  fallShare?: number;
}

const expected = golden<{ returns: Record<string, number[]>; fits: Fit[] }>('volatility/fixtures/garch.json');
const returnsOf = (series: string): Float64Array => Float64Array.from(expected.returns[series]!);
const nameOf = ({ series, model, innovations, mean }: Fit): string =>
  `${model}, ${innovations}, mean ${mean}, ${series}`;
const cases = expected.fits.map((fit) => [nameOf(fit), fit] as const);
const completed = (parameters: Partial<GarchParameters>): GarchParameters => ({
  mean: 0,
  omega: 0,
  alpha: 0,
  gamma: 0,
  beta: 0,
  degreesOfFreedom: null,
  skew: null,
  ...parameters,
});
/** null where a series that hardly moves has no finite likelihood at any start, and says so. */
function fitOrFailure(values: Float64Array, specification: GarchSpecification): GarchFit | null {
  try {
    return fitGarch(values, specification);
  } catch (error) {
    expect((error as RiskMathError).reason).toBe('notConverged');
    return null;
  }
}
const names = ['mean', 'omega', 'alpha', 'gamma', 'beta', 'degreesOfFreedom', 'skew'] as const;
const models: GarchModel[] = ['garch', 'gjr', 'egarch'];
const innovations: Innovations[] = ['normal', 'studentT', 'skewedT'];

describe.each(cases)('%s', (_, fit) => {
  const returns = returnsOf(fit.series);
  const specification = { model: fit.model, innovations: fit.innovations, mean: fit.mean };

  it('at given parameters has the variances, the likelihood and the forecast of arch', () => {
    const filtered = filterGarch(returns, specification, completed(fit.parameters));
    const days = [0, 1, 2, 9, 99, 499, 998, 999].map((t) => filtered.variances[t]!);
    expect(seen('GARCH, GJR, EGARCH', relativeDifference(days, fit.variances))).toBeLessThan(1e-11);
    expect(seen('GARCH, GJR, EGARCH', filtered.nextVariance / fit.forecast[0]! - 1)).toBeLessThan(1e-10);
    expect(seen('GARCH, GJR, EGARCH', filtered.logLikelihood / fit.logLikelihood - 1)).toBeLessThan(1e-12);
  });

  it('reaches a likelihood no worse than that of arch, and the optimum itself', () => {
    const own = fitGarch(returns, specification);
    expect(own.status).toBe('converged');
    expect(own.atBound).toEqual([]);
    expect(own.logLikelihood).toBeGreaterThan(fit.archLogLikelihood - 1e-6);
    expect(seen('their optimum', Math.max(0, fit.logLikelihood - own.logLikelihood), 'log-likelihood')).toBeLessThan(
      1e-8,
    );
    for (const name of names) {
      const wanted = fit.parameters[name];
      if (wanted === undefined || wanted === null) continue;
      const error = fit.standardErrors[name]!;
      expect(seen('their optimum', Math.abs(own.parameters[name]! - wanted) / error, 'parameters')).toBeLessThan(1e-4);
      expect(seen('their robust standard errors', own.standardErrors[name]! / error - 1)).toBeLessThan(5e-4);
    }
  });

  it('forecasts as arch, or as quadrature over the shocks to come', () => {
    const own = fitGarch(returns, specification);
    const ahead = fit.forecast.length;
    const wanted = fit.innovations === 'skewedT' ? fit.forecast.slice(0, 1) : fit.forecast;
    const forecast = garchForecast(own, ahead);
    expect(seen('their forecasts', relativeDifference(forecast.daily.slice(0, wanted.length), wanted))).toBeLessThan(
      1e-5,
    );
    expect(forecast.total).toBeCloseTo(
      forecast.daily.reduce((a, b) => a + b, 0),
      15,
    );
  });
});

describe('maximum likelihood of a variance', () => {
  it.each(models.flatMap((model) => innovations.map((density) => [model, density] as const)))(
    '%s, %s: analytic scores are the slopes of the likelihood',
    (model, density) => {
      const specification = { model, innovations: density, mean: 'constant' } as const;
      const scaled = returnsOf('AAPL').map((value) => 64 * value);
      const likelihood = new GarchLikelihood(scaled, startVariance(scaled), specification);
      const full = [0.02, 0.05, 0.06, model === 'egarch' ? -0.04 : 0.05, 0.85, 6, -0.1];
      const at = Float64Array.from(likelihood.free, (place) => full[place]!);
      const gradient = new Float64Array(likelihood.size);
      expect(likelihood.gradient(at, gradient) / likelihood.value(at)).toBeCloseTo(1, 13);
      gradient.forEach((slope, j) => {
        const width = 1e-5 * Math.max(0.1, Math.abs(at[j]!));
        const moved = (by: number): number => likelihood.value(at.map((value, i) => (i === j ? value + by : value)));
        const central = (8 * (moved(width) - moved(-width)) - (moved(2 * width) - moved(-2 * width))) / (12 * width);
        expect(Math.abs(slope - central)).toBeLessThan(1e-6 * Math.max(1, Math.abs(slope)));
      });
    },
  );

  it('does not depend on the units of the returns, from 1e-12 to 1e6', () => {
    const returns = returnsOf('JPM');
    for (const [model, density] of [
      ['gjr', 'studentT'],
      ['egarch', 'normal'],
    ] as const) {
      const specification = { model, innovations: density, mean: 'constant' } as const;
      const one = fitGarch(returns, specification);
      for (const factor of [1e-12, 0.25, 1e6]) {
        const scaled = fitGarch(
          returns.map((value) => value * factor),
          specification,
        );
        expect(scaled.nextVariance / one.nextVariance / factor / factor).toBeCloseTo(1, 5);
        expect(scaled.parameters.alpha).toBeCloseTo(one.parameters.alpha, 5);
        expect(scaled.parameters.beta).toBeCloseTo(one.parameters.beta, 5);
        expect(scaled.logLikelihood + 1000 * Math.log(factor)).toBeCloseTo(one.logLikelihood, 6);
        expect(scaled.standardErrors.omega! / (model === 'egarch' ? 1 : factor ** 2) > 0).toBe(true);
      }
      const exact = fitGarch(
        returns.map((value) => value * 0.25),
        specification,
      );
      expect(exact.parameters.alpha).toBe(one.parameters.alpha);
    }
  });

  it('never holds a number that is not finite, and stays stationary, whatever the series', () => {
    fc.assert(
      fc.property(
        seeds,
        fc.constantFrom(...models),
        fc.constantFrom(...innovations),
        fc.constantFrom('zero' as const, 'constant' as const),
        fc.integer({ min: 0, max: 90 }),
        (seed, model, density, mean, zeros) => {
          const values = seededReturns(seed, 120, 1).values.map((value, t) => (t % 100 < zeros ? 0 : value));
          const specification: GarchSpecification = { model, innovations: density, mean };
          const fit = fitOrFailure(values, specification);
          if (fit === null) return;
          const { parameters, standardErrors, specification: _, atBound, status, longRunVariance, ...rest } = fit;
          expect(fit.persistence).toBeLessThan(1);
          expect(parameters.beta).toBeLessThan(1);
          expect(['converged', 'notConverged']).toContain(status);
          const numbers = [parameters, standardErrors, { longRunVariance }].flatMap((record) => Object.values(record));
          for (const value of numbers) expect(value === null || Number.isFinite(value)).toBe(true);
          for (const value of Object.values(rest)) {
            if (typeof value === 'number') expect(Number.isFinite(value)).toBe(true);
            else expect(value.every(Number.isFinite)).toBe(true);
          }
          expect(fit.variances.every((value) => value > 0)).toBe(true);
          expect(atBound.every((name) => name.length > 0)).toBe(true);
        },
      ),
      {
        numRuns: 60,
        examples: [
          [1, 'gjr', 'skewedT', 'constant', 86],
          [440226246, 'egarch', 'studentT', 'constant', 41],
          [1, 'egarch', 'skewedT', 'zero', 19],
        ],
      },
    );
  });

  it('refuses an exponential model whose next variance is beyond all numbers', () => {
    const values = seededReturns(1, 120, 1).values.map((value, t) => (t % 100 < 19 ? 0 : value));
    const failure = failureOf(() => fitGarch(values, { model: 'egarch', innovations: 'skewedT' }));
    expect(failure.reason).toBe('notConverged');
    expect(failure.message).toContain('the next variance is Infinity');
  });

  it('under a skew stays stationary by the share of the variance that falls really bring', () => {
    const values = seededReturns(1, 120, 1).values.map((value, t) => (t % 100 < 82 ? 0 : value));
    const fit = fitGarch(values, { model: 'gjr', innovations: 'skewedT', mean: 'constant' });
    const { alpha, beta, gamma, degreesOfFreedom, skew } = fit.parameters;
    expect(fit.persistence).toBeCloseTo(alpha + beta + gamma * fallShareOfVariance(degreesOfFreedom!, skew!), 12);
    expect(fit.persistence).toBeLessThan(1);
    expect(garchForecast(fit, 1000).daily.every(Number.isFinite)).toBe(true);
  });

  it('is the same from the same series, bit by bit', () => {
    const specification = { model: 'gjr', innovations: 'skewedT', mean: 'constant' } as const;
    expect(fitGarch(returnsOf('PG'), specification)).toEqual(fitGarch(returnsOf('PG'), specification));
  });

  it('from yesterday’s parameters reaches the same optimum in fewer steps', () => {
    const returns = returnsOf('JPM');
    const specification = { model: 'gjr', innovations: 'studentT' } as const;
    const yesterday = fitGarch(returns.slice(0, -1), specification);
    const cold = fitGarch(returns.slice(1), specification);
    const warm = fitGarch(returns.slice(1), specification, { warmStart: yesterday.parameters });
    expect(warm.logLikelihood).toBeCloseTo(cold.logLikelihood, 7);
    expect(warm.iterations).toBeLessThanOrEqual(cold.iterations);
  });

  it('says that it did not converge when it is stopped early', () => {
    const stopped = fitGarch(returnsOf('AAPL'), { model: 'gjr', innovations: 'skewedT' }, { iterations: 1 });
    expect(stopped.status).toBe('notConverged');
    expect(stopped.residual).toBeGreaterThan(1e-7);
  });

  it('names the bounds that hold, and gives no standard error there', () => {
    // Squares that fall and rise in turn: yesterday’s says less than nothing about today’s.
    const returns = seededReturns(11, 400, 1).values.map((value, t) => value * (t % 2 === 0 ? 2 : 0.3));
    const fit = fitGarch(returns, { model: 'garch', innovations: 'normal' });
    expect(fit.atBound).toContain('alpha ≥ 0');
    expect(fit.parameters.alpha).toBeCloseTo(0, 12);
    expect(fit.standardErrors.alpha).toBeNull();
  });

  it.each([
    ['99 days', new Float64Array(99).fill(0.01), 'tooFewObservations'],
    ['no day', new Float64Array(0), 'tooFewObservations'],
    ['only zeros', new Float64Array(200), 'outOfDomain'],
    ['a constant', new Float64Array(200).fill(0.01), 'outOfDomain'],
    [
      'a sign that changes and a size that does not',
      Float64Array.from({ length: 200 }, (_, t) => (t % 3 ? 1 : -1)),
      'outOfDomain',
    ],
    ['NaN', Float64Array.from({ length: 200 }, (_, t) => (t === 7 ? NaN : t / 1e4)), 'invalidInput'],
    ['an infinity', Float64Array.from({ length: 200 }, (_, t) => (t === 7 ? Infinity : t / 1e4)), 'invalidInput'],
    [
      'sizes whose squares leave the range',
      Float64Array.from({ length: 200 }, (_, t) => 1e-200 * (t % 7)),
      'outOfDomain',
    ],
  ] as const)('refuses %s', (_name, returns, reason) => {
    expect(failureOf(() => fitGarch(returns, { model: 'garch', innovations: 'normal' })).reason).toBe(reason);
  });
});

describe('forecasts of a fitted variance', () => {
  const fit = fitGarch(returnsOf('JPM'), { model: 'gjr', innovations: 'studentT' });

  it('run to the long-run variance', () => {
    const far = garchForecast(fit, 3000).daily;
    expect(far[2999]! / fit.longRunVariance!).toBeCloseTo(1, 6);
  });

  it('sum over the horizon', () => {
    const { daily, total, volatilityAnnual, horizonDays } = garchForecast(fit, 20);
    expect(horizonDays).toBe(20);
    expect(total).toBeCloseTo(
      daily.reduce((a, b) => a + b, 0),
      15,
    );
    expect(volatilityAnnual).toBeCloseTo(Math.sqrt((total / 20) * 252), 15);
    expect(daily[0]).toBe(fit.nextVariance);
  });

  it('after falls that weigh more, by the share of the variance that falls bring', () => {
    const skewed = expected.fits.filter(({ fallShare }) => fallShare !== undefined);
    expect(skewed.length).toBeGreaterThan(1);
    for (const { parameters, fallShare } of skewed) {
      expect(fallShareOfVariance(parameters.degreesOfFreedom!, parameters.skew!)).toBeCloseTo(fallShare!, 9);
    }
    expect(fallShareOfVariance(5, 0)).toBeCloseTo(0.5, 14);
    expect(fallShareOfVariance(5, 0.3) + fallShareOfVariance(5, -0.3)).toBeCloseTo(1, 10);
  });

  it('of an EGARCH with t innovations end after a day, for its variance has no mean', () => {
    const heavy = fitGarch(returnsOf('AAPL'), { model: 'egarch', innovations: 'studentT' });
    expect(garchForecast(heavy, 1).total / heavy.nextVariance).toBeCloseTo(1, 14);
    expect(failureOf(() => garchForecast(heavy, 2)).reason).toBe('outOfDomain');
  });

  it.each([0, -1, 1.5, NaN])('refuse a horizon of %d days', (horizonDays) => {
    expect(failureOf(() => garchForecast(fit, horizonDays)).details.field).toBe('horizonDays');
  });

  it('at parameters that explode are refused', () => {
    const parameters = { ...fit.parameters, beta: 50 };
    expect(
      failureOf(() => filterGarch(returnsOf('JPM'), { model: 'gjr', innovations: 'studentT' }, parameters)).reason,
    ).toBe('outOfDomain');
  });
});
