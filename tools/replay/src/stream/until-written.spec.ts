import type { StoredMessage } from '@risk-budget/messaging';
import { untilWritten } from './until-written.js';

const breaches = 'events/limits.breaches';

/** A log whose topic grows by one message at each look. */
function growing(upTo: number): { looks: () => number; read: (path: string) => AsyncIterable<StoredMessage[]> } {
  let looks = 0;
  return {
    looks: () => looks,
    async *read(path) {
      await Promise.resolve();
      if (path !== breaches) return;
      looks = Math.min(upTo, looks + 1);
      yield Array.from({ length: looks }, () => ({}) as StoredMessage);
    },
  };
}

const published = (count: number) => ({ publishedCount: (name: string) => (name === 'limits.breaches' ? count : 0) });

describe('waiting for what nobody among the services reads', () => {
  it('ends when the log holds all that was said to be published', async () => {
    const log = growing(10);
    await untilWritten(log, published(3), 5_000);
    expect(log.looks()).toBe(3);
  });

  it('gives up with the name of the topic that is not complete', async () => {
    await expect(untilWritten(growing(2), published(3), 200)).rejects.toThrow('limits.breaches holds 2 of 3 messages');
  });
});
