import { randomUUID } from 'node:crypto';
import { stressRunCompleted, type StressRun } from '@risk-budget/contracts';
import { World } from './world.js';

const day = (number: number, time = '21:30') => `2020-03-${String(number).padStart(2, '0')}T${time}:00.000Z`;

/** A daily run with the losses of two scenarios, for the portfolio and one strategy. */
function run(portfolioId: string, asOf: string, losses: [number, number], change: Partial<StressRun> = {}): StressRun {
  const result = (scenarioId: string, loss: number): StressRun['results'][number] => ({
    ...{ kind: 'historical', scenarioId, scenarioVersion: 1, scenarioName: scenarioId, knownFrom: null, window: null },
    ...{ loss, worstPointLoss: loss, worstDayLoss: 0.01, worstTenDayLoss: 0.02, baseline: null, distance: null },
    ...{ distribution: null, ownShare: 1, proxiedShare: 0, proxied: [] },
  });
  return {
    ...{ runId: randomUUID(), portfolioId, asOf, cause: 'schedule', state: 'complete', includesLater: false },
    ...{ leftOut: [], problems: [], nav: 1_000_000 },
    lineage: {
      ...{ positionSequence: 1, priceTime: asOf, modelId: randomUUID(), policyId: 'default', policyVersion: 1 },
      codeVersion: 'test',
    },
    results: [result('fall', losses[0]), result('crash', losses[1])],
    nodes: [
      { nodeId: 'portfolio', parentId: null, kind: 'portfolio', weight: 1, losses },
      { nodeId: 'strategy:growth', parentId: 'portfolio', kind: 'strategy', weight: 0.5, losses: [0.05, 0.3] },
    ],
    ...change,
  };
}

