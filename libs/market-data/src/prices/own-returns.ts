import { dayOf } from './adjustment.js';

/** Returns that an instrument has of its own on given trading days. */
export interface OwnReturns {
  /** T values; NaN on days without one. */
  readonly values: Float64Array;
  /** Days with a return of its own, filled holes included. */
  readonly observations: number;
  /** Missing bars that were filled by carrying the price, as day numbers. */
  readonly holes: readonly number[];
  readonly hasLastDay: boolean;
}

/**
 * Returns from one trading day to the next, in base currency: (1 + local)(1 + exchange rate) − 1.
 *
 * Without a bar since the day before, the price is carried (local return 0) for at most `maximumCarry` days in a row; days of a
 * longer run, and the day on which prices come back after it, have no return.
 *
 * @param times milliseconds, oldest first
 * @param prices adjusted, in the instrument's currency, at `times`
 * @param days day numbers: some before the window (to see how long a price has been carried), then its T + 1 days
 * @param start index in `days` of the window's first day, whose price is the base of the first return
 * @param rates base currency for one unit, on each of `days`; NaN before the first known one; absent for the base currency
 */
export function ownReturns(
  times: Float64Array,
  prices: Float64Array,
  days: readonly number[],
  start: number,
  rates: Float64Array | undefined,
  maximumCarry: number,
): OwnReturns {
  const count = days.length;
  const levels = new Float64Array(count).fill(NaN);
  const missing = new Uint8Array(count);
  let bar = 0;
  let price = NaN;
  for (let t = 0; t < count; t++) {
    const day = days[t] ?? 0;
    let fresh = false;
    for (; bar < times.length && dayOf(times[bar] ?? 0) <= day; bar++) {
      price = prices[bar] ?? NaN;
      fresh = t === 0 ? dayOf(times[bar] ?? 0) === day : true;
    }
    levels[t] = price * (rates?.[t] ?? 1);
    if (!fresh) missing[t] = 1;
  }
  const holes: number[] = [];
  const values = new Float64Array(Math.max(0, count - 1 - start)).fill(NaN);
  const usable = carried(levels, missing, maximumCarry);
  let observations = 0;
  for (let t = start + 1; t < count; t++) {
    if (missing[t] === 1 && usable[t] === 1) holes.push(days[t] ?? 0);
    if (usable[t] === 0 || usable[t - 1] === 0) continue;
    values[t - 1 - start] = (levels[t] ?? NaN) / (levels[t - 1] ?? NaN) - 1;
    observations++;
  }
  return { values, observations, holes, hasLastDay: missing[count - 1] === 0 };
}

/** 1 on days whose level may be used: known, and not in a run of missing bars beyond the limit. */
function carried(levels: Float64Array, missing: Uint8Array, maximumCarry: number): Uint8Array {
  const usable = new Uint8Array(levels.length);
  for (let t = 0; t < levels.length;) {
    let end = t;
    while (end < levels.length && missing[end] === missing[t]) end++;
    const keep = missing[t] === 0 || end - t <= maximumCarry;
    for (; t < end; t++) if (keep && !Number.isNaN(levels[t])) usable[t] = 1;
  }
  return usable;
}
