import { randomUUID } from 'node:crypto';
import {
  barsPublished,
  benchmarkStated,
  breachChanged,
  breachProbabilitiesEstimated,
  forecastMade,
  forecastScored,
  instrumentDefined,
  limitDefined,
  portfolioDefined,
  positionsStated,
  predictionMade,
  regimeEstimated,
  type BreachProbabilitiesEstimated,
  type ForecastScored,
  type LimitDefinition,
  type PredictionMade,
} from '@risk-budget/contracts';
import { AlignedReturnsService } from '@risk-budget/market-data';
import { Prices, tradingDays, Upstream, type Series } from '@risk-budget/market-data/testing';
import { Persistence } from '@risk-budget/persistence';
import {
  combine,
  dieboldMariano,
  ewmaForecast,
  filterRegimes,
  fitGarch,
  fitHar,
  fitRegimes,
  garchForecast,
  mincerZarnowitz,
  qlike,
  realisedVariance,
} from '@risk-budget/risk-math';
import { startTestService, type TestServiceHandle } from '@risk-budget/service-kit/testing';
import { forecastingService } from '@risk-budget/forecasting';

const firstDay = '2020-03-06';
const history = tradingDays(420, firstDay);
const later = tradingDays(24, '2020-04-09');
const series: Series[] = [
  { instrumentId: 'AAA', beta: 1.2, ownRisk: 0.02 },
  { instrumentId: 'BBB', beta: 0.8, ownRisk: 0.01 },
  { instrumentId: 'NEW', beta: 1, ownRisk: 0.03, from: '2020-02-20' },
  { instrumentId: 'MKT', beta: 1, ownRisk: 0 },
];
const prices = new Prices(series, [...history, ...later]);

interface Answer {
  status: number;
  body: Record<string, unknown> & { items?: Record<string, unknown>[] };
}
interface Volatility {
  method: string;
  horizonDays: number;
  variance: number;
}

