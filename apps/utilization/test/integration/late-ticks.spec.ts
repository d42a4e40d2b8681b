import { jest } from '@jest/globals';
import { limitDefined, tickPublished, type UtilizationSnapshot } from '@risk-budget/contracts';
import { Persistence } from '@risk-budget/persistence';
import { TimerService } from '@risk-budget/service-kit';
import { conflationTimer, SnapshotsService } from '../../src/snapshots/snapshots.service.js';
import { limitOf, modelOf, positionsOf, type Name } from './fixtures.js';
import { World } from './world.js';

const day = '2020-03-16T21:00:00.000Z';
const issuer = 'issuer:Alpha Group';

type Path = readonly (readonly [time: string, name: Name, price: number])[];

/** Weight of Alpha Group, of which 350 are held beside 800, 500 and cash. */
const weight = (alpha: number, bravo = 50, charlie = 20): number =>
  (350 * alpha) / (350 * alpha + 800 * bravo + 500 * charlie + 15_000);

describe('late ticks', () => {
  let world: World;
  beforeAll(async () => {
    world = await World.start({ config: { CLOCK: 'replay' } }); // timers of 2020 wait for their time
  });
  afterAll(() => world.stop());

  async function hold(portfolioId: string, cash?: number): Promise<void> {
    await world.hold(portfolioId, positionsOf(portfolioId, day, 1, undefined, cash));
    await world.model(modelOf(portfolioId, day));
    await world.snapshotCount(portfolioId, 1);
  }

  /** A limit of 36 % on Alpha Group, known to the service. */
  async function limit(portfolioId: string): Promise<void> {
    const scope = { level: 'issuer', issuer: 'Alpha Group' } as const;
    await world.publish(limitDefined, day, limitOf(portfolioId, { scope }));
    await world.settled();
  }

  /** Resolves when the service has settled them. */
  async function ticks(path: Path): Promise<void> {
    const events = path.map(([time, instrumentId, price]) => ({
      occurredAt: time,
      data: { instrumentId, time, price: String(price) },
    }));
    await world.publisherOf('upstream').publishMany(tickPublished, events);
    await world.settled();
  }

  const weights = (snapshots: readonly UtilizationSnapshot[]): (number | undefined)[] =>
    snapshots.map(({ nodes }) => nodes.find(({ nodeId }) => nodeId === issuer)?.weight);

  it.each([
    ['of the day before', 'BEFORE', '2020-03-16T22:00'],
    ['of the same day', 'SAME', '2020-03-17T15:00'],
  ])(
    '%s are taken in one after the other, each crossing of a limit among them told once',
    async (_, portfolioId, late) => {
      await hold(portfolioId);
      await limit(portfolioId);
      const last = '2020-03-17T15:10:00.000Z';
      await ticks([[last, 'CHARLIE', 20]]);
      const calls = jest.spyOn(world.handle.service.get<SnapshotsService>(SnapshotsService), 'takeTicks');
      // Over the limit and back twenty times, by one name, with a price of another behind each and the last of them late even among these.
      const path = Array.from({ length: 20 }, (__, turn): Path[number][] => {
        const second = String(10 + turn);
        return [
          [`${late}:${second}.000Z`, 'ALPHA', turn % 2 === 0 ? 106 + turn / 10 : 100],
          [`${late}:${second}.100Z`, 'BRAVO', 50 + turn / 1000],
        ];
      }).flat();
      await ticks([[`${late}:09.000Z`, 'BRAVO', 50], ...path, [`${late}:05.000Z`, 'ALPHA', 200]]); // older than what is known: no state of the portfolio
      expect(calls.mock.calls.map(([, id, together]) => [id, together.length])).toContainEqual([portfolioId, 42]);
      calls.mockRestore();
      const snapshots = (await world.snapshotCount(portfolioId, 22)).slice(2);
      expect(snapshots.map(({ asOf }) => asOf)).toEqual(snapshots.map(() => last));
      expect(weights(snapshots)).toEqual(
        Array.from({ length: 20 }, (__, turn) =>
          expect.closeTo(weight(turn % 2 === 0 ? 106 + turn / 10 : 100, turn === 0 ? 50 : 50 + (turn - 1) / 1000), 12),
        ),
      );
      // Each is kept as it was told.
      for (const snapshot of snapshots) {
        const { body } = await world.request<UtilizationSnapshot>(`/v1/snapshots/${snapshot.snapshotId}`);
        expect(body).toEqual(snapshot);
      }
    },
  );

  it('are held together with what came before them and was not told of by itself', async () => {
    await hold('TOGETHER');
    await limit('TOGETHER');
    const at = (milliseconds: number) => new Date(Date.parse('2020-03-17T16:00:00.000Z') + milliseconds).toISOString();
    await ticks([
      [at(-1), 'BRAVO', 50],
      [at(0), 'ALPHA', 100],
    ]);
    await world.snapshotCount('TOGETHER', 2);
    await ticks([[at(200), 'CHARLIE', 15]]); // too soon
    await ticks([[at(100), 'ALPHA', 103]]); // at 20 for CHARLIE below the limit, at 15 above
    await ticks([[at(220), 'ALPHA', 100]]);
    const snapshots = (await world.snapshotCount('TOGETHER', 4)).slice(2);
    expect(snapshots.map(({ asOf }) => asOf)).toEqual([at(200), at(220)]);
    expect(weights(snapshots)).toEqual([
      expect.closeTo(weight(103, 50, 15), 12),
      expect.closeTo(weight(100, 50, 15), 12),
    ]);
  });

  it('leave one that was not told of by itself to be told of later, where one behind it in the batch allows no figures', async () => {
    await hold('BROKE', -60_000);
    const at = (milliseconds: number) => new Date(Date.parse('2020-03-17T17:00:00.000Z') + milliseconds).toISOString();
    await ticks([
      [at(0), 'ALPHA', 100],
      [at(50), 'ALPHA', 101], // too soon
      [at(60), 'ALPHA', 20], // less than nothing is left
    ]);
    await world.snapshotCount('BROKE', 2);
    const alerts = await world.alerts('BROKE');
    expect(alerts.at(-1)).toMatchObject({ kind: 'incomplete', asOf: at(60), notEvaluable: { afterSequence: 2 } });
    const { service } = world.handle;
    const timer = await service
      .get<Persistence>(Persistence)
      .transaction((tx) => service.get<TimerService>(TimerService).find(tx, conflationTimer, 'BROKE'));
    expect(timer).toMatchObject({ dueAt: at(250) });
  });
});

describe('late ticks on the wall clock', () => {
  let world: World;
  beforeAll(async () => {
    world = await World.start();
  });
  afterAll(() => world.stop());

  it('that cross nothing are told of when the timer falls due', async () => {
    await world.hold('LATER', positionsOf('LATER', day, 1));
    await world.model(modelOf('LATER', day));
    const [last, late] = ['2020-03-17T15:10:00.000Z', '2020-03-17T15:09:00.000Z'];
    await world.publish(tickPublished, last, { instrumentId: 'CHARLIE', time: last, price: '20' });
    await world.snapshotCount('LATER', 2);
    const event = await world.publish(tickPublished, late, { instrumentId: 'ALPHA', time: late, price: '101' });
    const [, , told] = await world.snapshotCount('LATER', 3);
    expect(told).toMatchObject({ cause: 'price', causeId: event.id, asOf: '2020-03-17T15:10:00.250Z', nav: 100_350 });
  });
});
