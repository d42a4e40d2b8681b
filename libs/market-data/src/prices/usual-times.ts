import type { Instant } from '@risk-budget/contracts';
import type { AlignedReturns } from './aligned-returns.types.js';
import type { BarSeries } from './adjustment.js';

const MILLISECONDS_PER_DAY = 86_400_000;

/** The newest bar of some instruments, and those whose days end at another time than most. */
export function usualTimes(
  ids: readonly string[],
  bars: ReadonlyMap<string, BarSeries>,
): { readonly last: Instant; readonly nonSynchronous: AlignedReturns['nonSynchronous'] } {
  const ends = new Map<string, string>();
  const counts = new Map<string, number>();
  let newest = -Infinity;
  for (const id of ids) {
    const time = bars.get(id)?.times.at(-1);
    if (time === undefined) continue;
    newest = Math.max(newest, time);
    const end = timeOfDay(time);
    ends.set(id, end);
    counts.set(end, (counts.get(end) ?? 0) + 1);
  }
  const [usual] = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))[0] ?? [];
  const nonSynchronous = [...ends]
    .filter(([, end]) => end !== usual)
    .map(([instrumentId, barTime]) => ({ instrumentId, barTime, usualTime: usual ?? barTime }));
  return { last: Number.isFinite(newest) ? new Date(newest).toISOString() : '', nonSynchronous };
}

function timeOfDay(time: number): string {
  return `${new Date(time % MILLISECONDS_PER_DAY).toISOString().slice(11, 19)}Z`;
}
