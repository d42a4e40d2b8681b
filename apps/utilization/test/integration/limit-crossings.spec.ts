import { jest } from '@jest/globals';
import { PortfolioInputsLoader } from '@risk-budget/market-data';
import { limitDefined, tickPublished, type LimitDefinition } from '@risk-budget/contracts';
import { limitOf, modelOf, positionsOf } from './fixtures.js';
import { World } from './world.js';

const day = '2020-03-16T21:00:00.000Z';

describe('ticks and limits', () => {
  let world: World;
  beforeAll(async () => {
    world = await World.start({ config: { CLOCK: 'replay' } }); // timers of 2020 wait for their time
  });
  afterAll(() => world.stop());

  /** Resolves when the service knows the definition. */
  async function define(portfolioId: string, change: Partial<LimitDefinition>): Promise<void> {
    await world.publish(limitDefined, day, limitOf(portfolioId, change));
    await world.settled();
  }

  async function hold(portfolioId: string): Promise<void> {
    await world.hold(portfolioId, positionsOf(portfolioId, day, 1));
    await world.model(modelOf(portfolioId, day));
    await world.snapshotCount(portfolioId, 1);
  }

  const tick = async (milliseconds: number, price: number) => {
    const time = new Date(Date.parse('2020-03-17T15:00:00.000Z') + milliseconds).toISOString();
    await world.publish(tickPublished, time, { instrumentId: 'ALPHA', time, price: String(price) });
  };

  it('tells of a tick that crosses a limit and of the one that comes back, however soon after each other', async () => {
    await hold('BACK');
    await define('BACK', { limitId: 'issuer', scope: { level: 'issuer', issuer: 'Alpha Group' } });
    await define('BACK', {
      limitId: 'leaf',
      scope: { level: 'instrument', strategy: 'Income', instrumentId: 'BRAVO' },
      direction: 'lower',
      bound: { kind: 'absolute', value: 0.392 },
    });
    await define('BACK', {
      limitId: 'sector',
      scope: { level: 'sector', sector: 'Energy' },
      direction: 'lower',
      bound: { kind: 'absolute', value: 0.38 },
    });
    await tick(0, 100); // the first for long: told
    await tick(50, 100.5); // too soon
    await tick(100, 106); // takes Alpha Group above 36 % and BRAVO, which has no tick, below 39.2 %
    await tick(150, 100); // and back
    await tick(160, 116); // all three
    await tick(170, 116.1); // too soon, and nothing crossed
    await tick(180, 100);
    const snapshots = (await world.snapshotCount('BACK', 6)).slice(1);
    expect(snapshots.map(({ asOf, leaves }) => [asOf.slice(17), leaves])).toEqual([
      ['00.000Z', false],
      ['00.100Z', false],
      ['00.150Z', false],
      ['00.160Z', false],
      ['00.180Z', false],
    ]);
    const weights = (nodeId: string) =>
      snapshots.map(({ nodes }) => nodes.find((node) => node.nodeId === nodeId)?.weight);
    const nav = (price: number) => 350 * price + 65_000;
    const alpha = (price: number) => expect.closeTo((350 * price) / nav(price), 12);
    const bravo = (price: number) => expect.closeTo(40_000 / nav(price), 12);
    // From 2 % before the bound on, every snapshot tells of the node.
    expect(weights('issuer:Alpha Group')).toEqual([undefined, alpha(106), alpha(100), alpha(116), alpha(100)]);
    expect(weights('leaf:Income/BRAVO')).toEqual([undefined, bravo(106), bravo(100), bravo(116), bravo(100)]);
    expect(weights('sectorTotal:Energy')).toEqual([undefined, undefined, undefined, bravo(116), bravo(100)]);
    expect(weights('issuer:Charlie Group')).toEqual([undefined, undefined, undefined, undefined, undefined]);
  });

  it('conflates again when the limit has been retired, and takes no older version over', async () => {
    await hold('GONE');
    const scope = { level: 'issuer', issuer: 'Alpha Group' } as const;
    await define('GONE', { limitId: 'gone', scope, version: 2 });
    await define('GONE', { limitId: 'gone', scope, version: 3, status: 'retired' });
    await define('GONE', { limitId: 'gone', scope, version: 2 });
    await tick(60_000, 100);
    await tick(60_100, 110);
    await tick(60_200, 100);
    expect((await world.snapshotCount('GONE', 2)).at(-1)?.asOf).toBe('2020-03-17T15:01:00.000Z');
  });

  it('makes of ticks that arrive together what it makes of them one after the other', async () => {
    await hold('BATCH');
    await define('BATCH', { limitId: 'batch', scope: { level: 'issuer', issuer: 'Alpha Group' } });
    const path: readonly [milliseconds: number, name: string, price: number][] = [
      [0, 'ALPHA', 100],
      [50, 'ALPHA', 100.5],
      [60, 'BRAVO', 50.1],
      [100, 'ALPHA', 106], // above 36 %
      [150, 'ALPHA', 100],
      [170, 'CHARLIE', 20.2],
      [180, 'BRAVO', 43], // above again, by another name
      [500, 'CHARLIE', 20], // long enough after the one before
      [510, 'BRAVO', 50],
      [520, 'ALPHA', 100.1], // the last, for the timer to tell of
    ];
    const ticksFrom = (start: string) =>
      path.map(([milliseconds, instrumentId, price]) => {
        const time = new Date(Date.parse(start) + milliseconds).toISOString();
        return { occurredAt: time, data: { instrumentId, time, price: String(price) } };
      });
    for (const tick of ticksFrom('2020-03-17T15:10:00.000Z')) {
      await world.publish(tickPublished, tick.occurredAt, tick.data);
      await world.settled();
    }
    const alone = (await world.snapshotCount('BATCH', 7)).slice(1);
    const between = jest.spyOn(world.handle.service.get<PortfolioInputsLoader>(PortfolioInputsLoader), 'between');
    await world.publisherOf('upstream').publishMany(tickPublished, ticksFrom('2020-03-17T15:11:00.000Z'));
    const together = (await world.snapshotCount('BATCH', 13)).slice(7);
    expect(await Promise.all(between.mock.results.map(({ value }) => value as unknown))).toContainEqual(
      expect.objectContaining({ advance: expect.any(Function) as unknown }),
    );
    const told = (snapshots: typeof alone) =>
      snapshots.map(({ asOf, nav, metrics, nodes, stalePrices, marks, state, leaves }) => ({
        ...{ after: asOf.slice(17), nav, metrics, nodes, stalePrices, state, leaves },
        marks: marks.map(({ instrumentId, price }) => [instrumentId, price]),
      }));
    expect(told(together)).toEqual(told(alone));
    expect(alone.map(({ asOf }) => asOf.slice(17))).toEqual([
      '00.000Z',
      '00.100Z',
      '00.150Z',
      '00.180Z',
      '00.500Z',
      '00.510Z',
    ]);
  });
});
