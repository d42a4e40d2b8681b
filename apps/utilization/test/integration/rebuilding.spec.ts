import { createTestDatabase, type TestDatabase } from '@risk-budget/persistence/testing';
import { migrateService } from '@risk-budget/service-kit';
import { utilizationService } from '../../src/index.js';
import type { UtilizationTree } from '../../src/tree/tree.schemas.js';
import { modelOf, planOf, positionsOf, treeOf } from './fixtures.js';
import { World } from './world.js';

const at = '2020-03-02T21:00:00.000Z';
const minute = (number: number) => new Date(Date.parse('2020-03-03T14:00:00.000Z') + number * 60_000).toISOString();
const portfolios = ['LEFT', 'RIGHT'] as const;
const rounds = 4;

describe('utilization with an empty schema in the place of one that has worked', () => {
  let world: World;
  let empty: TestDatabase;
  beforeAll(async () => {
    world = await World.start();
    empty = await createTestDatabase({ services: ['utilization'] });
    await migrateService(utilizationService, empty.service('utilization').ownerUrl, { timescale: 'off' });
  });
  afterAll(async () => {
    await world?.stop();
    await empty?.drop();
  });

  it('rebuilds snapshots, alerts and states from its own topics, reads the rest again and goes on where it was, telling nothing twice', async () => {
    for (const portfolioId of portfolios) {
      await world.hold(portfolioId, positionsOf(portfolioId, at, 1));
      await world.model(modelOf(portfolioId, at));
      await world.plan(planOf(portfolioId, [treeOf('volatility', 0.163, 0.1, 0.1)]), at);
    }
    for (let round = 1; round <= rounds; round++) {
      await world.bars(minute(round), { ALPHA: 100 + round, BRAVO: 50 - round });
      for (const id of portfolios) await world.positions(positionsOf(id, minute(round), 1 + round, bought(round)));
    }
    await world.settled();
    const before = await seen();
    expect(before.RIGHT.alerts.length).toBeGreaterThan(1);

    await world.stopService();
    // What comes while nobody is there to see it.
    const missed = minute(rounds + 1);
    await world.positions(positionsOf('LEFT', missed, 2 + rounds, bought(rounds + 1)));
    await world.startAnother({ DATABASE_URL: empty.service('utilization').appUrl });
    for (const portfolioId of portfolios)
      await world.snapshotCount(portfolioId, before[portfolioId].published.length + 1);

    const { LEFT: left, RIGHT: right } = await seen();
    // One snapshot of everything that has come: the same where nothing has.
    expect(right.published.slice(0, -1)).toEqual(before.RIGHT.published);
    expect(right.listed.slice(1)).toEqual(before.RIGHT.listed);
    expect(figures(right.tree)).toEqual(figures(before.RIGHT.tree));
    expect(right.tree.asOf).toBe(before.RIGHT.tree.asOf);
    expect(right.alerts).toEqual(before.RIGHT.alerts);
    expect(right.told).toEqual(before.RIGHT.told);
    expect(left.published.slice(0, -1)).toEqual(before.LEFT.published);
    expect(left.published.at(-1)).toMatchObject({ asOf: missed, lineage: { positionSequence: 2 + rounds } });
    expect(left.tree.nav).toBeCloseTo(before.LEFT.tree.nav + 20 * (100 + rounds), 6);

    // From here on each change has its snapshot, as before.
    await world.bars(minute(rounds + 2), { ALPHA: 90 });
    for (const portfolioId of portfolios) {
      const told = await world.snapshotCount(portfolioId, before[portfolioId].published.length + 2);
      expect(told.map(({ sequence }) => sequence)).toEqual(told.map((_, index) => index + 1));
      expect(told.at(-1)?.marks.find(({ instrumentId }) => instrumentId === 'ALPHA')?.price).toBe(90);
    }
  }, 120_000);

  const seen = async () => {
    const [left, right] = [await seenOf('LEFT'), await seenOf('RIGHT')];
    return { LEFT: left, RIGHT: right };
  };

  /** What is known of a portfolio from outside: on the topics, and by the routes. */
  async function seenOf(portfolioId: string) {
    const list = async (what: string) =>
      (await world.request<{ items: unknown[] }>(`/v1/portfolios/${portfolioId}/${what}?limit=100`)).body.items;
    return {
      published: await world.snapshots(portfolioId),
      listed: await list('snapshots'),
      told: await world.alerts(portfolioId),
      alerts: await list('alerts'),
      tree: await world.tree(portfolioId),
    };
  }
});

const bought = (round: number) => ({ 'Growth/ALPHA': 300 + 20 * round });

/** Every figure of every node; not by which snapshot it was told. */
function figures({ nodes, nav, metrics, state }: UtilizationTree): unknown {
  return { nodes, nav, metrics, state };
}
