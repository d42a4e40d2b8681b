import type { Instant } from '@risk-budget/contracts';

/** A rate of a pair: EURUSD is dollars for one euro. */
export interface KnownRate {
  readonly pair: string;
  readonly time: Instant;
  readonly rate: number;
}

/** One unit of a currency in another one, and how old that is. */
interface Way {
  readonly rate: number;
  readonly time: Instant;
}

/**
 * Ways from each currency into `to`: the pair, else its inverse, else the cross through one third currency whose older
 * leg is the newest (of equals the first by name).
 */
export function conversionsFrom(
  currencies: readonly string[],
  to: string,
  rates: readonly KnownRate[],
): Map<string, Way> {
  const byPair = new Map(rates.map((rate) => [rate.pair, rate]));
  const direct = (from: string, into: string): Way | undefined => {
    const pair = byPair.get(from + into);
    if (pair !== undefined) return { rate: pair.rate, time: pair.time };
    const inverse = byPair.get(into + from);
    return inverse === undefined ? undefined : { rate: 1 / inverse.rate, time: inverse.time };
  };
  const thirds = [...new Set(rates.flatMap(({ pair }) => [pair.slice(0, 3), pair.slice(3)]))].sort();
  const ways = new Map<string, Way>();
  for (const from of currencies) {
    const way = direct(from, to) ?? newestCross(from, to, thirds, direct);
    if (way !== undefined) ways.set(from, way);
  }
  return ways;
}

function newestCross(
  from: string,
  to: string,
  thirds: readonly string[],
  direct: (from: string, to: string) => Way | undefined,
): Way | undefined {
  let best: Way | undefined;
  for (const third of thirds) {
    if (third === from || third === to) continue;
    const first = direct(from, third);
    const second = direct(third, to);
    if (first === undefined || second === undefined) continue;
    const time = Date.parse(first.time) < Date.parse(second.time) ? first.time : second.time;
    if (best === undefined || Date.parse(time) > Date.parse(best.time)) best = { rate: first.rate * second.rate, time };
  }
  return best;
}
