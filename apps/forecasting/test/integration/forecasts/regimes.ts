import { regimeEstimated } from '@risk-budget/contracts';
import { filterRegimes, fitRegimes } from '@risk-budget/risk-math';
import { type World } from './world.js';

/** In which regime the market is. */
export function regimes(world: () => World): void {
  it('say the regime of the market: filtered, by variance, for two and three states', async () => {
    const { upstream, call, returnsOf } = world();
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
}
