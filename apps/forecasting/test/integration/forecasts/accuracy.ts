import { type ForecastScored } from '@risk-budget/contracts';
import { dieboldMariano, mincerZarnowitz } from '@risk-budget/risk-math';
import { type World } from './world.js';

/** How good the methods were. */
export function accuracy(world: () => World): void {
  it('are judged: losses, regression, test against ewma and coverage of every method', async () => {
    const { call } = world();
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
}
