import { barsPublished, stressRunCompleted, type StressRun } from '@risk-budget/contracts';
import { Persistence } from '@risk-budget/persistence';
import { closes, history, lastDay, quantities, series, viewer, weightOf, World } from './world.js';

const start = '2018-09-20';
const end = '2018-12-24';
const inside = history.filter((day) => day >= start && day <= end);

/** Simple returns of an instrument on the days of the episode. */
function dailyReturns(instrumentId: string): number[] {
  const prices = closes(instrumentId);
  return inside.slice(1).map((day, at) => (prices.get(day) ?? NaN) / (prices.get(inside[at] ?? '') ?? NaN) - 1);
}

function deviation(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1));
}

/** What stands for NEW, which had no price then: its sector's members with beta 1, no calmer than the median of them. */
function proxyOfNew(): number[] {
  const members = ['AAA', 'BBB'].map(dailyReturns);
  const mean = (members[0] ?? []).map((value, t) => (value + (members[1]?.[t] ?? 0)) / 2);
  const median = (deviation(members[0] ?? []) + deviation(members[1] ?? [])) / 2;
  const scale = Math.max(1, median / deviation(mean));
  return mean.map((value) => scale * value);
}

const growth = (returns: readonly number[]): number[] => {
  let level = 1;
  return returns.map((value) => (level *= 1 + value));
};

