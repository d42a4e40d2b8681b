import { setTimeout as sleep } from 'node:timers/promises';
import { orderPlaced, orders } from '../events.js';
import { byKey, effectsOf, occurredAt, record, until, type Harness } from '../harness.js';

/** The log goes away, or the way to it, and comes back. */
export function outagePromises(current: () => Harness): void {
  describe('outages', () => {
    let harness: Harness;
    beforeEach(() => {
      harness = current();
    });

    const order = (key: string, n: number) => ({ occurredAt, data: { key, n } });
    const keys = ['a', 'b', 'c', 'd', 'e'];
    const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n + 1);
    const expected = (count: number) => Object.fromEntries(keys.map((key) => [key, upTo(count)]));

    it('delivers again after lost connections what was not acknowledged, and every event has its effect once, in order', async () => {
      const { driver, cut } = await harness.driverOnBadLine();
      const { messaging, persistence } = await harness.instance('second', { driver });
      messaging.on(orders.name, async (events, batch) => {
        await sleep(20);
        await record()(events, batch);
      });
      await messaging.start();
      const publisher = harness.publisher();
      for (const n of upTo(30)) {
        await publisher.publishMany(
          orderPlaced,
          keys.map((key) => order(key, n)),
        );
        if (n % 10 === 5) cut();
      }
      await until(async () => (await effectsOf(persistence)).length >= 150, 150);
      await until(() => messaging.health().ready);
      expect(byKey(await effectsOf(persistence))).toEqual(expected(30));
      expect(await messaging.parked.keys()).toEqual([]);
    }, 180_000);

    it('publishes what was committed while the way to the log was lost again and again, in order and without a gap', async () => {
      const { driver, cut } = await harness.driverOnBadLine();
      const writer = await harness.instance('first', { driver });
      await writer.messaging.start();
      const reader = await harness.instance('second');
      reader.messaging.on(orders.name, record());
      await reader.messaging.start();
      for (const n of upTo(30)) {
        await writer.persistence.transaction(async (tx) => {
          for (const key of keys) await writer.messaging.outbox.emit(tx, orderPlaced, order(key, n));
        });
        if (n % 7 === 0) cut();
        await sleep(5);
      }
      await until(async () => (await effectsOf(reader.persistence)).length >= 150, 150);
      expect(byKey(await effectsOf(reader.persistence))).toEqual(expected(30));
      await until(() => writer.messaging.health().ready);
    }, 180_000);

    it('goes on by itself after the log was killed and started again in mid-stream: nothing lost, doubled or out of order', async () => {
      const writer = await harness.instance('first');
      const readers = [await harness.instance('second'), await harness.instance('second')];
      for (const [index, { messaging }] of readers.entries()) messaging.on(orders.name, record(`reader-${index}`));
      await Promise.all([writer, ...readers].map(({ messaging }) => messaging.start()));
      let back = false;
      let unready = 0;
      const { lab } = harness;
      const interrupted = lab
        .takeAway()
        .then(() => sleep(2_000))
        .then(() => lab.bringBack())
        .finally(() => (back = true));
      let written = 0;
      while (!back || written < 30) {
        written++;
        await writer.persistence.transaction(async (tx) => {
          for (const key of keys) await writer.messaging.outbox.emit(tx, orderPlaced, order(key, written));
        });
        if ([writer, ...readers].some(({ messaging }) => !messaging.health().ready)) unready++;
        await sleep(30);
      }
      await interrupted;
      const { persistence } = writer;
      const reading = readers[0]?.persistence ?? persistence;
      await until(async () => (await effectsOf(reading)).length >= written * keys.length, 60);
      expect(byKey(await effectsOf(reading))).toEqual(expected(written));
      expect(unready).toBeGreaterThan(0);
      await until(() => [writer, ...readers].every(({ messaging }) => messaging.health().ready), 30);
      expect(await persistence.query('SELECT 1 FROM outbox')).toEqual([]);
    }, 600_000);

    it('is unready and says why while the log is away, at its start as later; can be stopped meanwhile; goes on by itself', async () => {
      const { lab } = harness;
      const start = async () => {
        const { messaging, persistence } = await harness.instance('second');
        messaging.on(orders.name, record());
        return { messaging, persistence, started: messaging.start() };
      };
      const idle = await start();
      await idle.started;
      await lab.takeAway();
      let back: Promise<void> | undefined;
      const bringBack = () => (back ??= lab.bringBack());
      try {
        const [late, abandoned] = [await start(), await start()];
        const all = [idle, late, abandoned].map(({ messaging }) => messaging);
        await until(() => all.every((messaging) => messaging.health().paused.length > 0), 30);
        expect(late.messaging.health()).toMatchObject({ ready: false, paused: [{ topic: orders.name }] });
        const since = performance.now();
        await abandoned.messaging.stop();
        await abandoned.started;
        expect(performance.now() - since).toBeLessThan(3_000);
        await bringBack();
        await late.started;
        await until(() => [idle, late].every(({ messaging }) => messaging.health().ready), 60);
        await harness.publisher().publishMany(
          orderPlaced,
          keys.map((key) => order(key, 1)),
        );
        await until(async () => (await effectsOf(late.persistence)).length >= keys.length, 60);
        expect(byKey(await effectsOf(late.persistence))).toEqual(expected(1));
      } finally {
        await bringBack();
      }
    }, 600_000);

    it('settles every publication when it closes with messages on their way, and keeps each that it said was stored', async () => {
      const writer = harness.driver();
      const topic = `events/${orders.name}`;
      const message = (n: number) => ({ topic, key: 'a', orderingKey: 'a', payload: JSON.stringify({ n }) });
      const outcomes = upTo(200).map((n) =>
        writer.publish([message(n)]).then(
          () => n,
          () => undefined,
        ),
      );
      await writer.close();
      const stored = (await Promise.all(outcomes)).flatMap((n) => n ?? []);
      const read: number[] = [];
      for await (const messages of harness.driver().read(topic))
        read.push(...messages.map(({ payload }) => (JSON.parse(payload) as { n: number }).n));
      expect(read).toEqual(expect.arrayContaining(stored));
      expect(read).toEqual(upTo(read.length));
      expect(stored.length).toBeGreaterThan(0);
    });

    it('holds back a log that is faster than its reader: what is in hand stays bounded in bytes, and all of it comes', async () => {
      const [writer, reader] = [harness.driver(), harness.driver()];
      const topic = `events/${orders.name}`;
      const text = 'x'.repeat(200_000);
      const count = 200;
      for (let n = 0; n < count; n += 20) {
        const group = Array.from({ length: 20 }, (_, index) => `k${(n + index) % 40}`);
        await writer.publish(group.map((key) => ({ topic, key, orderingKey: key, payload: text })));
      }
      let total = 0;
      const held: Parameters<typeof subscription.acknowledge>[0][number][] = [];
      const subscription = await reader.subscribe({
        topic,
        subscription: 'slow',
        mode: 'shared',
        onMessages: (messages) => {
          held.push(...messages);
          total += messages.length;
        },
      });
      await until(() => held.length > 0);
      await sleep(1_000);
      const bytes = held.reduce((sum, { payload }) => sum + payload.length, 0);
      expect(bytes).toBeLessThanOrEqual(17 * 1024 * 1024);
      while (total < count) {
        subscription.acknowledge(held.splice(0));
        await sleep(10);
      }
      subscription.acknowledge(held.splice(0));
      await until(async () => (await reader.backlog(topic, 'slow')) === 0);
      expect(total).toBe(count);
    });

    it('hands the keys of an instance that leaves to the other, and takes in one that joins, without loss or disorder', async () => {
      const publisher = harness.publisher();
      const persistence = await harness.persistence('second');
      const start = async (name: string) => {
        const { messaging } = await harness.instance('second', { persistence });
        messaging.on(orders.name, record(name));
        await messaging.start();
        return messaging;
      };
      const first = await start('first');
      for (const n of upTo(40)) {
        await publisher.publishMany(
          orderPlaced,
          keys.map((key) => order(key, n)),
        );
        if (n === 10) await start('second');
        if (n === 25) await first.stop();
      }
      await until(async () => (await effectsOf(persistence)).length >= 200, 60);
      expect(byKey(await effectsOf(persistence))).toEqual(expected(40));
    });
  });
}
