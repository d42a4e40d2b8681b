import { CodedError, topicPath } from '@risk-budget/contracts';
import { noMetrics, readEvents } from '@risk-budget/messaging';
import { orderPlaced, states, stateSet } from '../events.js';
import { occurredAt, until, type Harness } from '../harness.js';

const rowsOf = (count: number, bytes = 200) =>
  Array.from({ length: count }, (_, n) => ({ n, text: 'x'.repeat(bytes) }));
const state = (version: number, count: number) => ({ occurredAt, data: { key: 'a', version, rows: rowsOf(count) } });

/** Events beyond one message travel in parts and arrive whole. */
export function setPromises(current: () => Harness): void {
  describe('sets in parts', () => {
    let harness: Harness;
    beforeEach(() => {
      harness = current();
    });

    const reader = async (fail: () => boolean = () => false) => {
      const seen: { version: number; rows: number[] }[] = [];
      const sets: number[] = [];
      const metrics = { ...noMetrics, incompleteSets: (_topic: string, count: number) => void sets.push(count) };
      const instance = await harness.instance('second', { metrics });
      instance.messaging.on(states.name, (events) => {
        if (fail()) return Promise.reject(new CodedError({ code: 'TEST.REFUSED', status: 422, detail: 'no' }));
        for (const event of events) {
          const { version, rows } = event.data as { version: number; rows: { n: number }[] };
          seen.push({ version, rows: rows.map(({ n }) => n) });
        }
        return Promise.resolve();
      });
      await instance.messaging.start();
      return { ...instance, seen, sets };
    };

    it('cuts a large event at publication and hands it over once and whole', async () => {
      const { messaging, seen, driver, persistence } = await reader();
      const writer = await harness.instance('first');
      await writer.messaging.start();
      await writer.persistence.transaction((tx) => writer.messaging.outbox.emit(tx, stateSet, state(1, 3_000)));
      await until(() => seen.length === 1, 20);
      expect(seen).toEqual([{ version: 1, rows: rowsOf(3_000).map(({ n }) => n) }]);
      const messages = [];
      for await (const batch of driver.read(topicPath(states))) messages.push(...batch);
      expect(messages.length).toBeGreaterThan(1);
      expect(messages.map(({ key }) => key)).toEqual(messages.map((_, index) => `a/${index + 1}`));
      for (const { payload } of messages) expect(Buffer.byteLength(payload)).toBeLessThanOrEqual(256 * 1024);
      await until(
        async () => (await messaging.progress.read()).settled[states.name]?.['/risk-budget/first'] === messages.length,
      );
      expect((await writer.messaging.progress.read()).published[states.name]).toBe(messages.length);
      expect(await persistence.query('SELECT 1 FROM inbox_part')).toEqual([]);
      for await (const event of readEvents(driver, stateSet)) expect(event.data.rows).toHaveLength(3_000);
    });

    it('applies a set whose parts come twice and apart once, and shows one that is not whole', async () => {
      const { messaging, seen, sets, driver } = await reader();
      const publisher = harness.publisher();
      const { messages } = await publisher.prepare(stateSet, state(1, 3_000));
      const [first, ...others] = messages;
      await driver.publish(first === undefined ? [] : [first, first]);
      await until(async () => {
        await messaging.measure();
        return sets.at(-1) === 1;
      });
      expect((await messaging.progress.read()).settled[states.name] ?? {}).toEqual({ '/upstream/tester': 0 });
      await driver.publish(others);
      await driver.publish(messages);
      await until(() => seen.length === 1);
      await until(
        async () => (await messaging.progress.read()).settled[states.name]?.['/upstream/tester'] === messages.length,
      );
      expect(seen[0]?.rows).toHaveLength(3_000);
      await messaging.measure();
      expect(sets.at(-1)).toBe(0);
    });

    it('forgets an unfinished set when a later state of its key arrives', async () => {
      const { messaging, seen, driver } = await reader();
      const publisher = harness.publisher();
      const unfinished = await publisher.prepare(stateSet, state(1, 3_000));
      await driver.publish(unfinished.messages.slice(0, -1));
      await publisher.publish(stateSet, state(2, 1));
      await until(() => seen.length === 1);
      expect(seen[0]?.version).toBe(2);
      const settled = async () => (await messaging.progress.read()).settled[states.name]?.['/upstream/tester'];
      await until(async () => (await settled()) === unfinished.messages.length);
    });

    it('parks and replays a set as a whole', async () => {
      let failing = true;
      const { messaging, seen } = await reader(() => failing);
      const publisher = harness.publisher();
      const sent = await publisher.publish(stateSet, state(1, 3_000));
      await until(async () => (await messaging.parked.keys()).length === 1, 30);
      const settled = async () => (await messaging.progress.read()).settled[states.name];
      expect(await settled()).toEqual({ '/upstream/tester': sent.messages.length });
      const next = await publisher.publish(stateSet, state(2, 3_000));
      const both = sent.messages.length + next.messages.length;
      await until(async () => (await settled())?.['/upstream/tester'] === both);
      failing = false;
      expect(await messaging.parked.replay(states.name, 'a')).toMatchObject({ remaining: 0, failed: null });
      expect(seen.map(({ version, rows }) => [version, rows.length])).toEqual([
        [1, 3_000],
        [2, 3_000],
      ]);
      expect(await settled()).toEqual({ '/upstream/tester': both });
    });

    it('refuses an event that cannot be cut, and one that does not fit its schema, where it is written', async () => {
      const { messaging, persistence } = await harness.instance('first');
      const emit = (data: { key: string; n: number; text?: string }) =>
        persistence.transaction((tx) => messaging.outbox.emit(tx, orderPlaced, { occurredAt, data }));
      await expect(emit({ key: 'a', n: 1, text: 'x'.repeat(300_000) })).rejects.toMatchObject({
        code: 'MESSAGING.EVENT_TOO_LARGE',
      });
      await expect(emit({ key: 'a', n: 1.5 })).rejects.toMatchObject({
        code: 'MESSAGING.INVALID_EVENT',
        errors: [{ field: 'n' }],
      });
      const alone = { ...state(1, 1).data, rows: rowsOf(1, 300_000) };
      await expect(
        persistence.transaction((tx) => messaging.outbox.emit(tx, stateSet, { occurredAt, data: alone })),
      ).rejects.toMatchObject({ code: 'MESSAGING.EVENT_TOO_LARGE' });
      expect(await persistence.query('SELECT 1 FROM outbox')).toEqual([]);
    });
  });
}
