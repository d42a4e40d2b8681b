import { setTimeout as sleep } from 'node:timers/promises';
import { CodedError, topicPath } from '@risk-budget/contracts';
import { InfrastructureError } from '@risk-budget/persistence';
import { deadLetterTopic, noMetrics } from '@risk-budget/messaging';
import { orderPlaced, orders } from '../events.js';
import { byKey, effectsOf, occurredAt, record, until, type Harness } from '../harness.js';

const refusal = (detail: string) => new CodedError({ code: 'TEST.REFUSED', status: 422, detail });

/** Failures are classed: infrastructure, handler, unreadable. */
export function failurePromises(current: () => Harness): void {
  describe('failures', () => {
    let harness: Harness;
    beforeEach(() => {
      harness = current();
    });

    const order = (key: string, n: number) => ({ occurredAt, data: { key, n } });

    it('pauses for the infrastructure, says so, and parks nothing', async () => {
      let broken = true;
      const { messaging, persistence } = await harness.instance('second');
      messaging.on(
        orders.name,
        record('one', () => {
          if (broken) throw new InfrastructureError('TEST.DOWN', 'the database is away');
        }),
      );
      await messaging.start();
      await harness.publisher().publishMany(
        orderPlaced,
        [1, 2].map((n) => order('a', n)),
      );
      await until(() => !messaging.health().ready);
      expect(messaging.health().paused[0]).toMatchObject({
        topic: orders.name,
        trouble: { error: expect.stringContaining('away') as string },
      });
      await sleep(500);
      broken = false;
      await until(() => messaging.health().ready);
      await until(async () => (await effectsOf(persistence)).length === 2);
      expect(byKey(await effectsOf(persistence))).toEqual({ a: [1, 2] });
      expect(await messaging.parked.keys()).toEqual([]);
    });

    it('survives the loss of every database connection in the middle of a batch', async () => {
      const { messaging, persistence } = await harness.instance('second');
      let entered = 0;
      messaging.on(orders.name, async (events, batch) => {
        entered++;
        if (entered === 1) await sleep(300);
        await record()(events, batch);
      });
      await messaging.start();
      const publisher = harness.publisher();
      await publisher.publishMany(
        orderPlaced,
        [1, 2, 3].map((n) => order('a', n)),
      );
      await until(() => entered === 1);
      await persistence.query(
        'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = current_user AND datname = current_database() AND pid <> pg_backend_pid()',
      );
      await publisher.publishMany(
        orderPlaced,
        [4].map((n) => order('a', n)),
      );
      await until(async () => (await effectsOf(persistence)).length === 4, 20);
      expect(byKey(await effectsOf(persistence))).toEqual({ a: [1, 2, 3, 4] });
      expect(await messaging.parked.keys()).toEqual([]);
    });

    it('tries a failing message again in its key’s queue while other keys go on', async () => {
      const { messaging, persistence } = await harness.instance('second');
      const attempts: number[] = [];
      let released = false;
      messaging.on(
        orders.name,
        record('one', (n, attempt) => {
          if (n !== 2) return;
          attempts.push(attempt);
          if (!released) throw new Error('not yet');
        }),
      );
      await messaging.start();
      const publisher = harness.publisher();
      await publisher.publishMany(orderPlaced, [order('bad', 1), order('bad', 2), order('bad', 3), order('good', 1)]);
      await until(async () => (await effectsOf(persistence)).some(({ key }) => key === 'good'));
      await publisher.publish(orderPlaced, order('good', 4));
      await until(async () => (byKey(await effectsOf(persistence))['good'] ?? []).length === 2);
      expect(byKey(await effectsOf(persistence))['bad']).toEqual([1]);
      released = true;
      await until(async () => (await effectsOf(persistence)).length === 5, 20);
      expect(byKey(await effectsOf(persistence))).toEqual({ bad: [1, 2, 3], good: [1, 4] });
      // While a batch is split the message is in its first attempt; alone in its key's queue it counts on.
      expect(attempts).toEqual([...attempts].sort((a, b) => a - b));
      expect(attempts.at(-1)).toBeGreaterThan(1);
      expect(messaging.health().ready).toBe(true);
    });

    it('parks a refused message and every later one of its key, in order, at once when trying again is no use', async () => {
      const parked: string[] = [];
      const { messaging, persistence } = await harness.instance('second', {
        onParked: (_topic, key) => parked.push(key),
      });
      messaging.on(
        orders.name,
        record('one', (n) => {
          if (n === 2) throw refusal('no such portfolio');
        }),
      );
      await messaging.start();
      const publisher = harness.publisher();
      await publisher.publishMany(
        orderPlaced,
        [1, 2, 3].map((n) => order('bad', n)),
      );
      await publisher.publishMany(
        orderPlaced,
        [1, 2].map((n) => order('good', n * 10)),
      );
      await until(async () => (await messaging.parked.list()).items.length === 2);
      await publisher.publish(orderPlaced, order('bad', 4));
      await until(async () => (await messaging.parked.list()).items.length === 3);
      expect(byKey(await effectsOf(persistence))).toEqual({ bad: [1], good: [10, 20] });
      const { items } = await messaging.parked.list();
      expect(items.map(({ sequence, reason, errorCode }) => [sequence, reason, errorCode])).toEqual([
        [2, 'failed', 'TEST.REFUSED'],
        [3, 'behindFailed', null],
        [4, 'behindFailed', null],
      ]);
      expect(parked).toEqual(['bad']);
      expect((await messaging.progress.read()).settled[orders.name]).toEqual({ '/upstream/tester': 6 });
    });

    it('parks a message after five tries', async () => {
      const { messaging } = await harness.instance('second');
      const attempts: number[] = [];
      messaging.on(orders.name, (_events, batch) => {
        attempts.push(batch.attempt);
        return Promise.reject(new Error('always'));
      });
      await messaging.start();
      await harness.publisher().publish(orderPlaced, order('bad', 1));
      await until(async () => (await messaging.parked.list()).items.length === 1, 30);
      expect(attempts).toEqual([1, 2, 3, 4, 5]);
      expect((await messaging.parked.list()).items[0]).toMatchObject({ attempts: 5, error: 'always' });
    }, 40_000);

    it('sends what it cannot read to the dead-letter topic with the reason, and goes on', async () => {
      const counted = { deadLettered: 0 };
      const metrics = {
        ...noMetrics,
        deadLettered: (_topic: string, count: number) => void (counted.deadLettered += count),
      };
      const { messaging, persistence, driver } = await harness.instance('second', { metrics });
      messaging.on(orders.name, record());
      await messaging.start();
      const publisher = harness.publisher();
      const path = topicPath(orders);
      const wrong = await publisher.prepare(orderPlaced, order('a', 1));
      const [message] = wrong.messages;
      const payload = message?.payload.replace('"n":1', '"n":"one"') ?? '';
      await driver.publish([
        { topic: path, key: 'x', orderingKey: 'x', payload: 'no json' },
        { topic: path, key: 'x', orderingKey: 'x', payload: '{"specversion":"1.0"}' },
        { topic: path, key: 'a', orderingKey: 'a', payload },
      ]);
      await publisher.publish(orderPlaced, order('a', 2));
      await until(async () => (await messaging.deadLetters.list()).items.length === 3);
      await until(async () => (await effectsOf(persistence)).length === 1);
      const { items } = await messaging.deadLetters.list();
      expect(items.map(({ reason }) => reason)).toEqual([
        expect.stringContaining('no JSON'),
        expect.stringContaining('no envelope'),
        expect.stringContaining('n:'),
      ]);
      expect(counted.deadLettered).toBe(3);
      expect((await messaging.progress.read()).settled[orders.name]).toEqual({ '/upstream/tester': 2 });
      await until(async () => (await driver.last(deadLetterTopic(orders.name, 'second'), 'a')) !== undefined);
      const sent = JSON.parse(
        (await driver.last(deadLetterTopic(orders.name, 'second'), 'a'))?.payload ?? '',
      ) as object;
      expect(sent).toMatchObject({
        service: 'second',
        topic: orders.name,
        reason: expect.stringContaining('n:') as string,
        payload,
      });
    });

    it('passes over a type of another version, and counts it as settled', async () => {
      const { messaging, persistence, driver } = await harness.instance('second');
      messaging.on(orders.name, record());
      await messaging.start();
      const publisher = harness.publisher();
      const later = await publisher.prepare(orderPlaced, order('a', 1));
      await driver.publish(
        later.messages.map((message) => ({
          ...message,
          payload: message.payload.replace('order.placed.v1', 'order.placed.v2'),
        })),
      );
      await publisher.publish(orderPlaced, order('a', 2));
      await until(async () => (await effectsOf(persistence)).length === 1);
      expect((await messaging.progress.read()).settled[orders.name]).toEqual({ '/upstream/tester': 2 });
      expect((await messaging.deadLetters.list()).items).toEqual([]);
    });
  });
}
