import { clockAdvanced, defaultRiskPolicy, tickPublished } from '@risk-budget/contracts';
import { modelOf, planOf, positionsOf, prices, quantities, treeOf } from './fixtures.js';
import { figuresOf, World } from './world.js';

const day = (number: number) => `2020-03-${String(number).padStart(2, '0')}T21:00:00.000Z`;

describe('states and alerts', () => {
  let world: World;
  beforeAll(async () => {
    world = await World.start({ config: { CLOCK: 'replay' } }); // timers of 2020 wait for their time
  });
  afterAll(() => world.stop());

  it('turns red at the budget, stays red inside the hysteresis, and tells each change once', async () => {
    await world.hold('HYST', positionsOf('HYST', day(2), 1));
    await world.model(modelOf('HYST', day(2)));
    const [base] = await world.snapshotCount('HYST', 1);
    const volatility = base?.metrics.volatilityAnnual ?? 0;
    const policy = { ...defaultRiskPolicy, thresholds: { amber: 0.8, red: 1, hysteresis: 0.05 } };
    await world.plan(planOf('HYST', [treeOf('volatility', volatility / 0.9, 1, 1)], { policy }), day(3));
    // Models with other variances move the portfolio's volatility, and so its utilization, to where it is wanted.
    const path = [1.02, 0.97, 1.03, 0.94, 0.79, 0.75];
    for (const [index, utilization] of path.entries()) {
      await world.model(modelOf('HYST', day(4 + index), { scale: (utilization / 0.9) ** 2 }));
    }
    const snapshots = await world.snapshotCount('HYST', 8);
    expect(snapshots.slice(1).map((snapshot) => figuresOf(snapshot, 'portfolio').state)).toEqual([
      'amber',
      'red',
      'red',
      'red',
      'amber',
      'amber',
      'green',
    ]);
    const alerts = (await world.alerts('HYST')).filter(({ measure }) => measure === 'volatility');
    expect(alerts.map(({ kind, from, to, asOf }) => [kind, from, to, asOf])).toEqual([
      ['thresholdUp', 'green', 'amber', day(3)],
      ['thresholdUp', 'amber', 'red', day(4)],
      ['thresholdDown', 'red', 'amber', day(7)],
      ['thresholdDown', 'amber', 'green', day(9)],
    ]);
    const listed = await world.request<{ items: { alertId: string }[]; nextCursor: string | null }>(
      '/v1/portfolios/HYST/alerts?kind=thresholdUp&limit=1',
    );
    expect(listed.body.items).toMatchObject([{ to: 'red' }]);
    const next = await world.request(
      `/v1/portfolios/HYST/alerts?kind=thresholdUp&limit=1&cursor=${listed.body.nextCursor}`,
    );
    expect(next.body).toMatchObject({ items: [{ to: 'amber' }], nextCursor: null });
  });

  it('is incomplete while too little of gross has a model, and complete again with a model of all', async () => {
    await world.hold('SHARE', positionsOf('SHARE', day(2), 1));
    await world.model(modelOf('SHARE', day(2), { names: ['ALPHA', 'CHARLIE'] }));
    await world.model(modelOf('SHARE', day(3)));
    const [part, whole] = await world.snapshotCount('SHARE', 2);
    expect(part).toMatchObject({ state: 'incomplete' });
    expect(part?.modelledShare).toBeCloseTo(45 / 85, 12);
    expect(part?.proxiedShare).toBeCloseTo(40 / 85, 12);
    expect(figuresOf(part ?? { nodes: [] }, 'leaf:Income/BRAVO').consumption).toBeGreaterThan(0); // a proxy, not zero risk
    expect(whole).toMatchObject({ state: 'complete', modelledShare: 1 });
    const kinds = (await world.alerts('SHARE')).map(({ kind, asOf }) => [kind, asOf]);
    // There was no model at all before: that it is still incomplete is no news.
    expect(kinds.filter(([kind]) => kind === 'incomplete' || kind === 'complete')).toEqual([
      ['incomplete', day(2)],
      ['complete', day(3)],
    ]);
  });

  it('tells once that a price is stale and once that it is not any more', async () => {
    await world.hold('STALE', positionsOf('STALE', day(2), 1));
    await world.model(modelOf('STALE', day(2)));
    await world.snapshotCount('STALE', 1);
    const { BRAVO, CHARLIE } = prices;
    await world.bars(day(9), { ALPHA: 100, CHARLIE: CHARLIE + 1 });
    await world.bars(day(10), { ALPHA: 101, CHARLIE: CHARLIE + 2 });
    await world.bars(day(11), { BRAVO: BRAVO + 1 });
    const snapshots = await world.snapshotCount('STALE', 4);
    expect(snapshots.map(({ stalePrices }) => stalePrices)).toEqual([[], ['BRAVO'], ['BRAVO'], []]);
    const alerts = (await world.alerts('STALE')).filter(({ kind }) => kind === 'stale' || kind === 'fresh');
    expect(alerts.map(({ kind, nodeId, asOf }) => [kind, nodeId, asOf])).toEqual([
      ['stale', 'instrument:BRAVO', day(9)],
      ['fresh', 'instrument:BRAVO', day(11)],
    ]);
  });

  it('keeps its last snapshot and says why when the portfolio cannot be evaluated any more', async () => {
    await world.hold('BROKE', positionsOf('BROKE', day(2), 1));
    await world.model(modelOf('BROKE', day(2)));
    await world.snapshotCount('BROKE', 1);
    await world.positions(positionsOf('BROKE', day(12), 2, quantities, -200_000));
    await world.until(async () => (await world.tree('BROKE')).problem !== null);
    expect(await world.tree('BROKE')).toMatchObject({
      sequence: 1,
      problem: { code: 'MARKET_DATA.NAV_NOT_POSITIVE', since: day(12) },
    });
    const { problem } = await world.tree('BROKE');
    await world.positions(positionsOf('BROKE', day(12), 3, quantities, -300_000));
    await world.until(async () => (await world.tree('BROKE')).problem?.detail !== problem?.detail);
    expect((await world.tree('BROKE')).problem).toMatchObject({ code: problem?.code, since: day(12) });
    // Told once, with what a reader of snapshots needs to know which of them is the last.
    const told = (await world.alerts('BROKE')).filter(({ asOf }) => asOf === day(12));
    expect(told).toMatchObject([
      { kind: 'incomplete', notEvaluable: { code: 'MARKET_DATA.NAV_NOT_POSITIVE', afterSequence: 1 } },
    ]);
    const trades = [{ strategy: 'Growth', instrumentId: 'ALPHA', quantityChange: '1' }];
    const whatIf = await world.request('/v1/portfolios/BROKE/what-if', {
      role: 'riskManager',
      method: 'POST',
      body: { trades },
    });
    expect([whatIf.status, whatIf.body['code']]).toEqual([409, 'UTILIZATION.NOT_EVALUABLE']);
    await world.positions(positionsOf('BROKE', day(13), 4));
    expect(await world.snapshotCount('BROKE', 2)).toHaveLength(2);
    expect((await world.tree('BROKE')).problem).toBeNull();
  });

  it('tells of a tick at once when it crosses a threshold, and otherwise at most four times a second', async () => {
    await world.hold('TICKS', positionsOf('TICKS', day(16), 1));
    await world.model(modelOf('TICKS', day(16)));
    const [base] = await world.snapshotCount('TICKS', 1);
    const budget = (base?.metrics.volatilityAnnual ?? 0) / 0.79;
    await world.plan(planOf('TICKS', [treeOf('volatility', budget, 1, 1)]), day(16));
    await world.snapshotCount('TICKS', 2);
    const tick = async (milliseconds: number, price: number) => {
      const time = new Date(Date.parse('2020-03-17T15:00:00.000Z') + milliseconds).toISOString();
      await world.publish(tickPublished, time, { instrumentId: 'ALPHA', time, price: String(price) });
    };
    await tick(0, 100.01); // the first for long: told
    await tick(100, 100.02); // too soon
    await tick(200, 115); // beyond 80 % of the budget: told though too soon
    await tick(500, 115.01); // late enough
    const snapshots = (await world.snapshotCount('TICKS', 5)).slice(2);
    expect(snapshots.map(({ asOf, leaves }) => [asOf.slice(17), leaves])).toEqual([
      ['00.000Z', false],
      ['00.200Z', false],
      ['00.500Z', false],
    ]);
    expect(snapshots.map((snapshot) => figuresOf(snapshot, 'portfolio').state)).toEqual(['green', 'amber', 'amber']);
    await tick(600, 115.02); // too soon, and no other follows
    await world.publish(clockAdvanced, '2020-03-17T15:00:01.000Z', { time: '2020-03-17T15:00:01.000Z', sequence: 1 });
    const last = (await world.snapshotCount('TICKS', 6)).at(-1);
    expect(last?.asOf).toBe('2020-03-17T15:00:00.750Z');
    expect(last?.marks.find(({ instrumentId }) => instrumentId === 'ALPHA')?.price).toBe(115.02);
    const kinds = new Set(snapshots[0]?.nodes.map(({ nodeId }) => nodeId));
    expect(kinds.has('leaf:Growth/ALPHA')).toBe(true); // its price has changed
    expect(kinds.has('leaf:Income/BRAVO')).toBe(false);
    const tree = await world.tree('TICKS');
    expect(figuresOf(tree, 'leaf:Income/BRAVO').consumption).toBeGreaterThan(0); // the tree has every leaf again
  });
});
