import type { StoredMessage } from '../driver/driver.js';
import { Lanes, type QueuedItem } from './lanes.js';

const item = (key: string, n: number) => {
  const message: StoredMessage = {
    topic: 't',
    key,
    orderingKey: key,
    payload: String(n),
    reference: String(n),
    publishedAt: '',
  };
  return { message, key, decoded: undefined, unreadable: undefined };
};
const numbers = (items: readonly QueuedItem[]) => items.map(({ message }) => Number(message.reference));

describe('messages waiting for their handler', () => {
  it('leave in the order of arrival', () => {
    const lanes = new Lanes();
    lanes.add([item('a', 1), item('b', 2), item('a', 3)]);
    expect(numbers(lanes.take(0))).toEqual([1, 2, 3]);
    expect(lanes.take(0)).toEqual([]);
  });

  it('pass over a held key, which goes first and alone when it is due', () => {
    const lanes = new Lanes();
    lanes.add([item('a', 1), item('b', 2), item('a', 3), item('b', 4)]);
    lanes.hold('a', { attempts: 1, firstFailedAt: 0, due: 100 });
    expect(numbers(lanes.take(0))).toEqual([2, 4]);
    expect(lanes.untilDue(30)).toBe(70);
    lanes.add([item('b', 5)]);
    expect(numbers(lanes.take(100))).toEqual([1]);
    lanes.release('a');
    expect(numbers(lanes.take(100))).toEqual([3, 5]);
    expect(lanes.untilDue(100)).toBeUndefined();
  });

  it('go back to their places', () => {
    const lanes = new Lanes();
    lanes.add([1, 2, 3, 4].map((n) => item('a', n)));
    const taken = lanes.take(0);
    lanes.add([item('a', 5)]);
    lanes.putBack(taken.slice(2));
    lanes.putBack(taken.slice(0, 1));
    expect(numbers(lanes.take(0))).toEqual([1, 3, 4, 5]);
  });

  it('come at most 2,000 at a time', () => {
    const lanes = new Lanes();
    lanes.add(Array.from({ length: 2_200 }, (_, n) => item(`k${n}`, n)));
    expect([lanes.take(0).length, lanes.take(0).length, lanes.size]).toEqual([2_000, 200, 0]);
  });
});
