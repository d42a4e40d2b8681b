import fc from 'fast-check';
import { failureOf } from '../../test/support/failure.js';
import { golden, relativeDifference } from '../../test/support/golden.js';
import { seen } from '../../test/support/seen.js';
import { createReturns } from '../model/returns.js';
import { filterRegimes } from '../regimes/filter.js';
import { regimeForecast } from '../regimes/forecast.js';
import { stationaryDistribution } from '../regimes/chain.js';
import { brierScore } from './brier.js';
import { covarianceLoss } from './covariance-loss.js';
import { dieboldMariano } from './diebold-mariano.js';
import { qlike, realisedVariance, squaredError } from './losses.js';
import { mincerZarnowitz } from './mincer-zarnowitz.js';
import { mixtureLogScore } from './mixture-log-score.js';

interface Golden {
  realised: number[];
  first: number[];
  second: number[];
  qlike: { first: number; second: number };
  squaredError: number;
  dieboldMariano: { horizonDays: number; kernel: 'uniform' | 'bartlett'; statistic: number; pValue: number }[];
  mincerZarnowitz: {
    horizonDays: number;
    intercept: number;
    slope: number;
    interceptStandardError: number;
    slopeStandardError: number;
    rSquared: number;
    statistic: number;
    pValue: number;
  }[];
  covariance: { forecast: number[]; returns: number[]; days: number; qlike: number; squaredError: number };
  mixtures: { probabilities: number[]; means: number[]; variances: number[]; value: number; score: number }[];
  brier: {
    probabilities: number[];
    outcomes: number[];
    score: number;
    reliability: number;
    resolution: number;
    uncertainty: number;
    withinBin: number;
    meanForecasts: number[];
    observedFrequencies: number[];
  };
}

const expected = golden<Golden>('scores/fixtures/scores.json');
const realised = Float64Array.from(expected.realised);
const first = Float64Array.from(expected.first);
const second = Float64Array.from(expected.second);

describe('losses of variance forecasts', () => {
  it('agree with NumPy, and count the days raised to the floor', () => {
    const own = qlike(realised, first);
    expect(seen('QLIKE, squared error', own.mean / expected.qlike.first - 1)).toBeLessThan(1e-13);
    expect(own.floored).toBe(1);
    expect(seen('QLIKE, squared error', qlike(realised, second).mean / expected.qlike.second - 1)).toBeLessThan(1e-13);
    expect(seen('QLIKE, squared error', squaredError(realised, first).mean / expected.squaredError - 1)).toBeLessThan(
      1e-13,
    );
  });

  it('QLIKE is 0 for a perfect forecast only, and free of the unit', () => {
    const variance = fc.double({ min: 1e-8, max: 1, noNaN: true });
    fc.assert(
      fc.property(variance, variance, fc.constantFrom(1e-12, 1e6), (rv, f, factor) => {
        const loss = qlike(Float64Array.of(rv), Float64Array.of(f)).mean;
        expect(loss).toBeGreaterThanOrEqual(0);
        const scaled = qlike(Float64Array.of(rv * factor), Float64Array.of(f * factor)).mean;
        expect(Math.abs(scaled - loss)).toBeLessThan(1e-12 * (1 + loss));
      }),
    );
    expect(qlike(first, first).mean).toBe(0);
  });

  it('a day without any move has the loss of the floor, not an infinite one', () => {
    expect(qlike(Float64Array.of(0), Float64Array.of(1e-4)).mean).toBeCloseTo(1e-4 - Math.log(1e-4) - 1, 12);
    expect(qlike(Float64Array.of(0), Float64Array.of(1e-4), 0.01).mean).toBeCloseTo(0.01 - Math.log(0.01) - 1, 12);
  });

  it('realised variance is the sum of squares over the horizon', () => {
    expect(realisedVariance([0.01, -0.02, 0])).toBeCloseTo(0.0005, 18);
  });

  it.each([
    [() => qlike(Float64Array.of(-1), Float64Array.of(1)), 'realised'],
    [() => qlike(Float64Array.of(1), Float64Array.of(0)), 'forecasts'],
    [() => qlike(Float64Array.of(1), Float64Array.of(1, 2)), 'forecasts'],
    [() => qlike(Float64Array.of(NaN), Float64Array.of(1)), 'realised'],
    [() => qlike(Float64Array.of(1), Float64Array.of(1), 0), 'floor'],
  ])('refuse bad pairs (%#)', (call, field) => {
    expect(failureOf(call).details.field).toBe(field);
  });

  it('need a day', () => {
    expect(failureOf(() => squaredError(new Float64Array(0), new Float64Array(0))).reason).toBe('tooFewObservations');
  });
});

