import { MarkTimeline, type ArrivedMark, type ComingMark } from './mark-timeline.js';

const at = (second: number): string => `2020-03-16T15:00:${String(second).padStart(2, '0')}.000Z`;
const arrived = (instrumentId: string, price: number, time: string, moment = time): ArrivedMark => ({
  instrumentId,
  price,
  time,
  moment,
});
const coming = (instrumentId: string, price: number, time: string, visibleFrom = time): ComingMark => ({
  instrumentId,
  price,
  time,
  visibleFrom,
  source: 'tick',
});

describe('marks after one arriving tick and the next', () => {
  const day = '2020-03-16';
  const start = new Map([
    ['A', { price: 100, time: at(0), source: 'tick' as const }],
    ['B', { price: 50, time: at(0), source: 'bar' as const }],
  ]);
  const changes = (timeline: MarkTimeline | undefined) =>
    Object.fromEntries((timeline?.advance() ?? []).map(({ instrumentId, price }) => [instrumentId, price]));
  const prices = (timeline: MarkTimeline | undefined) =>
    Object.fromEntries([...(timeline?.marks() ?? [])].map(([id, { price }]) => [id, price]));

  it('take in what has come, in that order, however late it is', () => {
    const ticks = [
      arrived('A', 101, at(5)),
      arrived('B', 51, at(2), at(5)), // late
      arrived('B', 52, at(3), at(5)), // late as well, and newer
      arrived('A', 99, at(4), at(5)), // older than what is known
      arrived('A', 102, at(5)), // of the same time: the later one counts
    ];
    const timeline = MarkTimeline.of(start, [], ticks, day);
    expect(ticks.map(() => [changes(timeline), prices(timeline), timeline?.moment])).toEqual([
      [{ A: 101 }, { A: 101, B: 50 }, at(5)],
      [{ B: 51 }, { A: 101, B: 51 }, at(5)],
      [{ B: 52 }, { A: 101, B: 52 }, at(5)],
      [{}, { A: 101, B: 52 }, at(5)],
      [{ A: 102 }, { A: 102, B: 52 }, at(5)],
    ]);
    expect(changes(timeline)).toEqual({});
  });

  it('take in what is known and becomes visible by then, the last price of each instrument', () => {
    const known = [
      coming('B', 51, at(1)),
      coming('B', 53, at(2)),
      coming('A', 80, at(1), at(3)),
      coming('B', 54, at(4)),
    ];
    const timeline = MarkTimeline.of(start, known, [arrived('A', 101, at(2)), arrived('A', 102, at(3))], day);
    expect([changes(timeline), changes(timeline)]).toEqual([{ A: 101, B: 53 }, { A: 102 }]);
    expect(prices(timeline)).toEqual({ A: 102, B: 53 });
  });

  it.each<[string, ComingMark[], ArrivedMark[]]>([
    ['a bar comes', [{ ...coming('A', 1, at(1)), source: 'bar' }], []],
    ['a price of another day becomes known', [coming('A', 1, '2020-03-15T15:00:00.000Z', at(1))], []],
    ['a price of another day arrives', [], [arrived('A', 1, '2020-03-15T15:00:00.000Z', at(1))]],
    ['a price of the future arrives', [], [arrived('A', 1, at(2), at(1))]],
    ['two prices that become visible are of the same time', [coming('A', 1, at(1)), coming('A', 2, at(1))], []],
    ['one that becomes visible is of the time of one that arrives', [coming('A', 1, at(1))], [arrived('A', 2, at(1))]],
    ['one becomes visible of the time of the first one', [coming('A', 1, at(0), at(1))], []],
    ['one arrives of the time of a bar', [], [arrived('B', 1, at(0), at(1))]],
  ])('are left to the store where %s', (_, known, ticks) => {
    expect(MarkTimeline.of(start, known, ticks, day)).toBeUndefined();
  });
});
