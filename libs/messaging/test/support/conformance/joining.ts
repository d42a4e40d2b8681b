import { topicPath } from '@risk-budget/contracts';
import { readEvents, type RebuildContext } from '@risk-budget/messaging';
import { answered, answers, orderPlaced, orders, states, stateSet } from '../events.js';
import { occurredAt, until, type Harness } from '../harness.js';

/** A service whose schema is empty joins a system that runs. */
export function joiningPromises(current: () => Harness): void {
  describe('a service that joins with an empty schema', () => {
    let harness: Harness;
    beforeEach(() => {
      harness = current();
    });

    const reader = async (delayMs = 0) => {
      const seen: string[] = [];
      const { messaging } = await harness.instance('second');
      messaging.on(states.name, async (events) => {
        if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));
        for (const { key, data } of events) seen.push(`${key} is ${(data as { version: number }).version}`);
      });
      messaging.on(orders.name, (events) => {
        for (const { key, data } of events) seen.push(`${key} ordered ${(data as { n: number }).n}`);
        return Promise.resolve();
      });
      const joined = await messaging.join({
        publishes: [],
        consumes: [states, orders],
        rebuild: () => Promise.resolve(),
      });
      await messaging.start();
      return { messaging, seen, joined };
    };

    it('reads all from the beginning, though it was read before, and flows only after upstream and states', async () => {
      const publisher = harness.publisher();
      const first = await reader();
      expect(first.joined).toBe(true);
      for (const n of [1, 2, 3]) await publisher.publish(orderPlaced, { occurredAt, data: { key: 'a', n } });
      for (const version of [1, 2, 3]) {
        await publisher.publish(stateSet, { occurredAt, data: { key: 'b', version, rows: [] } });
      }
      await until(() => first.seen.length === 6, 30);
      await first.messaging.stop();
      await harness.lose('second');
      const again = await reader(50);
      expect(again.joined).toBe(true);
      await until(() => again.seen.length === 6, 30);
      expect(again.seen).toEqual(['b is 1', 'b is 2', 'b is 3', 'a ordered 1', 'a ordered 2', 'a ordered 3']);
      // Whoever starts it the next time goes on from there.
      await again.messaging.stop();
      const later = await reader();
      expect(later.joined).toBe(false);
      await publisher.publish(orderPlaced, { occurredAt, data: { key: 'a', n: 4 } });
      await until(() => later.seen.length > 0, 30);
      expect(later.seen).toEqual(['a ordered 4']);
    });

    it('goes on from the numbers of what it has published, and rebuilds from that once, in one of its instances', async () => {
      const owning = () => harness.instance('first');
      type Owner = Awaited<ReturnType<typeof owning>>;
      const emit = async (owner: Owner, version: number): Promise<void> => {
        await owner.persistence.transaction(async (tx) => {
          await owner.messaging.outbox.emit(tx, stateSet, { occurredAt, data: { key: 'a', version, rows: [] } });
          await owner.messaging.outbox.emit(tx, answered, { occurredAt, data: { key: 'a', n: version } });
        });
      };
      const published = ({ persistence }: Owner) =>
        until(async () => (await persistence.query('SELECT 1 FROM outbox')).length === 0, 30);
      const rebuilt: number[] = [];
      const rebuild = async ({ own }: RebuildContext): Promise<void> => {
        for await (const { data } of own(answered)) rebuilt.push(data.n);
      };
      const before = await owning();
      await before.messaging.start();
      for (const version of [1, 2]) await emit(before, version);
      await published(before);
      // Somebody else's events on the same topic are not its own.
      await harness.publisher().publish(answered, { occurredAt, data: { key: 'z', n: 9 } });
      await before.messaging.states.want(states);
      await until(async () => (await before.messaging.states.waiting(states)) === 0, 30);
      await before.messaging.stop();
      await harness.lose('first');

      const [one, other] = [await owning(), await owning()];
      const options = { publishes: [states, answers], consumes: [], rebuild };
      const joined = await Promise.all([one, other].map(({ messaging }) => messaging.join(options)));
      expect(joined.sort()).toEqual([false, true]);
      expect(rebuilt).toEqual([1, 2]);
      await one.messaging.start();
      await emit(one, 3);
      await published(one);
      const sequences: number[] = [];
      for await (const { key, sequence } of readEvents(one.driver, answered)) if (key === 'a') sequences.push(sequence);
      expect(sequences).toEqual([1, 2, 3]);
      const last = await one.driver.last(topicPath(states), 'a');
      expect(last?.payload).toContain('"sequence":3');
    });

    it('restored from a backup goes on from the numbers of what it has published since, and rebuilds nothing', async () => {
      const owner = await harness.instance('first');
      const emit = ({ messaging, persistence }: typeof owner, n: number) =>
        persistence.transaction((tx) => messaging.outbox.emit(tx, answered, { occurredAt, data: { key: 'a', n } }));
      await owner.messaging.start();
      for (const n of [1, 2, 3]) await emit(owner, n);
      await until(async () => (await owner.persistence.query('SELECT 1 FROM outbox')).length === 0, 30);
      await owner.messaging.stop();
      // As it stood when the first was said, and as the operator leaves it.
      await owner.persistence.query('UPDATE outbox_head SET sequence = 1');
      await owner.persistence.query('UPDATE messaging_joining SET joined_at = NULL, caught_up_at = NULL');

      const restored = await harness.instance('first');
      let rebuilt = false;
      const rebuild = (): Promise<void> => {
        rebuilt = true;
        return Promise.resolve();
      };
      expect(await restored.messaging.join({ publishes: [answers], consumes: [orders], rebuild })).toBe(true);
      expect(rebuilt).toBe(false);
      await restored.messaging.start();
      await emit(restored, 4);
      await until(async () => (await restored.persistence.query('SELECT 1 FROM outbox')).length === 0, 30);
      const sequences: number[] = [];
      for await (const { sequence } of readEvents(restored.driver, answered)) sequences.push(sequence);
      expect(sequences).toEqual([1, 2, 3, 4]);
    });
  });
}
