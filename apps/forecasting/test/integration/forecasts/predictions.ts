import { predictionMade, type PredictionMade } from '@risk-budget/contracts';
import { qlike, realisedVariance } from '@risk-budget/risk-math';
import { later, type World } from './world.js';

/** Forecasts of others. */
export function predictions(world: () => World): void {
  it('from outside are scored beside ours, each once, and those that come late or are about something else are marked', async () => {
    const { upstream, call, returnsOf, close, scored } = world();
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
    const regime = (...probabilities: number[]) => ({ target: 'regime' as const, probabilities });
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
      told('g1', 1, regime(0.4, 0.6)),
      told('g1b', 1, regime(0.9, 0.1)),
      told('g2', 2, regime(0.5, 0.3, 0.2)),
      told('g5', 1, regime(0.2, 0.2, 0.2, 0.2, 0.2)),
      told('gx', 1, regime(0.9, 0.9)),
      { ...told('gs', 1, regime(0.9, 0.1)), source: 'stationary' },
    );
    await upstream.settled();
    for (const day of later.slice(14, 16)) await close(day);
    await upstream.publish(
      predictionMade,
      `${later[15]}T22:00:00.000Z`,
      told('l1', 1, volatility),
      told('gl', 1, regime(0.9, 0.1)),
    );
    await upstream.settled();
    const { body } = await call('/v1/predictions');
    const byId = new Map(body.items?.map((item) => [item['predictionId'], item]));
    expect([...byId].map(([id, item]) => [id, item['status']]).sort()).toEqual([
      ['e1', 'refused'],
      ['g1', 'scored'],
      ['g1b', 'scored'],
      ['g2', 'scored'],
      ['g5', 'notScored'],
      ['gl', 'late'],
      ['gs', 'refused'],
      ['gx', 'refused'],
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
}