describe('forecasts', () => {
  let handle: TestServiceHandle;
  let upstream: Upstream;
  let viewer: string;

  beforeAll(async () => {
    handle = await startTestService(forecastingService, { config: { CLOCK: 'replay' } });
    upstream = new Upstream(handle, 'forecasting');
    viewer = await handle.bearer({ subject: 'vera', roles: ['viewer'], portfolios: ['P1'] });
    const at = '2020-03-06T12:00:00.000Z';
    await upstream.publish(
      instrumentDefined,
      at,
      ...series.map(({ instrumentId }) => ({
        instrumentId,
        name: instrumentId,
        assetClass: instrumentId === 'MKT' ? ('index' as const) : ('equity' as const),
        currency: 'USD',
        sector: 'Energy',
        staleAfterDays: 3,
        contractMultiplier: '1',
      })),
    );
    await upstream.publish(benchmarkStated, at, { kind: 'series', benchmarkId: 'BENCH', instrumentId: 'MKT' });
    await upstream.publish(
      portfolioDefined,
      at,
      ...['P1', 'P2'].map((portfolioId) => ({
        portfolioId,
        name: portfolioId,
        baseCurrency: 'USD',
        benchmarkId: 'BENCH',
        calendar: 'XNYS',
        groups: [],
      })),
    );
    await upstream.history(prices, history);
    await upstream.publish(positionsStated, '2020-03-06T20:00:00.000Z', {
      portfolioId: 'P1',
      asOf: '2020-03-06T20:00:00.000Z',
      sequence: 1,
      positions: [
        { instrumentId: 'AAA', strategy: 's', quantity: '100' },
        { instrumentId: 'BBB', strategy: 's', quantity: '-50' },
        { instrumentId: 'NEW', strategy: 's', quantity: '10' },
      ],
      cash: [{ currency: 'USD', amount: '5000' }],
    });
    await upstream.advance('2020-03-06T21:00:00.000Z');
    await upstream.advance('2020-03-06T21:30:00.000Z');
  }, 120_000);

  afterAll(async () => {
    await upstream?.close();
    await handle?.stop();
  });

  async function call(path: string, as = viewer, init: RequestInit = {}): Promise<Answer> {
    const response = await fetch(`${handle.service.url}${path}`, {
      ...init,
      headers: { authorization: as, 'content-type': 'application/json', ...(init.headers as Record<string, string>) },
    });
    return { status: response.status, body: (await response.json()) as Answer['body'] };
  }

  /** Returns of a subject up to a moment, from the library's own store. */
  async function returnsOf(weights: Record<string, number>, end: string): Promise<Float64Array> {
    const { values, instrumentIds, dates } = await handle.service.get(AlignedReturnsService).load({
      instrumentIds: ['AAA', 'BBB', 'MKT', 'NEW'],
      baseCurrency: 'USD',
      end,
      knownAt: end,
      days: 1000,
      minimumHistory: 250,
    });
    return Float64Array.from(dates, (_, t) =>
      instrumentIds.reduce(
        (total, id, i) => total + (weights[id] ?? 0) * (values[t * instrumentIds.length + i] ?? 0),
        0,
      ),
    );
  }

  const close = async (day: string): Promise<void> => {
    await upstream.publish(barsPublished, `${day}T21:00:00.000Z`, {
      feed: 'close',
      interval: 'P1D',
      bars: prices.bars(day),
    });
    await upstream.settled();
    await upstream.advance(`${day}T21:30:00.000Z`);
  };
  /** Gross over NAV of the portfolio at a close. */
  const grossOn = (day: string): number => {
    const closes = new Map(prices.bars(day).map((bar) => [bar.instrumentId, Number(bar.close)]));
    const [a, b, n] = [100 * (closes.get('AAA') ?? 0), 50 * (closes.get('BBB') ?? 0), 10 * (closes.get('NEW') ?? 0)];
    return (a + b + n) / (5000 + a - b + n);
  };
  const made = async () => (await upstream.events(forecastMade)).map((event) => event.data);
  const scored = async () =>
    (await upstream.events(forecastScored)).flatMap(({ data }) =>
      data.scored.map((one) => ({ ...one, kind: data.kind })),
    );
  const variance = (volatilities: readonly Volatility[], method: string, horizonDays: number): number =>
    volatilities.find((one) => one.method === method && one.horizonDays === horizonDays)?.variance ?? NaN;

  it('come after the close, one event a kind, with the numbers of a direct computation', async () => {
    const events = await made();
    expect(events.map(({ kind }) => kind).sort()).toEqual(['instrument', 'market', 'portfolio']);
    const market = events.find(({ kind }) => kind === 'market')?.forecasts[0];
    expect(market).toMatchObject({ subjectId: 'BENCH', asOf: '2020-03-06T21:00:00.000Z', champion: 'ewma' });
    const volatilities = market?.volatilities ?? [];
    expect(volatilities).toHaveLength(15);
    const returns = await returnsOf({ MKT: 1 }, '2020-03-06T21:15:00.000Z');
    const squares = returns.map((value) => value * value);
    for (const days of [1, 5, 20]) {
      const own = {
        ewma: ewmaForecast(returns, { lambda: 0.94 }, days).total,
        garch: garchForecast(fitGarch(returns, { model: 'garch', innovations: 'normal' }), days).total,
        gjr: garchForecast(fitGarch(returns, { model: 'gjr', innovations: 'normal' }), days).total,
        har: fitHar(squares, days).forecast.total,
      };
      for (const [method, expected] of Object.entries(own)) {
        expect(variance(volatilities, method, days) / expected).toBeCloseTo(1, 9);
      }
      const combined = combine(Object.values(own), new Float64Array(4).fill(0.25));
      expect(variance(volatilities, 'combination', days) / combined).toBeCloseTo(1, 9);
    }
  });

  it('of a portfolio are those of today’s holdings on past returns, the short one and the proxied one with them', async () => {
    const { body } = await call('/v1/forecasts/portfolio/P1/latest');
    const last = new Map(prices.bars(firstDay).map((bar) => [bar.instrumentId, Number(bar.close)]));
    const value = (id: string, quantity: number) => quantity * (last.get(id) ?? 0);
    const values = { AAA: value('AAA', 100), BBB: value('BBB', -50), NEW: value('NEW', 10) };
    const nav = 5000 + values.AAA + values.BBB + values.NEW;
    const weights = Object.fromEntries(Object.entries(values).map(([id, one]) => [id, one / nav]));
    const returns = await returnsOf(weights, '2020-03-06T21:15:00.000Z');
    expect(variance(body['volatilities'] as Volatility[], 'ewma', 1)).toBeCloseTo(
      ewmaForecast(returns, { lambda: 0.94 }, 1).total,
      12,
    );
    expect(body).toMatchObject({ kind: 'portfolio', modelledShare: 1, observations: 419 });
  });

  it('are refused for a name without a history of its own, and for a portfolio without positions; the run says so', async () => {
    const operator = await handle.bearer({ subject: 'otto', roles: ['operator'] });
    const { body } = await call('/v1/forecast-runs', operator);
    expect(body.items).toMatchObject([
      {
        subjects: 4,
        fitted: 4,
        scored: 0,
        refusals: [
          { kind: 'portfolio', subjectId: 'P2', code: 'MARKET_DATA.NO_POSITIONS' },
          { kind: 'instrument', subjectId: 'NEW', code: 'FORECASTING.TOO_FEW_OBSERVATIONS' },
        ],
      },
    ]);
    expect(await call('/v1/forecast-runs')).toMatchObject({ status: 403, body: { code: 'ROLE_REQUIRED' } });
  });

  it('say the regime of the market: filtered, by variance, for two and three states', async () => {
    const events = (await upstream.events(regimeEstimated)).map(({ data }) => data);
    expect(events.map(({ states }) => states.length)).toEqual([2, 3]);
    const returns = await returnsOf({ MKT: 1 }, '2020-03-06T21:15:00.000Z');
    for (const { states, forecasts } of events) {
      const count = states.length as 2 | 3;
      const { parameters, filtered } = fitRegimes(returns, { states: count });
      expect(states.map(({ probability }) => probability)).toEqual([...filtered.slice(-count)]);
      expect(states.map(({ volatilityAnnual }) => volatilityAnnual)).toEqual(
        [...states].map(({ volatilityAnnual }) => volatilityAnnual).sort((a, b) => a - b),
      );
      const { next } = filterRegimes(returns, parameters);
      expect(forecasts[0]).toEqual({ horizonDays: 1, probabilities: [...next] });
      for (const { probabilities } of forecasts) expect(probabilities.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
    }
    expect(await call('/v1/regimes/BENCH/latest?states=3')).toMatchObject({
      status: 200,
      body: { mostLikely: events[1]?.mostLikely },
    });
    expect(await call('/v1/regimes/NONE/latest')).toMatchObject({
      status: 404,
      body: { code: 'FORECASTING.NO_REGIME' },
    });
  });

  it('are scored once when their horizon has passed, by the returns that their weights had', async () => {
    const [first] = (await made()).filter(({ kind }) => kind === 'portfolio');
    const forecast = first?.forecasts[0];
    for (const day of later.slice(0, 5)) await close(day);
    const own = (await scored()).filter(
      ({ kind, forecastId }) => kind === 'portfolio' && forecastId === forecast?.forecastId,
    );
    expect(own.map(({ horizonDays, overlapping }) => [horizonDays, overlapping])).toEqual([
      [1, false],
      [5, false],
    ]);
    const [row] = await handle.service
      .get(Persistence)
      .query<{ body: { weights: Record<string, number> } }>('SELECT body FROM forecast WHERE forecast_id = $1', [
        forecast?.forecastId,
      ]);

    for (const score of own) {
      // As known at the score: what stands for a name without history is estimated anew each day.
      const returns = await returnsOf(row?.body.weights ?? {}, `${score.windowEnd}T21:15:00.000Z`);
      const window = returns.slice(419, 419 + score.horizonDays);
      const realised = realisedVariance(window);
      expect(score.realisedVariance).toBeCloseTo(realised, 14);
      for (const one of score.scores) {
        const forecasted = variance(forecast?.volatilities ?? [], one.method, score.horizonDays);
        expect(one.variance).toBe(forecasted);
        expect(one.qlike).toBeCloseTo(qlike(Float64Array.of(realised), Float64Array.of(forecasted)).mean, 9);
        expect(one.squaredError).toBeCloseTo((realised - forecasted) ** 2, 14);
      }
    }
    const all = await scored();
    expect(new Set(all.map(({ forecastId, horizonDays }) => `${forecastId}/${horizonDays}`)).size).toBe(all.length);
  });

  it('of five days overlap on the days between two that do not', async () => {
    for (const day of later.slice(5, 11)) await close(day);
    const own = (await scored()).filter(({ kind, horizonDays }) => kind === 'market' && horizonDays === 5);
    expect(own.map(({ overlapping }) => overlapping)).toEqual([false, true, true, true, true, false, true]);
  });

  it('go on with the parameters of the last fit, which is made again after ten days', async () => {
    const { body } = await call('/v1/forecasts/market/BENCH?limit=20');
    const fits = (body.items ?? []).map((item) => item['fitId']).reverse();
    expect(fits).toHaveLength(12);
    expect(new Set(fits.slice(0, 10)).size).toBe(1);
    expect(fits[10]).not.toBe(fits[9]);
    expect(fits[11]).toBe(fits[10]);
    expect(await call(`/v1/forecast-fits/${String(fits[11])}`)).toMatchObject({
      status: 200,
      body: { kind: 'market', subjectId: 'BENCH', refused: [] },
    });
  });

  it('weigh the combination by past losses once there are any', async () => {
    const { body } = await call('/v1/forecasts/market/BENCH/latest');
    const volatilities = body['volatilities'] as Volatility[];
    const parts = ['ewma', 'garch', 'gjr', 'har'].map((method) => variance(volatilities, method, 1));
    const mean = parts.reduce((a, b) => a + b, 0) / 4;
    const combined = variance(volatilities, 'combination', 1);
    expect(combined).not.toBeCloseTo(mean, 12);
    expect(combined).toBeGreaterThan(Math.min(...parts));
    expect(combined).toBeLessThan(Math.max(...parts));
  });

  it('are known as of a moment, and those of a foreign portfolio are not', async () => {
    expect(await call('/v1/forecasts/market/BENCH/latest?asOf=2020-03-06T22:00:00.000Z')).toMatchObject({
      body: { asOf: '2020-03-06T21:00:00.000Z' },
    });
    expect(await call('/v1/forecasts/market/BENCH/latest?asOf=2020-03-06T20:00:00.000Z')).toMatchObject({
      status: 404,
      body: { code: 'FORECASTING.NO_FORECAST' },
    });
    expect(await call('/v1/forecasts/portfolio/P2/latest')).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
    const list = await call('/v1/forecasts');
    expect(list.body.items?.map((item) => `${String(item['kind'])}/${String(item['subjectId'])}`)).toEqual([
      'instrument/AAA',
      'instrument/BBB',
      'market/BENCH',
      'portfolio/P1',
    ]);
    const foreign = await handle.bearer({ subject: 'fred', roles: ['viewer'], portfolios: ['P2'] });
    expect((await call('/v1/forecasts?kind=portfolio', foreign)).body.items).toEqual([]);
  });

  it('do not come twice from two instances, nor again on a day without bars', async () => {
    const before = (await made()).length;
    const second = await handle.another();
    await second.start();
    await close(later[11] ?? '');
    await second.stop();
    expect((await made()).length).toBe(before + 3);
    await upstream.advance(`${later[12]}T21:30:00.000Z`);
    expect((await made()).length).toBe(before + 3);
    const all = await scored();
    expect(new Set(all.map(({ forecastId, horizonDays }) => `${forecastId}/${horizonDays}`)).size).toBe(all.length);
  });

  it('follow another policy from the run after it was set, by whoever may, on the version that they have read', async () => {
    const manager = await handle.bearer({ subject: 'anna', roles: ['riskManager'], portfolios: ['*'] });
    const { body: current } = await call('/v1/forecast-policy');
    expect(current).toMatchObject({ version: 1, ewmaLambda: 0.94 });
    const { version: _, effectiveFrom: __, setBy: ___, ...settings } = current;
    const body = JSON.stringify({ ...settings, ewmaLambda: 0.9, reason: 'faster' });
    const put = (as: string, tag: string) =>
      call('/v1/forecast-policy', as, { method: 'PUT', body, headers: { 'if-match': tag } });
    expect(await put(viewer, '"1"')).toMatchObject({ status: 403, body: { code: 'ROLE_REQUIRED' } });
    expect(await put(manager, '"7"')).toMatchObject({ status: 412, body: { code: 'PRECONDITION_FAILED' } });
    expect(await put(manager, '"1"')).toMatchObject({ status: 200, body: { version: 2, setBy: 'anna' } });
    await close(later[13] ?? '');
    const { body: latest } = await call('/v1/forecasts/market/BENCH/latest');
    expect(latest['policyVersion']).toBe(2);
    const returns = await returnsOf({ MKT: 1 }, `${later[13]}T21:15:00.000Z`);
    expect(variance(latest['volatilities'] as Volatility[], 'ewma', 1)).toBeCloseTo(
      ewmaForecast(returns, { lambda: 0.9 }, 1).total,
      12,
    );
  });

  it('from outside are scored beside ours, each once, and those that come late or are about something else are marked', async () => {
    const told = (
      predictionId: string,
      horizonDays: number,
      forecast: PredictionMade['forecast'],
      subjectId = 'BENCH',
    ) => ({
      kind: 'market' as const,
      subjectId,
      predictionId,
      source: 'oracle',
      madeAt: `${later[13]}T22:00:00.000Z`,
      horizonDays,
      forecast,
    });
    const volatility = { target: 'volatility' as const, variance: 2e-4 };
    await upstream.publish(
      predictionMade,
      `${later[13]}T22:00:00.000Z`,
      told('v1', 1, volatility),
      told('v1', 1, { ...volatility, variance: 9e-4 }),
      told('v2', 2, volatility),
      told('r1', 1, { target: 'return', mean: 0.01 }),
      told('n1', 1, volatility, 'NOBODY'),
      { ...told('e1', 1, volatility), source: 'ewma' },
    );
    await upstream.settled();
    for (const day of later.slice(14, 16)) await close(day);
    await upstream.publish(predictionMade, `${later[15]}T22:00:00.000Z`, told('l1', 1, volatility));
    await upstream.settled();
    const { body } = await call('/v1/predictions');
    const byId = new Map(body.items?.map((item) => [item['predictionId'], item]));
    expect([...byId].map(([id, item]) => [id, item['status']]).sort()).toEqual([
      ['e1', 'refused'],
      ['l1', 'late'],
      ['n1', 'noForecast'],
      ['r1', 'scored'],
      ['v1', 'scored'],
      ['v2', 'scored'],
    ]);
    const returns = (await returnsOf({ MKT: 1 }, `${later[15]}T21:15:00.000Z`)).slice(-2);
    const realised = realisedVariance(returns.slice(0, 1));
    expect(byId.get('v1')).toMatchObject({
      outcome: {
        windowEnd: later[14],
        realised,
        loss: qlike(Float64Array.of(realised), Float64Array.of(2e-4)).mean,
      },
    });
    expect(byId.get('r1')).toMatchObject({ outcome: { realised: returns[0], referenceLoss: (returns[0] ?? 0) ** 2 } });
    expect(byId.get('v2')).toMatchObject({ outcome: { windowEnd: later[15] } });
    const oracle = (await scored()).filter(({ scores }) => scores.some(({ method }) => method === 'oracle'));
    expect(oracle.map(({ horizonDays }) => horizonDays)).toEqual([1, 2]);
    const twoDays = await call('/v1/forecasts/market/BENCH/scores?horizonDays=2');
    expect(twoDays.body.items).toHaveLength(1);
  });

  it('are judged: losses, regression, test against ewma and coverage of every method', async () => {
    const { body: result } = await call('/v1/forecasts/market/BENCH/accuracy?horizonDays=1');
    const { body: list } = await call('/v1/forecasts/market/BENCH/scores?limit=500');
    const scores = (list.items ?? []).reverse() as unknown as ForecastScored['scored'];
    expect(result).toMatchObject({ scores: scores.length, independentScores: scores.length });
    const of = (method: string) => scores.map((one) => one.scores.find((score) => score.method === method));
    const methods = result['methods'] as Record<string, unknown>[];
    const garch = methods.find(({ method }) => method === 'garch');
    const losses = (method: string) => Float64Array.from(of(method), (score) => score?.qlike ?? NaN);
    expect(garch).toMatchObject({
      observations: scores.length,
      dieboldMariano: { statistic: dieboldMariano(losses('garch'), losses('ewma'), 1).statistic },
      mincerZarnowitz: {
        slope: mincerZarnowitz(
          Float64Array.from(scores, (one) => one.realisedVariance),
          Float64Array.from(of('garch'), (score) => score?.variance ?? NaN),
          1,
        ).slope,
      },
    });
    const hits = scores.filter(
      (one, t) => -one.realisedReturn > 1.6448536269514722 * Math.sqrt(of('garch')[t]?.variance ?? NaN),
    ).length;
    expect(garch?.['coverage']).toMatchObject([{ confidence: 0.95, exceedances: hits }, { confidence: 0.99 }]);
    expect(methods.find(({ method }) => method === 'ewma')).toMatchObject({ dieboldMariano: null });
    expect(methods.find(({ method }) => method === 'oracle')).toMatchObject({ observations: 1, mincerZarnowitz: null });
    expect(await call('/v1/forecasts/portfolio/P2/accuracy')).toMatchObject({
      status: 404,
      body: { code: 'NOT_FOUND' },
    });
    expect(await call('/v1/forecasts/market/BENCH/champion')).toMatchObject({
      body: { champion: 'ewma', since: null, changes: [] },
    });
  });

  it('let value at risk be held against the loss of the day after', async () => {
    const { body } = await call('/v1/portfolios/P1/value-at-risk/backtest');
    const { body: list } = await call('/v1/portfolios/P1/value-at-risk?limit=100');
    const days = (list.items ?? []).reverse();
    expect(days.at(-1)).toMatchObject({ loss: null, date: null });
    const past = days.slice(0, -1);
    expect(body).toMatchObject({ observations: past.length });
    const portfolioScores = (await scored()).filter(
      ({ kind, horizonDays }) => kind === 'portfolio' && horizonDays === 1,
    );
    expect(past.map((day) => day['loss'])).toEqual(portfolioScores.map(({ realisedReturn }) => -realisedReturn));
    const tests = body['tests'] as { method: string; confidence: number; exceedances: number; exceptions: unknown[] }[];
    expect(tests.map(({ method, confidence }) => `${method} ${confidence}`)).toEqual([
      'model 0.95',
      'model 0.99',
      'historical 0.95',
      'historical 0.99',
      'champion 0.95',
      'champion 0.99',
    ]);
    for (const test of tests) {
      const beyond = past.filter((day) =>
        (day['figures'] as { method: string; confidence: number; valueAtRisk: number }[]).some(
          (one) =>
            one.method === test.method && one.confidence === test.confidence && Number(day['loss']) > one.valueAtRisk,
        ),
      );
      expect(test.exceptions).toHaveLength(beyond.length);
    }
    expect(await call('/v1/portfolios/P2/value-at-risk')).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
  });

  it('say how likely each limit is to be broken, and are held against the breaches that were opened', async () => {
    const at = `${later[15]}T22:00:00.000Z`;
    const wanted = (limitId: string, over: Partial<LimitDefinition>): LimitDefinition => ({
      limitId,
      portfolioId: 'P1',
      name: limitId,
      measure: 'volatility',
      scope: { level: 'portfolio' },
      direction: 'upper',
      bound: { kind: 'absolute', value: 5 },
      severity: 'soft',
      hysteresis: 0,
      effectiveFrom: at,
      version: 1,
      status: 'active',
      proposedBy: 'a',
      approvedBy: 'b',
      ...over,
    });
    await upstream.publish(
      limitDefined,
      at,
      wanted('far', {}),
      wanted('near', { measure: 'gross', bound: { kind: 'absolute', value: 1.01 * grossOn(later[16] ?? '') } }),
      wanted('broken', { bound: { kind: 'absolute', value: 1e-6 } }),
      wanted('beta', { measure: 'beta' }),
      wanted('retired', { status: 'retired' }),
    );
    await upstream.settled();
    await close(later[16] ?? '');
    const { body } = await call('/v1/portfolios/P1/breach-probabilities/latest');
    expect(body['unmodelled']).toEqual(['beta']);
    const limits = new Map((body['limits'] as BreachProbabilitiesEstimated['limits']).map((one) => [one.limitId, one]));
    expect([...limits.keys()]).toEqual(['broken', 'far', 'near']);
    expect(limits.get('broken')).toMatchObject({ broken: true, probabilities: [{ probability: 1 }, {}, {}] });
    expect(limits.get('far')?.probabilities.map(({ probability }) => probability)).toEqual([0, 0, 0]);
    const [event] = (await upstream.events(breachProbabilitiesEstimated)).slice(-1);
    expect(event?.data.limits).toEqual(body['limits']);
    await upstream.publish(breachChanged, `${later[17]}T15:00:00.000Z`, {
      breachId: randomUUID(),
      portfolioId: 'P1',
      limitId: 'far',
      limitVersion: 1,
      severity: 'soft',
      transition: 'opened',
      state: 'open',
      nature: 'passive',
      at: `${later[17]}T15:00:00.000Z`,
      openedAt: `${later[17]}T15:00:00.000Z`,
      snapshotId: randomUUID(),
      value: 6,
      bound: 5,
      worstValue: 6,
      nodeId: 'portfolio',
      escalationStep: 0,
      by: null,
      reason: null,
      waiverExpiresAt: null,
      remediation: null,
    });
    await upstream.settled();
    await close(later[17] ?? '');
    const near = limits.get('near')?.probabilities[0]?.probability ?? NaN;
    expect(await call('/v1/portfolios/P1/breach-probabilities/accuracy?horizonDays=1')).toMatchObject({
      status: 200,
      body: { observations: 2, baseRate: 0.5, score: (1 + near ** 2) / 2 },
    });
    expect(await call('/v1/portfolios/P2/breach-probabilities/latest')).toMatchObject({
      status: 404,
      body: { code: 'NOT_FOUND' },
    });
  });
});
