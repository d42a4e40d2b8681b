import { fxRatePublished } from '@risk-budget/contracts';
import { byHand, modelOf, planOf, positionsOf, quantities, treeOf } from './fixtures.js';
import { figuresOf, World } from './world.js';

const day = (date: string) => `${date}T21:00:00.000Z`;
const first = day('2020-03-02');

describe('snapshots', () => {
  let world: World;
  beforeAll(async () => {
    world = await World.start();
  });
  afterAll(() => world.stop());

  it('publishes consumption that is the hand-worked Euler contribution, summing up the tree', async () => {
    await world.hold('HAND', positionsOf('HAND', first, 1));
    await world.model(modelOf('HAND', first));
    const [snapshot] = await world.snapshotCount('HAND', 1);
    if (snapshot === undefined) throw new Error('no snapshot');

    const hand = byHand({ ALPHA: 0.35, BRAVO: 0.4, CHARLIE: 0.1 });
    expect(snapshot).toMatchObject({ sequence: 1, asOf: first, cause: 'model', state: 'complete', leaves: true });
    expect(snapshot.nav).toBe(100_000);
    expect(snapshot.metrics.volatilityAnnual).toBeCloseTo(hand.volatility, 12);
    expect(figuresOf(snapshot, 'leaf:Growth/ALPHA').consumption).toBeCloseTo(hand.contribution('ALPHA', 0.3), 12);
    expect(figuresOf(snapshot, 'instrument:ALPHA').consumption).toBeCloseTo(hand.contribution('ALPHA', 0.35), 12);
    expect(figuresOf(snapshot, 'issuer:Bravo Group').consumption).toBeCloseTo(hand.contribution('BRAVO', 0.4), 12);
    expect(figuresOf(snapshot, 'sectorTotal:Technology').consumption).toBeCloseTo(
      hand.contribution('ALPHA', 0.35) + hand.contribution('CHARLIE', 0.1),
      12,
    );
    for (const parent of snapshot.nodes.filter((node) => node.kind !== 'leaf')) {
      const children = snapshot.nodes.filter((node) => node.parentId === parent.nodeId);
      if (children.length === 0) continue;
      for (const { measure, consumption } of parent.measures) {
        const sum = children.reduce((total, { nodeId }) => total + figuresOf(snapshot, nodeId, measure).consumption, 0);
        expect(sum).toBeCloseTo(consumption, 14);
      }
    }
  });

  it('is unbudgeted until a plan is active, then holds each node against its budget', async () => {
    await world.hold('PLAN', positionsOf('PLAN', first, 1));
    await world.model(modelOf('PLAN', first));
    const [before] = await world.snapshotCount('PLAN', 1);
    if (before === undefined) throw new Error('no snapshot');
    expect(figuresOf(before, 'portfolio')).toMatchObject({ budget: null, utilization: null, state: 'unbudgeted' });

    const plan = planOf('PLAN', [treeOf('volatility', 0.2, 0.12, 0.08)]);
    await world.plan({ ...plan, status: 'draft', change: 'drafted' }, day('2020-03-03'));
    await world.plan({ ...plan, version: 2 }, day('2020-03-04'));
    const [, after] = await world.snapshotCount('PLAN', 2); // the draft changes nothing
    if (after === undefined) throw new Error('no snapshot');

    const hand = byHand({ ALPHA: 0.35, BRAVO: 0.4, CHARLIE: 0.1 });
    const growth = hand.contribution('ALPHA', 0.3) + hand.contribution('CHARLIE', 0.1);
    expect(after).toMatchObject({ cause: 'budget', lineage: { planId: plan.planId, planVersion: 2 } });
    const figures = figuresOf(after, 'strategy:Growth');
    expect(figures.budget).toBe(0.12);
    expect(figures.utilization).toBeCloseTo(growth / 0.12, 12);
    expect(figures.headroom).toBeCloseTo(0.12 - growth, 12);
    expect(figures.state).toBe('amber');
    expect(figuresOf(after, 'portfolio', 'var')).toMatchObject({ budget: null, state: 'unbudgeted' });
    const alerts = (await world.alerts('PLAN')).map(({ kind, nodeId, to }) => [kind, nodeId, to]);
    expect(alerts).toEqual([
      ['incomplete', 'portfolio', null],
      ['complete', 'portfolio', null],
      ['unbudgeted', 'portfolio', 'unbudgeted'],
      ['thresholdDown', 'portfolio', 'green'],
      ['thresholdUp', 'portfolio', 'amber'],
      ['thresholdUp', 'strategy:Growth', 'amber'],
    ]);
  });

  it('takes one snapshot for each message that changes something, and none for a duplicate', async () => {
    await world.hold('TWICE', positionsOf('TWICE', first, 1));
    await world.model(modelOf('TWICE', first));
    await world.snapshotCount('TWICE', 1);
    const event = await world.bars(day('2020-03-03'), { ALPHA: 101 });
    await world.publisherOf('upstream').send(event); // the same message again
    await world.bars(day('2020-03-03'), { ALPHA: 101 }); // another message that says the same
    await world.snapshotCount('TWICE', 2);
    await world.positions(positionsOf('TWICE', day('2020-03-03'), 2, { ...quantities, 'Income/BRAVO': 700 }));
    const snapshots = await world.snapshotCount('TWICE', 3);
    expect(snapshots.map(({ sequence, cause }) => [sequence, cause])).toEqual([
      [1, 'model'],
      [2, 'price'],
      [3, 'position'],
    ]);
    expect(snapshots[1]?.causeId).toBe(event.id);
  });

  it('takes one for a rate that moves what is held in another currency, and none of a portfolio without any', async () => {
    const rate = (time: string, value: string) =>
      world.publish(fxRatePublished, time, { pair: 'EURUSD', time, rate: value });
    await rate(first, '1.1');
    const statement = positionsOf('EURO', first, 1);
    await world.hold('EURO', { ...statement, cash: [...statement.cash, { currency: 'EUR', amount: '10000' }] });
    await world.model(modelOf('EURO', first));
    await world.hold('DOLLAR', positionsOf('DOLLAR', first, 1));
    await world.model(modelOf('DOLLAR', first));
    const event = await rate('2020-03-02T22:00:00.000Z', '1.2');
    const [before, after] = await world.snapshotCount('EURO', 2);
    expect(before).toMatchObject({ cause: 'model', nav: 111_000 });
    expect(after).toMatchObject({ cause: 'rate', causeId: event.id, nav: 112_000 });
    await world.snapshotCount('DOLLAR', 1);
  });

  it('recomputes the present after a late correction and leaves what was published alone', async () => {
    await world.hold('LATE', positionsOf('LATE', first, 1));
    await world.model(modelOf('LATE', first));
    await world.bars(day('2020-03-03'), { ALPHA: 110 });
    await world.snapshotCount('LATE', 2);
    await world.bars(day('2020-03-03'), { ALPHA: 100 }, '2020-03-05T15:00:00.000Z');
    const [, stale, corrected] = await world.snapshotCount('LATE', 3);
    expect(stale?.nav).toBe(103_500);
    expect(corrected).toMatchObject({ sequence: 3, asOf: '2020-03-05T15:00:00.000Z', nav: 100_000 });

    const asSeen = await world.tree('LATE', '?asOf=2020-03-04T00:00:00.000Z');
    expect(asSeen).toMatchObject({ source: 'snapshot', sequence: 2, nav: 103_500 });
    const asKnown = await world.tree('LATE', '?asOf=2020-03-04T00:00:00.000Z&knownAt=2020-03-06T00:00:00.000Z');
    expect(asKnown).toMatchObject({ source: 'recomputed', snapshotId: null, nav: 100_000 });
    const asKnownThen = await world.tree('LATE', '?asOf=2020-03-04T00:00:00.000Z&knownAt=2020-03-04T00:00:00.000Z');
    expect(asKnownThen.nav).toBe(103_500);
  });

  it('tells of the present as of the last snapshot when an event comes out of order', async () => {
    await world.hold('ORDER', positionsOf('ORDER', first, 1));
    await world.model(modelOf('ORDER', first));
    await world.bars(day('2020-03-04'), { ALPHA: 104 });
    await world.snapshotCount('ORDER', 2);
    await world.bars(day('2020-03-03'), { BRAVO: 60 });
    const [, , late] = await world.snapshotCount('ORDER', 3);
    expect(late).toMatchObject({ asOf: day('2020-03-04'), sequence: 3, nav: 350 * 104 + 800 * 60 + 500 * 20 + 15_000 });
  });

  it('asks for nothing while there is nothing to evaluate', async () => {
    await world.definePortfolio('EMPTY', first);
    await world.until(async () => {
      const { body } = await world.request<{ items: { portfolioId: string }[] }>('/v1/portfolios');
      return body.items.some(({ portfolioId }) => portfolioId === 'EMPTY');
    });
    const { status, body } = await world.request('/v1/portfolios/EMPTY/utilization');
    expect([status, body['code']]).toEqual([404, 'UTILIZATION.NO_SNAPSHOT']);
    expect(await world.alerts('EMPTY')).toEqual([]);
  });
});