describe('limits on stress loss', () => {
  let world: World;
  beforeAll(async () => {
    world = await World.start();
    await world.advance(day(2));
  });
  afterAll(() => world.stop());

  const stressed = async (...runs: StressRun[]): Promise<void> => {
    for (const one of runs) await world.publish(stressRunCompleted, one.asOf, one);
    await world.settled();
  };
  const limit = (limitId: string, portfolioId: string, value: number, change: object = {}) =>
    world.limit({
      limitId,
      portfolioId,
      measure: 'stressLoss',
      bound: { kind: 'absolute', value },
      hysteresis: 0.1,
      ...change,
    });

  it('opens a breach on the worst of all scenarios, and resolves it as far inside as the hysteresis says', async () => {
    await world.definePortfolio('WORST');
    await limit('worst', 'WORST', 0.4);
    const runs = [0.4, 0.41, 0.45, 0.38, 0.36].map((loss, at) => run('WORST', day(3 + at), [0.1, loss]));
    await stressed(...runs);
    const events = await world.breachEvents('WORST');
    expect(events.map(({ transition, at, value, nature }) => [transition, at, value, nature])).toEqual([
      ['opened', day(4), 0.41, 'passive'],
      ['resolved', day(7), 0.36, 'passive'],
    ]);
    expect(events[0]).toMatchObject({ snapshotId: runs[1]?.runId, bound: 0.4, nodeId: 'portfolio' });
    expect(events[1]).toMatchObject({ worstValue: 0.45 });
    expect((await world.compliance('WORST')).limits).toMatchObject([
      { measure: 'stressLoss', state: 'compliant', value: 0.36, headroom: expect.closeTo(0.04, 12) },
    ]);
  });

  it('holds one scenario, and a strategy, by name; the same question twice overlaps, another scenario does not', async () => {
    await world.definePortfolio('NAMED');
    await limit('named-fall', 'NAMED', 0.15, { scenarioId: 'fall' });
    await limit('named-crash', 'NAMED', 0.5, { scenarioId: 'crash' });
    await limit('named-growth', 'NAMED', 0.25, { scope: { level: 'strategy', strategy: 'growth' } });
    expect(
      await world.refusal('/v1/limits', {
        as: { subject: 'rita', roles: ['riskManager'] },
        body: {
          ...(await world.ok<{ inForce: { definition: object } }>('/v1/limits/named-fall')).inForce.definition,
          limitId: 'again',
        },
      }),
    ).toEqual([409, 'LIMITS.OVERLAPPING_LIMIT']);
    await stressed(run('NAMED', day(3), [0.2, 0.4]));
    expect((await world.breachEvents('NAMED')).map(({ limitId, value }) => [limitId, value])).toEqual([
      ['named-fall', 0.2],
      ['named-growth', 0.3],
    ]);
  });

  it('counts a breach as active when the portfolio has traded since the run before', async () => {
    await world.definePortfolio('TRADED');
    await limit('traded', 'TRADED', 0.4);
    const lineage = { ...run('TRADED', day(3), [0, 0]).lineage, positionSequence: 2 };
    await stressed(run('TRADED', day(3), [0.1, 0.3]), run('TRADED', day(4), [0.1, 0.5], { lineage }));
    expect(await world.breachEvents('TRADED')).toMatchObject([{ transition: 'opened', nature: 'active' }]);
  });

  it('decides nothing on a run that lacks a scenario, unless the limit names another one', async () => {
    await world.definePortfolio('LACKS');
    await limit('lacks-worst', 'LACKS', 0.4);
    await limit('lacks-crash', 'LACKS', 0.4, { scenarioId: 'crash' });
    await limit('lacks-flood', 'LACKS', 0.4, { scenarioId: 'flood' });
    await stressed(run('LACKS', day(3), [0.1, 0.5], { state: 'incomplete' }));
    expect((await world.breachEvents('LACKS')).map(({ limitId }) => limitId)).toEqual(['lacks-crash']);
    const states = (await world.compliance('LACKS')).limits.map(({ limitId, state }) => [limitId, state]);
    expect(Object.fromEntries(states)).toEqual({
      'lacks-worst': 'notEvaluated',
      'lacks-crash': 'breached',
      'lacks-flood': 'notEvaluated',
    });
  });

  it('takes no notice of what somebody asked for, of a run twice, or of one before the last', async () => {
    await world.definePortfolio('ONCE');
    await limit('once', 'ONCE', 0.4);
    const taken = run('ONCE', day(4), [0.1, 0.5]);
    await stressed(
      run('ONCE', day(3), [0.1, 0.9], { cause: 'request' }),
      taken,
      taken,
      run('ONCE', day(3), [0.1, 0.2]),
    );
    expect((await world.breachEvents('ONCE')).map(({ transition, at }) => [transition, at])).toEqual([
      ['opened', day(4)],
    ]);
  });

  it('leaves snapshots to other limits: one neither resolves nor unsettles a breach of stress', async () => {
    await world.definePortfolio('APART');
    await limit('apart', 'APART', 0.4);
    await stressed(run('APART', day(3), [0.1, 0.5]));
    await world.snapshot('APART', 0.1, day(4));
    await world.snapshot('APART', 0.1, day(5), { state: 'incomplete' });
    expect((await world.compliance('APART')).limits).toMatchObject([{ state: 'breached', value: 0.5 }]);
    expect(await world.breachEvents('APART')).toHaveLength(1);
  });

  it('is held against the latest run as soon as it is approved', async () => {
    await world.definePortfolio('LATE');
    await stressed(run('LATE', day(3), [0.1, 0.5]));
    await world.advance(day(4));
    await limit('late', 'LATE', 0.4);
    expect(await world.breach('late')).toMatchObject({ state: 'open', openedAt: day(4), value: 0.5 });
  });

  it('bounds losses from above alone, has no budget, and names a scenario only then', async () => {
    await world.definePortfolio('BAD');
    const body = {
      ...{ limitId: 'bad', portfolioId: 'BAD', name: 'Bad', measure: 'stressLoss', scope: { level: 'portfolio' } },
      ...{ direction: 'upper', bound: { kind: 'absolute', value: 0.4 }, severity: 'soft' },
      effectiveFrom: '2020-01-01T00:00:00.000Z',
    };
    for (const change of [
      { direction: 'lower' },
      { bound: { kind: 'shareOfBudget', share: 0.5 } },
      { measure: 'volatility', scenarioId: 'fall' },
    ]) {
      const options = { as: { subject: 'rita', roles: ['riskManager' as const] }, body: { ...body, ...change } };
      expect(await world.refusal('/v1/limits', options)).toEqual([422, 'LIMITS.BAD_LIMIT']);
    }
  });
});
