import { dayOf, type BarSeries } from './adjustment.js';

/**
 * The trading days of a set of instruments: days on which any reference instrument has a bar, or, without references, days
 * on which at least half of the instruments between their first and last bar have one.
 *
 * @returns the last `count` day numbers up to the end of the series, oldest first
 */
export function tradingDays(
  series: ReadonlyMap<string, BarSeries>,
  references: readonly string[] | undefined,
  count: number,
): number[] {
  const chosen = references === undefined ? [...series.values()] : references.flatMap((id) => series.get(id) ?? []);
  const bars = new Map<number, number>();
  const changes = new Map<number, number>();
  const add = (map: Map<number, number>, day: number, by: number): void => void map.set(day, (map.get(day) ?? 0) + by);
  for (const { times } of chosen) {
    if (times.length === 0) continue;
    let previous = -Infinity;
    for (const time of times) {
      const day = dayOf(time);
      if (day !== previous) add(bars, day, 1);
      previous = day;
    }
    add(changes, dayOf(times[0] ?? 0), 1);
    add(changes, previous + 1, -1);
  }
  const steps = [...changes].sort(([a], [b]) => a - b);
  const days: number[] = [];
  let alive = 0;
  let next = 0;
  for (const [day, number] of [...bars].sort(([a], [b]) => a - b)) {
    for (let step = steps[next]; step !== undefined && step[0] <= day; step = steps[++next]) alive += step[1];
    if (references !== undefined || 2 * number >= alive) days.push(day);
  }
  return days.slice(Math.max(0, days.length - count));
}