describe('Diebold–Mariano', () => {
  const losses = [qlike(realised, first).losses, qlike(realised, second).losses] as const;

  it.each(expected.dieboldMariano)('agrees with statsmodels over $horizonDays days, $kernel', (wanted) => {
    const own = dieboldMariano(...losses, wanted.horizonDays, wanted.kernel);
    expect(own.kernel).toBe(wanted.kernel);
    expect(seen('Mincer–Zarnowitz; Diebold', own.statistic / wanted.statistic - 1)).toBeLessThan(1e-11);
    expect(seen('Mincer–Zarnowitz; Diebold', own.pValue / wanted.pValue - 1)).toBeLessThan(1e-9);
  });

  it('changes sign with the order, and does not depend on the unit', () => {
    const forward = dieboldMariano(...losses, 5);
    const backward = dieboldMariano(losses[1], losses[0], 5);
    expect(backward.statistic).toBeCloseTo(-forward.statistic, 13);
    expect(backward.pValue).toBeCloseTo(forward.pValue, 13);
    const scaled = dieboldMariano(
      losses[0].map((value) => value * 1e-12),
      losses[1].map((value) => value * 1e-12),
      5,
    );
    expect(scaled.statistic).toBeCloseTo(forward.statistic, 9);
  });

  it('takes the Bartlett kernel where the uniform one gives no positive variance, and says so', () => {
    const alternating = Float64Array.from({ length: 40 }, (_, t) => (t % 2 === 0 ? 1 : -1) + 0.01 * (t % 3));
    const own = dieboldMariano(alternating, new Float64Array(40), 2);
    expect(own.kernel).toBe('bartlett');
    expect(Number.isFinite(own.statistic)).toBe(true);
  });

  it('of a forecast with itself is 0; of losses a constant apart there is nothing to judge by', () => {
    expect(dieboldMariano(losses[0], losses[0], 1)).toMatchObject({ statistic: 0, pValue: 1 });
    const shifted = new Float64Array(50).fill(2);
    expect(failureOf(() => dieboldMariano(shifted, new Float64Array(50), 1)).reason).toBe('outOfDomain');
    expect(failureOf(() => dieboldMariano(new Float64Array(10), new Float64Array(10), 5)).reason).toBe(
      'tooFewObservations',
    );
  });
});

describe('Mincer–Zarnowitz', () => {
  it.each(expected.mincerZarnowitz)('agrees with statsmodels over $horizonDays days', (wanted) => {
    const own = mincerZarnowitz(realised, first, wanted.horizonDays);
    for (const key of ['slope', 'interceptStandardError', 'slopeStandardError', 'rSquared', 'statistic'] as const) {
      expect(seen('Mincer–Zarnowitz; Diebold', own[key] / wanted[key] - 1)).toBeLessThan(1e-9);
    }
    expect(Math.abs(own.intercept - wanted.intercept)).toBeLessThan(1e-9 * wanted.interceptStandardError);
    expect(seen('Mincer–Zarnowitz; Diebold', own.pValue / wanted.pValue - 1)).toBeLessThan(1e-8);
  });

  it('finds a forecast that is half of what comes', () => {
    const half = realised.map((value) => value / 2 + 1e-9);
    const noisy = realised.map((value, t) => value * (1 + (t % 2 === 0 ? 1e-6 : -1e-6)));
    expect(mincerZarnowitz(noisy, half, 1).slope).toBeCloseTo(2, 4);
    expect(mincerZarnowitz(noisy, half, 1).pValue).toBeLessThan(1e-6);
  });

  it('refuses forecasts that never change, and an exact line', () => {
    expect(failureOf(() => mincerZarnowitz(realised, new Float64Array(260).fill(1), 1)).reason).toBe('outOfDomain');
    expect(failureOf(() => mincerZarnowitz(new Float64Array(260), first, 1)).reason).toBe('outOfDomain');
    expect(failureOf(() => mincerZarnowitz(realised.slice(0, 4), first.slice(0, 4), 1)).reason).toBe(
      'tooFewObservations',
    );
  });
});

