import { type World } from './world.js';

/** Value at risk beside losses. */
export function valueAtRisk(world: () => World): void {
  it('let value at risk be held against the loss of the day after', async () => {
    const { call, scored } = world();
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
}
