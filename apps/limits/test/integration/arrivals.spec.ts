import { setTimeout as wait } from 'node:timers/promises';
import { limitWanted, portfolioDefined, positionsStated } from '@risk-budget/contracts';
import { positionsOf } from '../fixtures/market.js';
import { withClientOf } from './database.js';
import { limitOf, World, type Person } from './world.js';

const day = '2020-03-02T21:00:00.000Z';
const operator: Person = { subject: 'olga', roles: ['operator'] };

describe('what is published right behind its portfolio', () => {
  let world: World;
  beforeAll(async () => {
    world = await World.start();
    await world.advance(day);
  });
  afterAll(() => world.stop());

  const parkedKeys = async () =>
    (await world.ok<{ items: { key: string; errorCode: string }[] }>('/v1/messaging/parked-keys', { as: operator }))
      .items;

  /** Keeps definitions from being stored while the work goes on. */
  const whileDefinitionsWait = (work: () => Promise<void>): Promise<void> =>
    withClientOf(world, async (query) => {
      // One statement that takes the lock and holds it: what a slow consumer of definitions looks like from outside.
      const held = query(`DO $$ BEGIN LOCK TABLE md_portfolio IN EXCLUSIVE MODE; PERFORM pg_sleep(2); END $$`);
      await wait(100);
      await work();
      await held;
    });

  it('waits for the portfolio, however long its definition takes to be handled, and is not parked', async () => {
    await whileDefinitionsWait(async () => {
      await world.publish(portfolioDefined, day, {
        portfolioId: 'SOON',
        name: 'Soon',
        baseCurrency: 'USD',
        calendar: 'XNYS',
        groups: [],
      });
      await world.publish(positionsStated, day, positionsOf('SOON', day, 1));
      await world.publish(limitWanted, day, limitOf({ limitId: 'soon', portfolioId: 'SOON' }));
    });
    await world.settled();
    expect(await parkedKeys()).toEqual([]);
    expect(await world.ok('/v1/market-data/portfolios/SOON/holdings')).toMatchObject({ sequence: 1 });
    expect(await world.ok('/v1/limits/soon')).toMatchObject({ proposed: { source: 'topic' } });
  });

  it('is parked at once when no definition is under way', async () => {
    const started = performance.now();
    await world.publish(positionsStated, day, positionsOf('NEVER', day, 1));
    await world.settled();
    expect(performance.now() - started).toBeLessThan(5_000); // no series of further tries, which takes 15 s
    expect(await parkedKeys()).toMatchObject([{ key: 'NEVER', errorCode: 'MARKET_DATA.UNKNOWN_PORTFOLIO' }]);
  });
});
