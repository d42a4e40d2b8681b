import { join } from 'node:path';
import { tickPublished } from '@risk-budget/contracts';
import { Persistence } from '@risk-budget/persistence';
import { ServiceProcess } from '@risk-budget/service-kit/testing';
import pg from 'pg';
import { modelOf, planOf, positionsOf, treeOf } from './fixtures.js';
import { World } from './world.js';

const start = '2020-03-02T21:00:00.000Z';
const second = (number: number) => new Date(Date.parse('2020-03-03T14:30:00.000Z') + number * 1_000).toISOString();
const portfolios = ['P1', 'P2', 'P3', 'P4', 'P5', 'P6', 'P7', 'P8'];
const rounds = 60;
/** In the middle: before it the instance that dies works, after it only the other one does. */
const killedAt = 30;
const TAKEOVER_MS = 10_000;

/** What one instance does for a portfolio is done by another when it dies: its keys, the service's relay, and what it kept in memory. */
describe('an instance that is killed while prices and positions flow', () => {
  let world: World;
  let doomed: ServiceProcess | undefined;
  let bus: pg.Client;

  beforeAll(async () => {
    world = await World.start();
    bus = new pg.Client({ connectionString: world.handle.database.adminUrl });
    await bus.connect();
  });
  afterAll(async () => {
    await doomed?.kill();
    await bus?.end();
    await world?.stop();
  });

  it('is followed by the other within ten seconds: no snapshot is missing, doubled or out of order', async () => {
    for (const portfolioId of portfolios) {
      await world.hold(portfolioId, positionsOf(portfolioId, start, 1));
      await world.model(modelOf(portfolioId, start));
      await world.plan(planOf(portfolioId, [treeOf('volatility', 0.163, 0.1, 0.1)]), start);
    }
    doomed = await ServiceProcess.start(join(import.meta.dirname, '..', '..', 'dist', 'main.js'), world.handle.config);
    await world.until(async () => (await owners()).length === 2);
    // The first one leaves, so that the one that will be killed is the relay and owns every key; then another one joins.
    await world.handle.service.stop();
    await world.until(async () => (await owners()).length === 1 && (await relay()) !== null);
    const relayBefore = await relay();
    const heir = await world.handle.another();
    await heir.start();
    await world.until(async () => (await owners()).length === 2);
    const [before] = await Promise.all([owners(), flow(1, killedAt)]);

    await doomed.kill();
    const killed = performance.now();
    const flowing = flow(killedAt + 1, rounds);
    await world.until(async () => (await owners()).length === 1 && (await relay()) !== relayBefore);
    expect(performance.now() - killed).toBeLessThan(TAKEOVER_MS);
    expect(before).toEqual(expect.arrayContaining(await owners()));
    await flowing;
    await world.settled();

    for (const portfolioId of portfolios) {
      const snapshots = await world.snapshots(portfolioId);
      expect(snapshots.map(({ sequence }) => sequence)).toEqual(snapshots.map((_, index) => index + 1));
      expect(snapshots.map(({ asOf }) => asOf)).toEqual(snapshots.map(({ asOf }) => asOf).sort());
      expect(new Set(snapshots.map(({ causeId }) => causeId)).size).toBe(snapshots.length);
      // Each statement of positions has its snapshot, taken once.
      const stated = snapshots
        .filter(({ cause }) => cause === 'position')
        .map(({ lineage }) => lineage.positionSequence);
      const flowed = stated.filter((sequence) => sequence > 1);
      expect(flowed).toEqual(Array.from({ length: rounds }, (_, index) => index + 2));
      const last = snapshots.at(-1);
      expect(last?.nav).toBeCloseTo(navAfter(rounds), 6);
    }
    // The first one, the one that was killed and the heir: each was the relay in its turn.
    const [counts] = await heir.get<Persistence>(Persistence).query<{ epoch: number }>('SELECT epoch FROM relay_lease');
    expect(counts?.epoch).toBeGreaterThanOrEqual(3);
  }, 240_000);

  /** Instances that own keys of any topic. */
  async function owners(): Promise<string[]> {
    const { rows } = await bus.query<{ owner: string }>(
      'SELECT DISTINCT owner FROM bus.slot WHERE owner IS NOT NULL ORDER BY owner',
    );
    return rows.map(({ owner }) => owner);
  }

  async function relay(): Promise<string | null> {
    const { rows } = await bus.query<{ owner: string | null }>('SELECT owner FROM utilization.relay_lease');
    return rows[0]?.owner ?? null;
  }

  /** A tick, and a statement of every portfolio, a second of business time after the other. */
  async function flow(from: number, to: number): Promise<void> {
    for (let round = from; round <= to; round++) {
      await world.publish(tickPublished, second(round), {
        instrumentId: 'ALPHA',
        time: second(round),
        price: String(priceAfter(round)),
      });
      await Promise.all(
        portfolios.map((id) =>
          world.positions(positionsOf(id, second(round), 1 + round, { 'Growth/ALPHA': heldAfter(round) })),
        ),
      );
    }
  }
});

const priceAfter = (round: number): number => 100 + round / 10;
const heldAfter = (round: number): number => 300 + round;
/** Shares at the last price, and the cash of the fixtures. */
const navAfter = (round: number): number => heldAfter(round) * priceAfter(round) + 15_000;
