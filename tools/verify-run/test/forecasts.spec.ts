import {
  correlationsForecast,
  correlationsScored,
  forecastMade,
  forecastScored,
  regimesScored,
} from '@risk-budget/contracts';
import { corrupted, failedChecks, run } from './corrupted.js';

interface Volatility {
  method: string;
  horizonDays: number;
  variance: number;
}

const forecasts = 'events/forecasting.forecasts';
const offByAMillionth = (of: Record<string, number>, field: string): void => {
  of[field] = (of[field] ?? NaN) * (1 + 1e-6);
};

/** Of what is held against forecasts alone. */
const failedForecastChecks = (messages: typeof run.messages): string[] =>
  failedChecks(messages, run.rest, ['forecasts', 'scores', 'combinations', 'correlations', 'regimes']);

/** The run with one variance off: of the market's or the portfolio's first forecast. */
function withVariance(nth: number, method: string, horizonDays: number) {
  return corrupted(
    forecasts,
    nth,
    ({ data }) => {
      const [made] = data['forecasts'] as { volatilities: Volatility[] }[];
      const found = made?.volatilities.find((one) => one.method === method && one.horizonDays === horizonDays);
      if (found === undefined) throw new Error(`no forecast by ${method}`);
      found.variance *= 1 + 1e-6;
    },
    forecastMade.type,
  );
}

describe('the verification of forecasts', () => {
  const variances = 'forecasts by EWMA, GARCH, GJR and HAR from what was known at the time';
  const combined = 'forecasts combined by inverse past loss, from the scores published before';
  const scored = 'forecasts scored once: realised variance, QLIKE and squared error';

  it.each([
    ['a market', 0],
    ['a portfolio', 1],
  ])('fails on a variance of %s that is off, whatever its method', (_, nth) => {
    expect(failedChecks(withVariance(nth, 'ewma', 20))).toContain(variances);
    expect(failedChecks(withVariance(nth, 'garch', 5))).toContain(variances);
    expect(failedChecks(withVariance(nth, 'har', 5))).toContain(variances);
    expect(failedChecks(withVariance(nth, 'combination', 5))).toEqual([combined]);
  });

  it('fails on a likelihood that is off, and on parameters that are not the likeliest', () => {
    const likelihoods = 'GARCH and GJR: the likelihood published, and none higher nearby';
    const withFit = (change: (garch: Record<string, number>) => void) =>
      corrupted(
        forecasts,
        0,
        ({ data }) => {
          const [made] = data['forecasts'] as { fit: { garch: Record<string, number> } }[];
          if (made !== undefined) change(made.fit.garch);
        },
        forecastMade.type,
      );
    const off = withFit((garch) => offByAMillionth(garch, 'logLikelihood'));
    expect(failedForecastChecks(off)).toEqual([likelihoods]);
    const other = withFit((garch) => (garch['omega'] = (garch['omega'] ?? NaN) * 1.3));
    expect(failedForecastChecks(other)).toContain(likelihoods);
  });

  it('fails on a method that is left out', () => {
    const without = corrupted(
      forecasts,
      1,
      ({ data }) => {
        const [made] = data['forecasts'] as { volatilities: Volatility[] }[];
        if (made !== undefined) made.volatilities = made.volatilities.filter(({ method }) => method !== 'har');
      },
      forecastMade.type,
    );
    expect(failedChecks(without)).toContain(variances);
  });

  it('fails on a combination that weighs a loss wrongly: one score that is off moves those after it', () => {
    const messages = corrupted(
      forecasts,
      1,
      ({ data }) => {
        const [one] = data['scored'] as { scores: { method: string; qlike: number }[] }[];
        const ewma = one?.scores.find(({ method }) => method === 'ewma');
        if (ewma !== undefined) ewma.qlike *= 1.01;
      },
      forecastScored.type,
    );
    expect(failedForecastChecks(messages)).toEqual([scored, combined]);
  });

  it('fails on what happened to a portfolio, where it is told otherwise', () => {
    const messages = corrupted(
      forecasts,
      1,
      ({ data }) => {
        const [one] = data['scored'] as Record<string, number>[];
        if (one !== undefined) offByAMillionth(one, 'realisedReturn');
      },
      forecastScored.type,
    );
    expect(failedChecks(messages)).toEqual([scored]);
  });

  it('fails on a probability of a regime that is off, today or ahead, and on parameters that are', () => {
    const scoredRegimes = 'forecasts of regimes scored once: the density that they gave to the return of their day';
    const filtered = 'regimes: probabilities filtered with the parameters published, and their forecasts';
    const today = corrupted('events/forecasting.regimes', 2, ({ data }) => {
      const [state] = data['states'] as Record<string, number>[];
      if (state !== undefined) offByAMillionth(state, 'probability');
    });
    expect(failedChecks(today)).toEqual([filtered, scoredRegimes]);
    const ahead = corrupted('events/forecasting.regimes', 2, ({ data }) => {
      const [, forecast] = data['forecasts'] as { probabilities: number[] }[];
      if (forecast !== undefined) forecast.probabilities = [0.5, 0.5];
    });
    expect(failedChecks(ahead)).toEqual([filtered]);
    const parameters = corrupted('events/forecasting.regimes', 2, ({ data }) => {
      const [state] = data['states'] as Record<string, number>[];
      if (state !== undefined) state['volatilityAnnual'] = 0.3;
    });
    expect(failedChecks(parameters)).toContain(filtered);
    const moved = corrupted('events/forecasting.regimes', 2, ({ data }) => {
      const first = run.messages.find(({ topic }) => topic === 'events/forecasting.regimes')?.payload ?? '';
      data['fittedAt'] = (JSON.parse(first) as { data: { fittedAt: string } }).data.fittedAt;
      const [state] = data['states'] as Record<string, number>[];
      if (state !== undefined) state['meanDaily'] = 0.002;
    });
    expect(failedChecks(moved)).toContain('regimes: ordered by variance; parameters stand still between two fits');
  });
});

