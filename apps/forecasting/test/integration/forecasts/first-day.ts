import { combine, ewmaForecast, fitGarch, fitHar, garchForecast } from '@risk-budget/risk-math';
import { firstDay, prices, type Volatility, type World } from './world.js';

/** What a first day gives. */
export function firstDayForecasts(world: () => World): void {
  it('come after the close, one event a kind, with the numbers of a direct computation', async () => {
    const { returnsOf, made, variance } = world();
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
    const { call, returnsOf, variance } = world();
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
    const { handle, call } = world();
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
}
