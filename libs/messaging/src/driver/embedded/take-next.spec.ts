import { takeNext, type FreshMessages } from './wake-ups.js';

const news = (after: number, count: number): FreshMessages => ({
  topicId: 1,
  after,
  rows: Array.from({ length: count }, (_, n) => ({
    position: after + n + 1,
    slot: 0,
    key: 'a',
    ordering_key: 'a',
    payload: '{}',
    size: 2,
    published_at: '2020-01-02T21:00:00.000Z',
  })),
});

describe('news of the log', () => {
  it('is taken in the order of positions, in whatever order publishers told of it', () => {
    const offered = [news(3, 1), news(0, 2), news(2, 1)];
    const taken: number[] = [];
    for (let position = 0; ;) {
      const next = takeNext(offered, position);
      if (next === undefined) break;
      taken.push(next.after);
      position += next.rows.length;
    }
    expect(taken).toEqual([0, 2, 3]);
    expect(offered).toEqual([]);
  });

  it('is dropped when it was read from the log meanwhile, and kept when something before it is missing', () => {
    const [read, later] = [news(0, 2), news(5, 1)];
    const offered = [read, later];
    expect(takeNext(offered, 4)).toBeUndefined();
    expect(offered).toEqual([later]);
    expect(takeNext(offered, 5)).toBe(later);
  });
});