describe('the verification of correlations', () => {
  const matrices = 'correlations by EWMA and DCC from what was known at the time, on the run’s variances';
  const whole = 'correlations: every method over every horizon; parameters stand still between two fits';
  const scored = 'correlations scored once: QLIKE and squared error of the covariances';
  interface Told {
    method: string;
    correlations: number[];
    variances: number[];
  }

  it.each(['ewma', 'dcc'])('fails on a correlation or a variance by %s that is off', (method) => {
    for (const field of ['correlations', 'variances'] as const) {
      const messages = corrupted(
        forecasts,
        1,
        ({ data }) => {
          const found = (data['matrices'] as Told[]).filter((one) => one.method === method).at(-1);
          if (found !== undefined) found[field] = found[field].map((value) => value * (1 + 1e-6));
        },
        correlationsForecast.type,
      );
      expect(failedForecastChecks(messages)).toEqual([matrices]);
    }
  });

  it('fails on parameters of dynamic correlations that are others than those used, or move between two fits', () => {
    const moved = corrupted(
      forecasts,
      1,
      ({ data }) => ((data['fit'] as { a: number }).a += 1e-4),
      correlationsForecast.type,
    );
    expect(failedForecastChecks(moved)).toEqual([matrices, whole]);
  });

  it('fails on a method that is left out', () => {
    const without = corrupted(
      forecasts,
      0,
      ({ data }) => (data['matrices'] = (data['matrices'] as Told[]).filter(({ method }) => method !== 'ewma')),
      correlationsForecast.type,
    );
    expect(failedForecastChecks(without)).toContain(whole);
  });

  it('fails on a score that is off, is missing or comes twice', () => {
    type Scored = { scores: Record<string, number>[] }[];
    for (const field of ['qlike', 'squaredError']) {
      const off = corrupted(
        forecasts,
        0,
        ({ data }) => {
          const score = (data['scored'] as Scored)[0]?.scores[0];
          if (score !== undefined) offByAMillionth(score, field);
        },
        correlationsScored.type,
      );
      expect(failedForecastChecks(off)).toEqual([scored]);
    }
    const missing = corrupted(
      forecasts,
      0,
      ({ data }) => (data['scored'] as Scored)[0]?.scores.pop(),
      correlationsScored.type,
    );
    expect(failedForecastChecks(missing)).toEqual([scored]);
    const twice = corrupted(
      forecasts,
      0,
      ({ data }) => (data['scored'] as Scored).push(...(data['scored'] as Scored)),
      correlationsScored.type,
    );
    expect(failedForecastChecks(twice)).toEqual([scored]);
  });
});

