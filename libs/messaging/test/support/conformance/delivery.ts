import { setTimeout as sleep } from 'node:timers/promises';
import { causedBy, readEvents, type MessagingDriver } from '@risk-budget/messaging';
import { rows } from '@risk-budget/persistence';
import { answered, answers, orderPlaced, orders, states, stateSet } from '../events.js';
import { byKey, effectsOf, occurredAt, record, until, type Harness } from '../harness.js';

/** Order, exactly-once effects, and life cycle. */
export function deliveryPromises(current: () => Harness): void {
  describe('delivery', () => {
    let harness: Harness;
    beforeEach(() => {
      harness = current();
    });

    const order = (key: string, n: number) => ({ occurredAt, data: { key, n } });

    it('keeps the order of each key and applies each event once over two instances of a service', async () => {
      for (const name of ['one', 'two']) {
        const { messaging } = await harness.instance('second');
        messaging.on(orders.name, record(name));
        await messaging.start();
      }
      const persistence = await harness.persistence('second');
      const publisher = harness.publisher();
      for (let n = 1; n <= 20; n++) {
        await publisher.publishMany(
          orderPlaced,
          Array.from({ length: 40 }, (_, key) => order(`k${key}`, n)),
        );
      }
      await until(async () => (await effectsOf(persistence)).length >= 800, 30);
      const effects = await effectsOf(persistence);
      expect(effects).toHaveLength(800);
      for (const numbers of Object.values(byKey(effects)))
        expect(numbers).toEqual(Array.from({ length: 20 }, (_, n) => n + 1));
      expect(new Set(effects.map(({ instance }) => instance))).toEqual(new Set(['one', 'two']));
    });

    it('publishes what was committed before a crash, in the order of each key, without gaps in its sequence', async () => {
      const crashed = await harness.instance('first');
      for (let n = 1; n <= 10; n++) {
        await crashed.persistence.transaction(async (tx) => {
          await crashed.messaging.outbox.emit(tx, orderPlaced, order('a', n));
          await crashed.messaging.outbox.emit(tx, orderPlaced, order('b', n));
        });
      }
      const { messaging, driver } = await harness.instance('first');
      await messaging.start();
      await until(async () => (await crashed.persistence.query('SELECT 1 FROM outbox')).length === 0);
      const sequences: Record<string, number[]> = {};
      for await (const event of readEvents(driver, orderPlaced)) (sequences[event.key] ??= []).push(event.sequence);
      const expected = Array.from({ length: 10 }, (_, n) => n + 1);
      expect(sequences).toEqual({ a: expected, b: expected });
    });

    it('publishes nothing of a transaction that was rolled back, and leaves no gap', async () => {
      const { messaging, persistence, driver } = await harness.instance('first');
      await messaging.start();
      const failing = persistence.transaction(async (tx) => {
        await messaging.outbox.emit(tx, orderPlaced, order('a', 1));
        throw new Error('no');
      });
      await expect(failing).rejects.toThrow('no');
      await persistence.transaction((tx) => messaging.outbox.emit(tx, orderPlaced, order('a', 2)));
      await until(async () => (await messaging.progress.read()).published[orders.name] === 1);
      await until(async () => (await persistence.query('SELECT 1 FROM outbox')).length === 0);
      const events = [];
      for await (const event of readEvents(driver, orderPlaced)) events.push(event);
      expect(events.map(({ sequence, data }) => [sequence, data.n])).toEqual([[1, 2]]);
    });

    it('applies once what a crash between publish and note published twice', async () => {
      const healthy = harness.driver();
      let crashes = 2;
      const crashing: MessagingDriver = Object.assign(Object.create(healthy) as MessagingDriver, {
        publish: async (messages: Parameters<MessagingDriver['publish']>[0]) => {
          await healthy.publish(messages);
          if (crashes-- > 0) throw Object.assign(new Error('lost'), { code: 'ECONNRESET' });
        },
      });
      const reader = await harness.instance('second');
      reader.messaging.on(orders.name, record());
      await reader.messaging.start();
      const writer = await harness.instance('first', { driver: crashing });
      await writer.messaging.start();
      await writer.persistence.transaction((tx) => writer.messaging.outbox.emit(tx, orderPlaced, order('a', 1)));
      await writer.persistence.transaction((tx) => writer.messaging.outbox.emit(tx, orderPlaced, order('a', 2)));
      await until(async () => (await writer.persistence.query('SELECT 1 FROM outbox')).length === 0);
      await until(async () => (await effectsOf(reader.persistence)).length === 2);
      await sleep(100);
      expect(byKey(await effectsOf(reader.persistence))).toEqual({ a: [1, 2] });
      expect((await reader.messaging.progress.read()).settled[orders.name]).toEqual({ '/risk-budget/first': 2 });
    });

    it('applies once what was handled and not acknowledged before a crash', async () => {
      const healthy = harness.driver();
      const deaf: MessagingDriver = Object.assign(Object.create(healthy) as MessagingDriver, {
        subscribe: async (options: Parameters<MessagingDriver['subscribe']>[0]) => ({
          ...(await healthy.subscribe(options)),
          acknowledge: () => undefined,
        }),
      });
      const crashed = await harness.instance('second', { driver: deaf });
      crashed.messaging.on(orders.name, record('crashed'));
      await crashed.messaging.start();
      const publisher = harness.publisher();
      await publisher.publishMany(
        orderPlaced,
        [1, 2, 3].map((n) => order('a', n)),
      );
      await until(async () => (await effectsOf(crashed.persistence)).length === 3);
      await crashed.messaging.stop();
      await healthy.close();
      const next = await harness.instance('second');
      next.messaging.on(orders.name, record('next'));
      await next.messaging.start();
      await publisher.publish(orderPlaced, order('a', 4));
      await until(async () => (await effectsOf(next.persistence)).length === 4);
      expect((await effectsOf(next.persistence)).map(({ n, instance }) => [n, instance])).toEqual([
        [1, 'crashed'],
        [2, 'crashed'],
        [3, 'crashed'],
        [4, 'next'],
      ]);
    });

    it('drops duplicates, applies a flow out of order, and skips an older state', async () => {
      const { messaging, persistence } = await harness.instance('second');
      messaging.on(orders.name, record());
      const versions: number[] = [];
      messaging.on(states.name, (events) => {
        versions.push(...events.map((event) => (event.data as { version: number }).version));
        return Promise.resolve();
      });
      await messaging.start();
      const publisher = harness.publisher();
      const [one, two] = [
        await publisher.prepare(orderPlaced, order('a', 1)),
        await publisher.prepare(orderPlaced, order('a', 2)),
      ];
      for (const event of [two, one, two, one]) await publisher.send(event);
      const state = (version: number) => ({ occurredAt, data: { key: 'a', version, rows: [] } });
      const [old, fresh] = [await publisher.prepare(stateSet, state(1)), await publisher.prepare(stateSet, state(2))];
      for (const event of [fresh, old, fresh]) await publisher.send(event);
      await until(async () => (await messaging.progress.read()).settled[states.name]?.['/upstream/tester'] === 2);
      await until(async () => (await effectsOf(persistence)).length === 2);
      await sleep(100);
      expect(byKey(await effectsOf(persistence))).toEqual({ a: [2, 1] });
      expect(versions).toEqual([2]);
      expect(publisher.published()).toEqual({ [orders.name]: 2, [states.name]: 2 });
      const { settled } = await messaging.progress.read();
      expect(settled).toEqual({ [orders.name]: { '/upstream/tester': 2 }, [states.name]: { '/upstream/tester': 2 } });
    });

    it('finishes what is in hand when it stops, and loses and repeats nothing', async () => {
      const [slow, next] = [await harness.instance('second'), await harness.instance('second')];
      const entered = { n: 0 };
      slow.messaging.on(orders.name, async (events, batch) => {
        entered.n++;
        await sleep(300);
        await record('slow')(events, batch);
      });
      await slow.messaging.start();
      const publisher = harness.publisher();
      await publisher.publish(orderPlaced, order('a', 1));
      await until(() => entered.n === 1);
      await publisher.publishMany(
        orderPlaced,
        [2, 3, 4].map((n) => order('a', n)),
      );
      await slow.messaging.stop();
      expect(byKey(await effectsOf(slow.persistence))).toEqual({ a: [1] });
      next.messaging.on(orders.name, record('next'));
      await next.messaging.start();
      await until(async () => (await effectsOf(next.persistence)).length === 4);
      expect(byKey(await effectsOf(next.persistence))).toEqual({ a: [1, 2, 3, 4] });
    });

    it('publishes by one instance at a time, and by the other when that one stops', async () => {
      const [one, two] = [await harness.instance('first'), await harness.instance('first')];
      await one.messaging.start();
      await two.messaging.start();
      await two.persistence.transaction((tx) => two.messaging.outbox.emit(tx, orderPlaced, order('a', 1)));
      await until(async () => (await two.persistence.query('SELECT 1 FROM outbox')).length === 0);
      await one.messaging.stop();
      await two.persistence.transaction((tx) => two.messaging.outbox.emit(tx, orderPlaced, order('a', 2)));
      await until(async () => (await two.persistence.query('SELECT 1 FROM outbox')).length === 0);
      const read: number[] = [];
      for await (const event of readEvents(two.driver, orderPlaced)) read.push(event.data.n);
      expect(read).toEqual([1, 2]);
    });

    it('carries correlation, causation and trace from an event to those that follow from it', async () => {
      const reader = await harness.instance('second');
      reader.messaging.on(orders.name, async (events, batch) => {
        for (const cause of events) await batch.emit(answered, { occurredAt, data: { key: 'other', n: 1 }, cause });
      });
      await reader.messaging.start();
      const publisher = harness.publisher();
      const traceparent = `00-${'ab'.repeat(16)}-${'cd'.repeat(8)}-01`;
      const sent = await publisher.publish(orderPlaced, {
        ...order('a', 1),
        correlationId: 'from-the-start',
        traceparent,
      });
      await until(async () => (await reader.driver.last(`events/${answers.name}`, 'other')) !== undefined);
      for await (const event of readEvents(reader.driver, answered)) {
        expect(event).toMatchObject({
          correlationId: 'from-the-start',
          causationId: sent.id,
          source: '/risk-budget/second',
        });
        expect(event.traceparent?.slice(3, 35)).toBe('ab'.repeat(16));
      }
    });

    it('takes the event of the same key for the cause of what a handler writes without naming one, or the one it says', async () => {
      const reader = await harness.instance('second');
      const { outbox } = reader.messaging;
      reader.messaging.on(orders.name, async (events, batch) => {
        for (const { key } of events)
          await outbox.emit(batch.tx, answered, { occurredAt, data: { key, n: events.length } });
        for (const event of events)
          await causedBy(event, () => outbox.emit(batch.tx, answered, { occurredAt, data: { key: 'z', n: 0 } }));
      });
      const keys = ['a', 'b', 'c'];
      const sent = await harness.publisher().publishMany(
        orderPlaced,
        keys.map((key, n) => order(key, n)),
      );
      await reader.messaging.start();
      await until(async () => (await reader.driver.last(`events/${answers.name}`, 'c')) !== undefined);
      const causes: Record<string, string[]> = {};
      for await (const { key, causationId } of readEvents(reader.driver, answered))
        (causes[key] ??= []).push(causationId ?? 'none');
      const ids = sent.map(({ id }) => id);
      expect(causes).toEqual({ a: [ids[0]], b: [ids[1]], c: [ids[2]], z: ids });
    });

    it('runs all handlers of a topic in one transaction, and none of their effects stays when one fails', async () => {
      const { messaging, persistence } = await harness.instance('second');
      messaging.on(orders.name, record('early'));
      messaging.on(orders.name, (_events, batch) =>
        batch.attempt === 1 ? Promise.reject(new Error('late one fails')) : record('late')(_events, batch),
      );
      await messaging.start();
      await harness.publisher().publish(orderPlaced, order('a', 1));
      await until(async () => (await effectsOf(persistence)).length === 2);
      expect((await effectsOf(persistence)).map(({ instance }) => instance)).toEqual(['early', 'late']);
    });

    it('forgets inbox marks after 14 days and keeps progress for ever', async () => {
      const { messaging, persistence } = await harness.instance('second');
      messaging.on(orders.name, record());
      await messaging.start();
      await harness.publisher().publish(orderPlaced, order('a', 1));
      await until(async () => (await effectsOf(persistence)).length === 1);
      await persistence.query(`UPDATE inbox SET received_at = now() - interval '15 days'`);
      expect(await messaging.prune()).toMatchObject({ marks: 1 });
      const kept = await persistence.transaction((tx) => rows(tx, 'SELECT last_sequence, settled FROM inbox_progress'));
      expect(kept).toEqual([{ last_sequence: 1, settled: 1 }]);
    });
  });
}