describe('Brier score', () => {
  const { probabilities, outcomes, meanForecasts, observedFrequencies, ...parts } = expected.brier;
  const own = brierScore(Float64Array.from(probabilities), outcomes);

  it('and its parts agree with pandas', () => {
    for (const key of ['score', 'reliability', 'resolution', 'uncertainty', 'withinBin'] as const) {
      expect(seen('Brier score', own[key] - parts[key])).toBeLessThan(1e-13);
    }
    const filled = own.table.filter(({ count }) => count > 0);
    expect(
      seen(
        'Brier score',
        relativeDifference(
          filled.map((bin) => bin.meanForecast!),
          meanForecasts,
        ),
      ),
    ).toBeLessThan(1e-13);
    expect(
      seen(
        'Brier score',
        relativeDifference(
          filled.map((bin) => bin.observedFrequency!),
          observedFrequencies,
        ),
      ),
    ).toBeLessThan(1e-13);
  });

  it('is reliability − resolution + uncertainty + what the bins hide', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.integer({ min: 0, max: 1 })), {
          minLength: 1,
        }),
        fc.integer({ min: 1, max: 20 }),
        (pairs, bins) => {
          const score = brierScore(
            Float64Array.from(pairs, ([p]) => p),
            pairs.map(([, outcome]) => outcome),
            bins,
          );
          const sum = score.reliability - score.resolution + score.uncertainty + score.withinBin;
          expect(sum).toBeCloseTo(score.score, 12);
          expect(score.table.reduce((total, { count }) => total + count, 0)).toBe(pairs.length);
        },
      ),
    );
  });

  it('has no skill to speak of when the outcome never changes', () => {
    expect(brierScore(Float64Array.of(0, 0.2), [0, 0]).skill).toBeNull();
    expect(brierScore(Float64Array.of(1, 0), [1, 0])).toMatchObject({ score: 0, skill: 1 });
  });

  it('refuses what is not a probability or an outcome', () => {
    expect(failureOf(() => brierScore(Float64Array.of(1.2), [1])).details.field).toBe('probabilities');
    expect(failureOf(() => brierScore(Float64Array.of(0.2), [0.5])).details.field).toBe('outcomes');
    expect(failureOf(() => brierScore(Float64Array.of(NaN), [0])).reason).toBe('invalidInput');
    expect(failureOf(() => brierScore(new Float64Array(0), [])).reason).toBe('tooFewObservations');
  });
});

describe('losses of a covariance forecast', () => {
  const { forecast, returns, days, ...losses } = expected.covariance;
  const assets = Math.sqrt(forecast.length);
  const happened = createReturns(Float64Array.from(returns), days, assets);

  it('are those of NumPy', () => {
    const found = covarianceLoss(Float64Array.from(forecast), happened);
    expect(found.qlike).toBeCloseTo(losses.qlike, 12);
    expect(found.squaredError / losses.squaredError).toBeCloseTo(1, 10);
  });

  it('of one asset are its QLIKE but for what does not depend on the forecast', () => {
    const one = createReturns(Float64Array.of(0.01, -0.02), 2, 1);
    const rv = realisedVariance(one.values);
    const own = qlike(Float64Array.of(rv), Float64Array.of(3e-4)).mean;
    expect(covarianceLoss(Float64Array.of(3e-4), one)).toEqual({
      qlike: expect.closeTo(own + Math.log(rv) + 1, 12),
      squaredError: 0,
    });
  });

  it('are least for what happened, whatever its size', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.2, max: 5, noNaN: true }),
        fc.double({ min: 1e-4, max: 1, noNaN: true }),
        (by, size) => {
          const days = createReturns(
            Float64Array.of(2, 1, 1, -1, 0, 3).map((value) => size * value),
            3,
            2,
          );
          const products = Float64Array.of(5, 1, 1, 11).map((value) => size * size * value);
          const best = covarianceLoss(products, days);
          const other = covarianceLoss(
            products.map((value) => by * value),
            days,
          );
          expect(other.qlike).toBeGreaterThanOrEqual(best.qlike - 1e-12);
          expect(best.squaredError).toBeLessThan(1e-24 * size ** 4);
        },
      ),
    );
  });

  it('refuse a forecast that is not positive definite, and no days', () => {
    const flat = Float64Array.from({ length: assets * assets }, () => 1);
    expect(failureOf(() => covarianceLoss(flat, happened)).reason).toBe('notPositiveSemiDefinite');
    const none = createReturns(new Float64Array(0), 0, assets);
    expect(failureOf(() => covarianceLoss(Float64Array.from(forecast), none)).reason).toBe('tooFewObservations');
  });
});

