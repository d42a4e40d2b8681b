import { dayNumber } from '../calendar/days.js';
import { conversionsFrom, type KnownRate } from './conversions.js';

/**
 * Base currency for one unit of a currency on each of some days: out of the last rate of each pair up to the end of the
 * day; NaN before the first.
 *
 * @param history rates of all pairs, oldest first within a pair
 * @param days day numbers, oldest first
 */
export function dailyRates(
  currency: string,
  base: string,
  history: readonly KnownRate[],
  days: readonly number[],
): Float64Array {
  const byTime = history
    .map((rate) => ({ ...rate, day: dayNumber(rate.time.slice(0, 10)) }))
    .sort((a, b) => a.day - b.day || Date.parse(a.time) - Date.parse(b.time));
  const latest = new Map<string, KnownRate>();
  const values = new Float64Array(days.length).fill(NaN);
  let next = 0;
  days.forEach((day, t) => {
    for (let rate = byTime[next]; rate !== undefined && rate.day <= day; rate = byTime[++next]) {
      latest.set(rate.pair, rate);
    }
    values[t] = conversionsFrom([currency], base, [...latest.values()]).get(currency)?.rate ?? NaN;
  });
  return values;
}
