import { regimeEstimated, regimesScored, type RegimeEstimated, type RegimesScored } from '@risk-budget/contracts';
import { dieboldMariano, mixtureLogScore } from '@risk-budget/risk-math';
import { later, type World } from './world.js';

/** Log of the density that probabilities give to a return, by the states as they were. */
function scoreBy({ states }: RegimeEstimated, probabilities: readonly number[], value: number): number {
  return mixtureLogScore(
    Float64Array.from(probabilities),
    Float64Array.from(states, ({ meanDaily }) => meanDaily),
    Float64Array.from(states, ({ volatilityAnnual }) => volatilityAnnual ** 2 / 252),
    value,
  );
}

/** Forecasts of regimes beside what happened. */
export function regimeScores(world: () => World): void {
  const made = async () =>
    new Map((await world().upstream.events(regimeEstimated)).map(({ data }) => [data.regimeId, data]));
  const scored = async () => (await world().upstream.events(regimesScored)).flatMap(({ data }) => data.scored);

  it('of regimes are scored once, ours and those from outside, by the return of the day that they were about', async () => {
    const { returnsOf } = world();
    const [regimes, all] = [await made(), await scored()];
    expect(new Set(all.map(({ regimeId, horizonDays }) => `${regimeId}/${horizonDays}`)).size).toBe(all.length);
    const first = [...regimes.values()].filter(({ asOf }) => asOf.startsWith('2020-03-06'));
    expect(first).toHaveLength(2);
    const returns = await returnsOf({ MKT: 1 }, `${later[15]}T21:15:00.000Z`);
    for (const regime of first) {
      const own = all.filter(({ regimeId }) => regimeId === regime.regimeId);
      expect(own.map(({ horizonDays, windowEnd }) => [horizonDays, windowEnd])).toEqual([
        [1, later[0]],
        [5, later[4]],
      ]);
      for (const { horizonDays, realisedReturn, scores } of own) {
        expect(realisedReturn).toBeCloseTo(returns[419 + horizonDays - 1]!, 14);
        const ahead = regime.forecasts.find((one) => one.horizonDays === horizonDays)?.probabilities ?? [];
        const [stationary, switching] = scores;
        expect([stationary?.method, switching?.method]).toEqual(['stationary', 'markovSwitching']);
        ahead.forEach((value, state) => expect(switching?.probabilities[state]).toBeCloseTo(value, 12));
        expect(switching?.logScore).toBeCloseTo(scoreBy(regime, ahead, realisedReturn), 10);
        const stay = (state: number) => regime.transition?.[state * (regime.states.length + 1)] ?? NaN;
        if (regime.states.length === 2) {
          expect(stationary?.probabilities[0]).toBeCloseTo((1 - stay(1)) / (2 - stay(0) - stay(1)), 10);
        }
      }
    }
  });

  it('of regimes from outside count as the last that was told, each with a loss of its own', async () => {
    const { call } = world();
    const regimes = await made();
    const outside = (await scored()).flatMap((one) =>
      one.scores.filter(({ method }) => method === 'oracle').map((score) => ({ ...one, score })),
    );
    expect(outside.map(({ horizonDays, states, score }) => [horizonDays, states, score.probabilities])).toEqual([
      [1, 2, [0.9, 0.1]],
      [2, 3, [0.5, 0.3, 0.2]],
    ]);
    const [oneDay, twoDays] = outside;
    const { items } = (await call('/v1/predictions')).body;
    const told = (id: string) => items?.find((item) => item['predictionId'] === id);
    const of = ({ regimeId }: { regimeId: string }) => regimes.get(regimeId)!;
    expect(told('g1')).toMatchObject({
      outcome: {
        windowEnd: later[14],
        realised: oneDay!.realisedReturn,
        loss: -scoreBy(of(oneDay!), [0.4, 0.6], oneDay!.realisedReturn),
        referenceLoss: -oneDay!.scores[0]!.logScore,
      },
    });
    expect(told('g1b')).toMatchObject({ outcome: { loss: -oneDay!.score.logScore } });
    expect(told('g2')).toMatchObject({ outcome: { windowEnd: later[15], loss: -twoDays!.score.logScore } });
  });

  it('of regimes are judged by their mean logarithmic score, against the chain at rest', async () => {
    const { call } = world();
    const { body: list } = await call('/v1/regimes/BENCH/scores?states=2&horizonDays=1&limit=500');
    const scores = (list.items ?? []).reverse() as unknown as RegimesScored['scored'];
    const losses = (method: string) =>
      Float64Array.from(scores, (one) => -(one.scores.find((score) => score.method === method)?.logScore ?? NaN));
    const { body } = await call('/v1/regimes/BENCH/accuracy?states=2&horizonDays=1');
    const mean = losses('markovSwitching').reduce((sum, loss) => sum - loss / scores.length, 0);
    expect(scores.length).toBeGreaterThan(10);
    expect(body).toMatchObject({ marketId: 'BENCH', states: 2, horizonDays: 1, scores: scores.length });
    expect(body['methods']).toMatchObject([
      { method: 'stationary', observations: scores.length, dieboldMariano: null },
      {
        method: 'markovSwitching',
        meanLogScore: expect.closeTo(mean, 10) as number,
        dieboldMariano: { statistic: dieboldMariano(losses('markovSwitching'), losses('stationary'), 1).statistic },
      },
      { method: 'oracle', observations: 1, dieboldMariano: null },
    ]);
  });
}