describe('the logarithmic score of a mixture', () => {
  const calm = { means: Float64Array.of(0.0006, -0.001), variances: Float64Array.of(4e-5, 6e-4) };

  it.each(expected.mixtures)('is that of SciPy at $value', ({ probabilities, means, variances, value, score }) => {
    const [p, m, v] = [probabilities, means, variances].map((one) => Float64Array.from(one)) as [
      Float64Array,
      Float64Array,
      Float64Array,
    ];
    expect(Math.abs(mixtureLogScore(p, m, v, value) / score - 1)).toBeLessThan(1e-13);
  });

  it('of each next day by the filter before it sums to the likelihood of the regimes', () => {
    const transition = Float64Array.of(0.97, 0.03, 0.1, 0.9);
    const initial = stationaryDistribution(transition, 2)!;
    const returns = Float64Array.of(0.004, -0.03, 0.02, 0.001, -0.002);
    const parameters = { ...calm, transition, initial };
    let total = mixtureLogScore(initial, calm.means, calm.variances, returns[0]!);
    for (let day = 1; day < returns.length; day++) {
      const { next } = filterRegimes(returns.slice(0, day), parameters);
      const { probabilities } = regimeForecast({ parameters, next }, 1);
      total += mixtureLogScore(probabilities, calm.means, calm.variances, returns[day]!);
    }
    // The likelihood is that of returns in percent.
    const { logLikelihood } = filterRegimes(returns, parameters);
    expect(total - returns.length * Math.log(100)).toBeCloseTo(logLikelihood, 10);
  });

  it('is highest in expectation for the probabilities by which the states are drawn', () => {
    const fraction = fc.double({ min: 0.02, max: 0.98, noNaN: true });
    const of = (p: number, value: number) =>
      mixtureLogScore(Float64Array.of(p, 1 - p), calm.means, calm.variances, value);
    // ∫ f(x) ln g(x) dx on a grid that holds both components.
    const grid = Array.from({ length: 601 }, (_, i) => -0.15 + i * 5e-4);
    const expectation = (truth: number, told: number) =>
      grid.reduce((sum, x) => sum + Math.exp(of(truth, x)) * of(told, x) * 5e-4, 0);
    fc.assert(
      fc.property(fraction, fraction, (truth, told) => {
        expect(expectation(truth, truth)).toBeGreaterThanOrEqual(expectation(truth, told) - 1e-9);
      }),
      { numRuns: 20 },
    );
  });

  it.each([
    [[0.5, 0.6], [1e-4, 1e-3], 'probabilities'],
    [[-0.5, 1.5], [1e-4, 1e-3], 'probabilities'],
    [[0.5, 0.5], [1e-4, 0], 'variances'],
    [[0.5, 0.5], [1e-4], 'variances'],
  ])('refuses %j with variances %j', (probabilities, variances, field) => {
    const call = () =>
      mixtureLogScore(Float64Array.from(probabilities), Float64Array.of(0, 0), Float64Array.from(variances), 0.01);
    expect(failureOf(call).details.field).toBe(field);
  });
});
