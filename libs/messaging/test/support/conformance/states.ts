import { topicPath } from '@risk-budget/contracts';
import type { Messaging, MessagingDriver } from '@risk-budget/messaging';
import type { Persistence } from '@risk-budget/persistence';
import { states, stateSet } from '../events.js';
import { occurredAt, until, type Harness } from '../harness.js';

const SOURCE = '/risk-budget/first';
const rowsOf = (count: number) => Array.from({ length: count }, (_, n) => ({ n, text: 'x'.repeat(200) }));

/** An owner's states, published again on command. */
export function statePromises(current: () => Harness): void {
  describe('states published again', () => {
    let harness: Harness;
    let owner: { messaging: Messaging; persistence: Persistence; driver: MessagingDriver };

    beforeEach(async () => {
      harness = current();
      owner = await harness.instance('first');
      await owner.messaging.start();
    });

    const set = async (key: string, version: number, count = 1): Promise<void> => {
      const event = { occurredAt, data: { key, version, rows: rowsOf(count) } };
      await owner.persistence.transaction((tx) => owner.messaging.outbox.emit(tx, stateSet, event));
    };
    const reader = async (from: 'earliest' | 'latest') => {
      const seen: string[] = [];
      const { messaging } = await harness.instance('second');
      messaging.on(
        states.name,
        (events) => {
          for (const { data } of events) {
            const { key, version, rows } = data as { key: string; version: number; rows: unknown[] };
            seen.push(`${key} ${version} ${rows.length}`);
          }
          return Promise.resolve();
        },
        { from },
      );
      await messaging.start();
      return { messaging, seen };
    };
    const gone = async (): Promise<boolean> =>
      (await owner.messaging.states.waiting(states)) === 0 &&
      (await owner.persistence.query('SELECT 1 FROM outbox')).length === 0;
    const told = async (): Promise<string[]> => {
      const payloads: string[] = [];
      for await (const batch of owner.driver.read(topicPath(states))) payloads.push(...batch.map((one) => one.payload));
      return payloads;
    };

    it('reach who has never seen them, whole, and change nothing for who has', async () => {
      await set('a', 1);
      await set('a', 2, 3_000);
      await set('b', 1);
      await until(gone, 30);
      const before = await told();
      const { messaging, seen } = await reader('latest');
      expect(await owner.messaging.states.want(states)).toBe(2);
      await until(() => seen.length === 2, 30);
      expect(seen.sort()).toEqual(['a 2 3000', 'b 1 1']);
      // Once more, and then something new behind it: the order of a key says that the repetition was passed.
      expect(await owner.messaging.states.want(states, 'a')).toBe(1);
      await until(gone, 30);
      await set('a', 3);
      await until(() => seen.includes('a 3 1'), 30);
      expect(seen.slice(2)).toEqual(['a 3 1']);
      // Message by message what was there before: ids, sequences, text.
      const after = await told();
      const last = before.filter((payload) => !payload.includes('"version":1') || payload.includes('"subject":"b"'));
      expect(after.slice(before.length, before.length + last.length).sort()).toEqual([...last].sort());
      const sum = before.length + 1;
      expect((await owner.messaging.progress.read()).published).toEqual({ [states.name]: sum });
      const settled = (await messaging.progress.read()).settled[states.name]?.[SOURCE];
      expect(settled).toBe(last.length + 1);
    });

    it('never come after a later one of their key', async () => {
      for (let version = 1; version <= 30; version++) {
        await owner.messaging.states.want(states, 'a');
        await set('a', version);
      }
      await until(gone, 30);
      const versions = (await told()).map((payload) => /"version":(\d+)/.exec(payload)?.[1]);
      expect(versions.map(Number)).toEqual([...versions].map(Number).sort((a, b) => a - b));
      expect(versions.at(-1)).toBe('30');
    });

    it('are learned from the log where a version before did not keep them', async () => {
      await set('a', 1);
      await set('a', 2, 3_000);
      await until(gone, 30);
      const before = await told();
      await owner.persistence.query('DELETE FROM outbox_state');
      expect(await owner.messaging.states.want(states)).toBe(1);
      await until(gone, 30);
      expect((await told()).slice(before.length)).toEqual(before.slice(1));
    });
  });
}
