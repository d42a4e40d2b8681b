import { ewmaForecast } from '@risk-budget/risk-math';
import { later, type Volatility, type World } from './world.js';

/** What later days change. */
export function laterForecasts(world: () => World): void {
  it('go on with the parameters of the last fit, which is made again after ten days', async () => {
    const { call } = world();
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
    const { call, variance } = world();
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
    const { handle, call } = world();
    expect(await call('/v1/forecasts/market/BENCH/latest?asOf=2020-03-06T22:00:00.000Z')).toMatchObject({
      body: { asOf: '2020-03-06T21:00:00.000Z' },
    });
    expect(await call('/v1/forecasts/market/BENCH/latest?asOf=2020-03-06T20:00:00.000Z')).toMatchObject({
      status: 404,
      body: { code: 'FORECASTING.NO_FORECAST' },
    });
    expect(await call('/v1/forecasts/portfolio/P2/latest')).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
    for (const path of [
      'forecasts/instrument/NOBODY',
      'forecasts/instrument/NOBODY/accuracy',
      'forecasts/instrument/NOBODY/scores',
      'regimes/NOBODY',
      'correlations/NOBODY',
      'correlations/NOBODY/accuracy',
      'correlations/NOBODY/scores',
    ]) {
      const unknown = await call(`/v1/${path}`);
      expect([path, unknown.status, unknown.body['code']]).toEqual([path, 404, 'FORECASTING.UNKNOWN_SUBJECT']);
    }
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
    const { handle, upstream, close, made, scored } = world();
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
    const { handle, viewer, call, returnsOf, close, variance } = world();
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
}