describe('the daily run', () => {
  let world: World;
  let run: StressRun;

  beforeAll(async () => {
    world = await World.start();
    await world.upstream.advance(`${lastDay}T21:30:00.000Z`);
    run = (await world.upstream.events(stressRunCompleted))
      .map((event) => event.data)
      .find((data) => data.portfolioId === 'P1')!;
  }, 120_000);
  afterAll(() => world.stop());

  it('takes today’s holdings through an episode: end, worst point, worst day and ten days, from prices alone', () => {
    const returns = new Map(series.map(({ instrumentId }) => [instrumentId, dailyReturns(instrumentId)]));
    returns.set('NEW', proxyOfNew());
    const paths = quantities.map((leaf) => growth(returns.get(leaf.instrumentId) ?? []));
    const path = inside
      .slice(1)
      .map((_, t) => quantities.reduce((loss, leaf, at) => loss - weightOf(leaf) * ((paths[at]?.[t] ?? NaN) - 1), 0));
    const result = run.results.find(({ scenarioId }) => scenarioId === 'tightening-2018');
    const from = [0, ...path];
    const worstOver = (days: number): number => Math.max(...from.slice(days).map((loss, at) => loss - (from[at] ?? 0)));
    expect(result?.window).toEqual({ start, end, days: inside.length - 1 });
    expect(result?.loss).toBeCloseTo(path.at(-1) ?? NaN, 10);
    expect(result?.worstPointLoss).toBeCloseTo(Math.max(...path), 10);
    expect(result?.worstDayLoss).toBeCloseTo(worstOver(1), 10);
    expect(result?.worstTenDayLoss).toBeCloseTo(worstOver(10), 10);
  });

  it('counts a name without history as proxied, and gives it the loss of what stands for it', () => {
    const gross = quantities.reduce((sum, leaf) => sum + Math.abs(weightOf(leaf)), 0);
    const held = quantities.find(({ instrumentId }) => instrumentId === 'NEW')!;
    const at = run.results.findIndex(({ scenarioId }) => scenarioId === 'tightening-2018');
    expect(run.results[at]).toMatchObject({ proxied: ['NEW'] });
    expect(run.results[at]?.proxiedShare).toBeCloseTo(Math.abs(weightOf(held)) / gross, 12);
    const leaf = run.nodes.find(({ nodeId }) => nodeId === 'leaf:core/NEW');
    expect(leaf?.losses[at]).toBeCloseTo(-weightOf(held) * ((growth(proxyOfNew()).at(-1) ?? NaN) - 1), 10);
    expect(leaf?.losses[at]).not.toBe(0);
  });

  it('sums children to their parents in every scenario, and the leaves to the loss', () => {
    for (const [at, { loss }] of run.results.entries()) {
      expect(run.nodes[0]).toMatchObject({ nodeId: 'portfolio' });
      expect(run.nodes[0]?.losses[at]).toBeCloseTo(loss, 12);
      for (const parent of run.nodes) {
        const children = run.nodes.filter(({ parentId }) => parentId === parent.nodeId);
        if (children.length === 0) continue;
        expect(children.reduce((sum, child) => sum + (child.losses[at] ?? NaN), 0)).toBeCloseTo(
          parent.losses[at] ?? NaN,
          12,
        );
      }
    }
  });

  it('leaves out what could not be known yet, and says so', () => {
    expect(run.leftOut).toEqual([
      { scenarioId: 'pandemic-2020', knownFrom: '2020-03-24' },
      { scenarioId: 'rates-2022', knownFrom: '2022-10-13' },
    ]);
    expect(run.includesLater).toBe(false);
  });

  it('says which episodes lie before the prices it knows, instead of no loss', () => {
    expect(run.state).toBe('incomplete');
    expect(run.problems.map(({ scenarioId, code }) => [scenarioId, code])).toContainEqual([
      'gulf-1990',
      'STRESS.NO_HISTORY',
    ]);
    expect(run.results.map(({ scenarioId }) => scenarioId)).toEqual(['tightening-2018', 'volatility-2018']);
  });

  it('names what stands behind it', () => {
    expect(run).toMatchObject({
      asOf: `${lastDay}T21:30:00.000Z`,
      cause: 'schedule',
      lineage: { positionSequence: 1, modelId: world.model.modelId, policyId: 'default' },
    });
  });

  it('puts on record why a portfolio without positions gave nothing', async () => {
    const { body } = await world.call('GET', '/v1/runs?portfolioId=P2');
    expect(body).toMatchObject({ items: [{ portfolioId: 'P2', failure: { code: 'MARKET_DATA.NO_POSITIONS' } }] });
  });

  it('is shown by REST with each node under its worst scenario', async () => {
    const { status, body } = await world.call('GET', '/v1/portfolios/P1/stress', { as: viewer });
    expect(status).toBe(200);
    const { summary, worst } = body as unknown as { summary: StressRun; worst: { nodeId: string; loss: number }[] };
    expect(summary.runId).toBe(run.runId);
    expect(worst[0]?.nodeId).toBe('portfolio');
    expect(worst[0]?.loss).toBeCloseTo(Math.max(...run.results.map(({ loss }) => loss)), 12);
    expect((await world.call('GET', '/v1/portfolios/P1/stress?asOf=2020-03-06T21:29:59.000Z')).body).toMatchObject({
      code: 'STRESS.NO_RUN',
    });
  });

  it('is made once: the same time never gives a second one', async () => {
    await world.upstream.advance(`${lastDay}T22:00:00.000Z`);
    const runs = await world.upstream.events(stressRunCompleted);
    expect(runs.filter(({ data }) => data.cause === 'schedule')).toHaveLength(1);
    const persistence = world.handle.service.get<Persistence>(Persistence);
    await expect(
      persistence.query(
        `INSERT INTO stress_run (run_id, portfolio_id, as_of, cause, kind, request)
         SELECT gen_random_uuid(), portfolio_id, as_of, cause, kind, request FROM stress_run WHERE cause = 'schedule' LIMIT 1`,
      ),
    ).rejects.toThrow(/stress_run_scheduled/);
  });

  it('sees a price of an episode that was corrected since, and the run before it still says what was known then', async () => {
    await world.upstream.publish(barsPublished, '2020-03-07T12:00:00.000Z', {
      feed: 'close',
      interval: 'P1D',
      bars: [{ instrumentId: 'BBB', time: `${end}T21:00:00.000Z`, close: '50', adjustmentFactor: '1' }],
    });
    await world.upstream.advance('2020-03-09T21:30:00.000Z');
    const lossOf = (data: StressRun): number =>
      data.results.find(({ scenarioId }) => scenarioId === 'tightening-2018')?.loss ?? NaN;
    const next = (await world.upstream.events(stressRunCompleted)).at(-1)?.data;
    expect(next?.asOf).toBe('2020-03-09T21:30:00.000Z');
    expect(Math.abs(lossOf(next!) - lossOf(run))).toBeGreaterThan(0.01);
    const { runId } = await world.submit({
      kind: 'scenarios',
      portfolioId: 'P1',
      asOf: run.asOf,
      scenarioIds: ['tightening-2018'],
    });
    const again = await world.ended<{ summary: StressRun }>(runId);
    expect(lossOf(again.summary)).toBe(lossOf(run));
  });
});
