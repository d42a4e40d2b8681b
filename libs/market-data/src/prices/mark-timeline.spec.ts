import { MarkTimeline, type ComingMark } from './mark-timeline.js';

const at = (second: number): string => `2020-03-16T15:00:${String(second).padStart(2, '0')}.000Z`;
const tick = (instrumentId: string, price: number, time: string, visibleFrom = time): ComingMark => ({
  instrumentId,
  price,
  time,
  visibleFrom,
  source: 'tick',
});

describe('marks at one moment after the other', () => {
  const day = '2020-03-16';
  const start = new Map([
    ['A', { price: 100, time: at(0) }],
    ['B', { price: 50, time: at(0) }],
  ]);
  const prices = (timeline: MarkTimeline | undefined, moment: string) => {
    timeline?.advance(moment);
    return Object.fromEntries([...(timeline?.marks() ?? [])].map(([id, { price }]) => [id, price]));
  };

  it('are those that were prices, and known, by then', () => {
    const coming = [tick('A', 101, at(1)), tick('B', 51, at(2)), tick('A', 102, at(2), at(4))];
    const timeline = MarkTimeline.of(start, coming, day);
    expect(prices(timeline, at(0))).toEqual({ A: 100, B: 50 });
    expect(prices(timeline, at(1))).toEqual({ A: 101, B: 50 });
    expect(prices(timeline, at(3))).toEqual({ A: 101, B: 51 });
    expect(prices(timeline, at(4))).toEqual({ A: 102, B: 51 });
  });

  it('say what has changed since the moment before, each instrument once', () => {
    const coming = [tick('A', 101, at(1)), tick('A', 102, at(2)), tick('B', 51, at(2)), tick('B', 52, at(3))];
    const timeline = MarkTimeline.of(start, coming, day);
    const changes = (moment: string) =>
      timeline?.advance(moment).map(({ instrumentId, price }) => [instrumentId, price]);
    expect([changes(at(2)), changes(at(2)), changes(at(3))]).toEqual([
      [
        ['A', 102],
        ['B', 51],
      ],
      [],
      [['B', 52]],
    ]);
  });

  it('keep the newer price when an older one becomes known', () => {
    const timeline = MarkTimeline.of(start, [tick('A', 95, at(2)), tick('A', 80, at(1), at(3))], day);
    expect(prices(timeline, at(3))).toEqual({ A: 95, B: 50 });
  });

  it.each<[string, ComingMark[]]>([
    ['a bar comes', [{ ...tick('A', 1, at(1)), source: 'bar' }]],
    ['a price of another day becomes known', [tick('A', 1, '2020-03-15T15:00:00.000Z', at(1))]],
    ['two prices are of the same time', [tick('A', 1, at(1)), tick('A', 2, at(1))]],
    ['a price is of the time of the first one', [tick('A', 1, at(0), at(1))]],
  ])('are left to the store where %s', (_, coming) => {
    expect(MarkTimeline.of(start, coming, day)).toBeUndefined();
  });
});
