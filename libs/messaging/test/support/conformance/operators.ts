import { CodedError, topicPath } from '@risk-budget/contracts';
import type { Messaging, MessagingDriver, NumberedPublisher } from '@risk-budget/messaging';
import type { Persistence } from '@risk-budget/persistence';
import { answered, answers, orderPlaced, orders } from '../events.js';
import { byKey, effectsOf, occurredAt, record, until, type Harness } from '../harness.js';

/** Replay and discard of what is parked, and of dead letters. */
export function operatorPromises(current: () => Harness): void {
  describe('the operator', () => {
    let harness: Harness;
    let messaging: Messaging;
    let persistence: Persistence;
    let driver: MessagingDriver;
    let publisher: NumberedPublisher;
    const refused = new Set<number>();

    beforeEach(async () => {
      harness = current();
      ({ messaging, persistence, driver } = await harness.instance('second'));
      refused.clear();
      messaging.on(
        orders.name,
        record('one', (n) => {
          if (refused.has(n)) throw new CodedError({ code: 'TEST.REFUSED', status: 422, detail: `not ${n}` });
        }),
      );
      messaging.on(orders.name, async (events, batch) => {
        for (const { data } of events) {
          const { key, n } = data as { key: string; n: number };
          await batch.emit(answered, { occurredAt, data: { key, n } });
        }
      });
      await messaging.start();
      publisher = harness.publisher();
    });

    const publish = async (numbers: readonly number[], key = 'bad'): Promise<void> => {
      await publisher.publishMany(
        orderPlaced,
        numbers.map((n) => ({ occurredAt, data: { key, n } })),
      );
    };
    const parked = async (): Promise<number> => (await messaging.parked.list()).items.length;

    it('replays a parked key in order, and the key goes on by itself', async () => {
      refused.add(2);
      await publish([1, 2, 3, 4]);
      await until(async () => (await parked()) === 3);
      refused.clear();
      expect(await messaging.parked.replay(orders.name, 'bad')).toMatchObject({
        replayed: 3,
        remaining: 0,
        failed: null,
      });
      await publish([5]);
      await until(async () => (await effectsOf(persistence)).length === 5);
      expect(byKey(await effectsOf(persistence))).toEqual({ bad: [1, 2, 3, 4, 5] });
      expect((await effectsOf(persistence)).map(({ replay }) => replay)).toEqual([false, true, true, true, false]);
      expect(await messaging.parked.keys()).toEqual([]);
      expect(await messaging.progress.read()).toEqual({
        published: { [answers.name]: 5 },
        settled: { [orders.name]: { '/upstream/tester': 5 } },
      });
    });

    it('keeps what a replay handled before the one that is refused again, and the rest parked', async () => {
      refused.add(2);
      await publish([1, 2, 3, 4]);
      await until(async () => (await parked()) === 3);
      refused.clear();
      refused.add(4);
      const result = await messaging.parked.replay(orders.name, 'bad');
      expect(result).toMatchObject({
        replayed: 2,
        remaining: 1,
        failed: { errorCode: 'TEST.REFUSED', error: 'not 4' },
      });
      expect(byKey(await effectsOf(persistence))).toEqual({ bad: [1, 2, 3] });
      expect((await messaging.parked.list()).items).toMatchObject([{ sequence: 4, reason: 'failed', attempts: 1 }]);
      expect((await messaging.progress.read()).published).toEqual({ [answers.name]: 3 });
    });

    it('loses nothing that arrives during a replay', async () => {
      refused.add(1);
      await publish([1]);
      await until(async () => (await parked()) === 1);
      refused.clear();
      const numbers = Array.from({ length: 60 }, (_, n) => n + 2);
      const [result] = await Promise.all([messaging.parked.replay(orders.name, 'bad'), publish(numbers)]);
      expect(result.replayed).toBeGreaterThan(0);
      await until(async () => (await effectsOf(persistence)).length === 61);
      expect(byKey(await effectsOf(persistence))).toEqual({ bad: [1, ...numbers] });
    });

    it('lists and replays in the order of arrival, whatever the digits of the numbers that parked messages get', async () => {
      refused.add(1);
      // A thousand numbers in a row cross a power of ten, wherever earlier tests have left off.
      const numbers = Array.from({ length: 1_000 }, (_, n) => n + 1);
      await publish(numbers);
      await until(async () => (await messaging.parked.keys())[0]?.messages === numbers.length, 60);
      refused.clear();
      const listed: number[] = [];
      let cursor: string | undefined;
      do {
        const page = await messaging.parked.list({ limit: 300, ...(cursor === undefined ? {} : { cursor }) });
        listed.push(...page.items.map(({ sequence }) => sequence ?? 0));
        cursor = page.nextCursor ?? undefined;
      } while (cursor !== undefined);
      expect(listed).toEqual(numbers);
      expect(await messaging.parked.replay(orders.name, 'bad')).toMatchObject({ replayed: 1_000, remaining: 0 });
      expect(byKey(await effectsOf(persistence))).toEqual({ bad: numbers });
    }, 120_000);

    it('discards one message, and the key goes on when it was the last', async () => {
      refused.add(1);
      await publish([1, 2]);
      await until(async () => (await parked()) === 2);
      const [first, second] = (await messaging.parked.list()).items;
      expect(await messaging.parked.discard(first?.id ?? '')).toMatchObject({ sequence: 1 });
      await publish([3]);
      await until(async () => (await parked()) === 2);
      expect(await messaging.parked.replay(orders.name, 'bad')).toMatchObject({ replayed: 2, remaining: 0 });
      expect(byKey(await effectsOf(persistence))).toEqual({ bad: [2, 3] });
      await expect(messaging.parked.discard(second?.id ?? '')).rejects.toMatchObject({
        code: 'MESSAGING.UNKNOWN_PARKED_MESSAGE',
      });
      await expect(messaging.parked.get('x')).rejects.toMatchObject({ code: 'MESSAGING.UNKNOWN_PARKED_MESSAGE' });
      await expect(messaging.parked.replay(orders.name, 'bad')).rejects.toMatchObject({ code: 'MESSAGING.NOT_PARKED' });
    });

    it('lists parked messages and keys page by page', async () => {
      refused.add(1);
      await publish([1, 2, 3]);
      await publish([1], 'worse');
      await until(async () => (await parked()) === 4);
      const first = await messaging.parked.list({ limit: 3 });
      expect(first.items).toHaveLength(3);
      const rest = await messaging.parked.list({ limit: 3, cursor: first.nextCursor ?? '' });
      expect([rest.items.length, rest.nextCursor]).toEqual([1, undefined]);
      expect((await messaging.parked.list({ key: 'worse' })).items).toHaveLength(1);
      const keys = await messaging.parked.keys();
      expect(keys.map(({ key, messages, errorCode }) => [key, messages, errorCode]).sort()).toEqual([
        ['bad', 3, 'TEST.REFUSED'],
        ['worse', 1, 'TEST.REFUSED'],
      ]);
    });

    it('tries a dead letter again, and keeps it while it cannot be read', async () => {
      const good = await publisher.prepare(orderPlaced, { occurredAt, data: { key: 'a', n: 1 } });
      await driver.publish([{ topic: topicPath(orders), key: 'a', orderingKey: 'a', payload: 'garbage' }]);
      await until(async () => (await messaging.deadLetters.list()).items.length === 1);
      const id = (await messaging.deadLetters.list()).items[0]?.id ?? '';
      await expect(messaging.deadLetters.replay(id)).rejects.toMatchObject({
        code: 'MESSAGING.STILL_UNREADABLE',
        status: 409,
      });
      // As if a new version of the code could read it.
      await persistence.query('UPDATE dead_letter SET payload = $1 WHERE id = $2', [good.messages[0]?.payload, id]);
      await messaging.deadLetters.replay(id);
      expect(byKey(await effectsOf(persistence))).toEqual({ a: [1] });
      await expect(messaging.deadLetters.discard(id)).rejects.toMatchObject({ code: 'MESSAGING.UNKNOWN_DEAD_LETTER' });
    });
  });
}
