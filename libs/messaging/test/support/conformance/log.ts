import { setTimeout as sleep } from 'node:timers/promises';
import type { MessagingDriver, StoredMessage } from '@risk-budget/messaging';
import { until, type Harness } from '../harness.js';

const topic = 'events/test.orders';
const message = (key: string, n: number) => ({ topic, key, orderingKey: key, payload: JSON.stringify({ key, n }) });
const numbers = (messages: readonly StoredMessage[]) =>
  messages.map(({ payload }) => (JSON.parse(payload) as { n: number }).n);

/** What the driver alone promises. */
export function logPromises(current: () => Harness): void {
  describe('the log', () => {
    const connect = (): MessagingDriver => current().driver();

    it('keeps the order in which one publisher published, and reads it from the beginning without a subscription', async () => {
      const driver = connect();
      await Promise.all(Array.from({ length: 50 }, (_, n) => driver.publish([message('a', n), message('b', n)])));
      const read: number[] = [];
      for await (const messages of driver.read(topic, { batchSize: 7 })) {
        read.push(...numbers(messages.filter(({ key }) => key === 'a')));
      }
      expect(read).toEqual(Array.from({ length: 50 }, (_, n) => n));
    });

    it('follows a topic until told to end', async () => {
      const [writer, reader] = [connect(), connect()];
      const abort = new AbortController();
      const read: number[] = [];
      const reading = (async () => {
        for await (const messages of reader.read(topic, { from: 'latest', follow: true, signal: abort.signal }))
          read.push(...numbers(messages));
      })();
      await sleep(100);
      for (let n = 0; n < 5; n++) await writer.publish([message('a', n)]);
      await until(() => read.length === 5);
      abort.abort();
      await reading;
      expect(read).toEqual([0, 1, 2, 3, 4]);
    });

    it('gives the last message of a key', async () => {
      const driver = connect();
      expect(await driver.last(topic, 'a')).toBeUndefined();
      await driver.publish([message('a', 1), message('b', 2), message('a', 3), message('b', 4)]);
      expect(numbers([(await driver.last(topic, 'a')) as StoredMessage])).toEqual([3]);
    });

    it('starts a new subscription at the beginning, at the end, or at a time', async () => {
      const driver = connect();
      await driver.publish([message('a', 1)]);
      await sleep(20);
      const time = new Date().toISOString();
      await sleep(20);
      await driver.publish([message('a', 2)]);
      const got: Record<string, number[]> = { earliest: [], latest: [], time: [] };
      for (const [name, from] of [
        ['earliest', 'earliest'],
        ['latest', 'latest'],
        ['time', { time }],
      ] as const) {
        await driver.subscribe({
          topic,
          subscription: name,
          mode: 'shared',
          from,
          onMessages: (messages) => got[name]?.push(...numbers(messages)),
        });
      }
      await driver.publish([message('a', 3)]);
      await until(() => got['latest']?.length === 1 && got['time']?.length === 2 && got['earliest']?.length === 3);
      expect(got).toEqual({ earliest: [1, 2, 3], latest: [3], time: [2, 3] });
    });

    it('does not deliver again what was acknowledged, and delivers again what was not', async () => {
      const first = connect();
      const got: number[] = [];
      const subscription = await first.subscribe({
        topic,
        subscription: 's',
        mode: 'shared',
        onMessages: (messages) => {
          got.push(...numbers(messages));
          subscription.acknowledge(messages.filter(({ payload }) => !payload.includes('"n":3')));
        },
      });
      await first.publish([1, 2, 3].map((n) => message('a', n)));
      await until(() => got.length === 3);
      await subscription.close();
      expect(await first.backlog(topic, 's')).toBe(1);
      const again: number[] = [];
      const second = connect();
      await second.subscribe({
        topic,
        subscription: 's',
        mode: 'shared',
        onMessages: (messages) => again.push(...numbers(messages)),
      });
      await until(() => again.length > 0);
      expect(again).toEqual([3]);
    });

    it('stops delivering when enough is in flight, and goes on when it is acknowledged', async () => {
      const driver = connect();
      const held: StoredMessage[] = [];
      const subscription = await driver.subscribe({
        topic,
        subscription: 's',
        mode: 'shared',
        maxInFlight: 40,
        onMessages: (messages) => held.push(...messages),
      });
      await driver.publish(Array.from({ length: 200 }, (_, n) => message(`k${n % 20}`, n)));
      await until(() => held.length > 0);
      await sleep(200);
      expect(held.length).toBeLessThanOrEqual(40);
      let total = 0;
      while (total < 200) {
        total += held.length;
        subscription.acknowledge(held.splice(0));
        await sleep(5);
      }
      expect(total).toBe(200);
    });

    it('gives every instance of a fan-out subscription every message', async () => {
      const got: [number[], number[]] = [[], []];
      for (const list of got) {
        await connect().subscribe({
          topic,
          subscription: 'f',
          mode: 'fanOut',
          onMessages: (messages) => list.push(...numbers(messages)),
        });
      }
      await connect().publish([1, 2, 3].map((n) => message('a', n)));
      await until(() => got.every((list) => list.length === 3));
      expect(got).toEqual([
        [1, 2, 3],
        [1, 2, 3],
      ]);
    });

    it('delivers again from a moment', async () => {
      const driver = connect();
      const got: number[] = [];
      const subscription = await driver.subscribe({
        topic,
        subscription: 's',
        mode: 'shared',
        onMessages: (messages) => {
          got.push(...numbers(messages));
          setTimeout(() => subscription.acknowledge(messages), 1);
        },
      });
      await driver.publish([message('a', 1)]);
      await sleep(30);
      const time = new Date().toISOString();
      await driver.publish([message('a', 2), message('a', 3)]);
      await until(async () => got.length === 3 && (await driver.backlog(topic, 's')) === 0);
      await driver.seek(topic, 's', time);
      await until(() => got.length === 5);
      expect(got).toEqual([1, 2, 3, 2, 3]);
    });

    it('refuses a message over 256 KiB with a code, and takes one of exactly that', async () => {
      const driver = connect();
      const large = (bytes: number) => ({ ...message('a', 1), payload: 'x'.repeat(bytes) });
      await driver.publish([large(256 * 1024)]);
      await expect(driver.publish([large(256 * 1024 + 1)])).rejects.toMatchObject({
        code: 'MESSAGING.MESSAGE_TOO_LARGE',
      });
    });
  });
}
