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

/** The run with one variance off: of the market's or the portfolio's first forecast. */
function withVariance(nth: number, method: string, horizonDays: number) {
  return corrupted(forecasts, nth, ({ data }) => {
    const [made] = data['forecasts'] as { volatilities: Volatility[] }[];
    const found = made?.volatilities.find((one) => one.method === method && one.horizonDays === horizonDays);
    if (found === undefined) throw new Error(`no forecast by ${method}`);
    found.variance *= 1 + 1e-6;
  });
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
    expect(failedChecks(withVariance(nth, 'har', 5))).toContain(variances);
    expect(failedChecks(withVariance(nth, 'combination', 5))).toEqual([combined]);
  });

  it('fails on a method that is left out', () => {
    const without = corrupted(forecasts, 1, ({ data }) => {
      const [made] = data['forecasts'] as { volatilities: Volatility[] }[];
      if (made !== undefined) made.volatilities = made.volatilities.filter(({ method }) => method !== 'har');
    });
    expect(failedChecks(without)).toContain(variances);
  });

  it('fails on a combination that weighs a loss wrongly: one score that is off moves those after it', () => {
    const messages = corrupted(forecasts, 3, ({ data }) => {
      const [one] = data['scored'] as { scores: { method: string; qlike: number }[] }[];
      const ewma = one?.scores.find(({ method }) => method === 'ewma');
      if (ewma !== undefined) ewma.qlike *= 1.01;
    });
    expect(failedChecks(messages)).toEqual([scored, combined]);
  });

  it('fails on what happened to a portfolio, where it is told otherwise', () => {
    const messages = corrupted(forecasts, 3, ({ data }) => {
      const [one] = data['scored'] as Record<string, number>[];
      if (one !== undefined) offByAMillionth(one, 'realisedReturn');
    });
    expect(failedChecks(messages)).toEqual([scored]);
  });

  it('fails on a probability of a regime that is off, today or ahead, and on parameters that are', () => {
    const filtered = 'regimes: probabilities filtered with the parameters published, and their forecasts';
    const today = corrupted('events/forecasting.regimes', 2, ({ data }) => {
      const [state] = data['states'] as Record<string, number>[];
      if (state !== undefined) offByAMillionth(state, 'probability');
    });
    expect(failedChecks(today)).toEqual([filtered]);
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
