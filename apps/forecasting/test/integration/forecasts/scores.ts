import { Persistence } from '@risk-budget/persistence';
import { qlike, realisedVariance } from '@risk-budget/risk-math';
import { later, type World } from './world.js';

/** Forecasts beside what happened. */
export function scores(world: () => World): void {
  it('are scored once when their horizon has passed, by the returns that their weights had', async () => {
    const { handle, returnsOf, close, made, scored, variance } = world();
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
    const { close, scored } = world();
    for (const day of later.slice(5, 11)) await close(day);
    const own = (await scored()).filter(({ kind, horizonDays }) => kind === 'market' && horizonDays === 5);
    expect(own.map(({ overlapping }) => overlapping)).toEqual([false, true, true, true, true, false, true]);
  });
}
