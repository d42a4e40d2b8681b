import { HandedMessages } from './handed.js';
import type { OutboxMessage } from './outbox.js';

let id = 0;
const message = (key: string, sequence: number, payload = '{}'): OutboxMessage => ({
  ...{ id: ++id, topic: 'orders', path: 'events/orders', messageKey: key },
  ...{ key, sequence, payload },
});
const published = (handed: HandedMessages, ...messages: OutboxMessage[]) => {
  handed.add(messages);
  const next = handed.next();
  if (next !== undefined) handed.note(next);
  return next;
};

describe('messages handed to the relay', () => {
  it('are published in order where each is the next of its key', () => {
    const handed = new HandedMessages();
    const messages = [message('a', 1), message('b', 1), message('a', 2)];
    expect(published(handed, ...messages)).toEqual(messages);
    const later = [message('b', 2), message('a', 3)];
    expect(published(handed, ...later)).toEqual(later);
    expect(handed.any).toBe(false);
  });

  it('are looked for in the table where what comes before them is not known to be published', () => {
    const handed = new HandedMessages();
    expect(published(handed, message('a', 7))).toBeUndefined();
    handed.note([{ topic: 'orders', key: 'a', sequence: 7 }]);
    expect(published(handed, message('a', 8), message('a', 10))).toBeUndefined();
    // Nothing of them is kept: the table holds them.
    expect(handed.next()).toEqual([]);
  });

  it('are not published again when the table gave them already', () => {
    const handed = new HandedMessages();
    const [first, second] = [message('a', 1), message('a', 2)];
    handed.note([first, second]);
    expect(published(handed, first, second)).toEqual([]);
  });

  it('say that the table has to be read where only it knows, or after something went wrong', () => {
    const handed = new HandedMessages();
    handed.add([]);
    expect(handed.any).toBe(true);
    expect(handed.next()).toBeUndefined();
    handed.add([message('a', 1)]);
    handed.giveUp();
    expect(handed.next()).toBeUndefined();
    expect(handed.any).toBe(false);
  });

  it('are bounded: more than a look at the table holds is left to it', () => {
    const handed = new HandedMessages();
    expect(published(handed, ...Array.from({ length: 501 }, (_, n) => message('a', n + 1)))).toBeUndefined();
    expect(published(handed, message('b', 1, 'x'.repeat(4_000_001)))).toBeUndefined();
  });
});