describe('the verification of scored regimes', () => {
  const scored = 'forecasts of regimes scored once: the density that they gave to the return of their day';
  interface Told {
    realisedReturn: number;
    scores: { method: string; probabilities: number[]; logScore: number }[];
  }
  const failedWith = (change: (one: Told) => void): string[] =>
    failedForecastChecks(
      corrupted(
        forecasts,
        0,
        ({ data }) => {
          for (const one of data['scored'] as Told[]) change(one);
        },
        regimesScored.type,
      ),
    );

  it('fails on a return, a score or a probability that is off, and on a method that is missing', () => {
    expect(failedWith(() => undefined)).toEqual([]);
    expect(failedWith((one) => (one.realisedReturn += 1e-6))).toEqual([scored]);
    expect(failedWith(({ scores }) => scores.forEach((score) => (score.logScore += 1e-6)))).toEqual([scored]);
    expect(failedWith(({ scores: [first] }) => first && (first.probabilities = [0.5, 0.5]))).toEqual([scored]);
    expect(failedWith(({ scores }) => scores.shift())).toEqual([scored]);
  });

  it('fails on a source that nobody has heard', () => {
    expect(failedWith(({ scores: [first] }) => first && (first.method = 'oracle'))).toEqual([scored]);
  });
});

describe('the verification of value at risk', () => {
  const figures = 'value at risk of every close by every method, and the loss of the day after';
  const exceptions = 'value at risk: exceptions, Kupiec’s test and Basel’s zone';
  const [backtest] = run.rest.backtests;
  if (backtest === undefined) throw new Error('no backtest');
  const failedWith = (changed: typeof backtest): string[] =>
    failedChecks(run.messages, { ...run.rest, backtests: [changed] });

  it.each(['model', 'historical', 'champion'] as const)('fails on a figure by %s that is off', (method) => {
    const days = backtest.days.map((day, at) => ({
      ...day,
      figures: day.figures.map((one) =>
        at === 1 && one.method === method ? { ...one, valueAtRisk: one.valueAtRisk * (1 + 1e-6) } : one,
      ),
    }));
    expect(failedWith({ ...backtest, days })).toEqual([figures]);
  });

  it('fails on a day that is missing, and on a loss that is off', () => {
    expect(failedWith({ ...backtest, days: backtest.days.slice(1) })).toContain(figures);
    const days = backtest.days.map((day) => ({ ...day, loss: day.loss === null ? null : day.loss + 1e-6 }));
    expect(failedWith({ ...backtest, days })).toEqual([figures]);
  });

  it('fails on an exception that is hidden, a test that is off and a zone that is kinder', () => {
    expect(backtest.tests.some((test) => test.exceedances > 0)).toBe(true);
    const hidden = backtest.tests.map((test) => ({ ...test, exceptions: [] }));
    expect(failedWith({ ...backtest, tests: hidden })).toEqual([exceptions]);
    const tests = backtest.tests.map((test) => ({
      ...test,
      kupiec: test.kupiec && { ...test.kupiec, pValue: test.kupiec.pValue + 1e-6 },
    }));
    expect(failedWith({ ...backtest, tests })).toEqual([exceptions]);
    const zones = backtest.tests.map((test) => ({ ...test, basel: test.basel && { ...test.basel, zone: 'red' } }));
    expect(failedWith({ ...backtest, tests: zones })).toEqual([exceptions]);
    expect(failedChecks(run.messages, { ...run.rest, backtests: [] })).toEqual([exceptions]);
  });
});
