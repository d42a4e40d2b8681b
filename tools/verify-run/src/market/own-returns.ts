import type { Matrix } from '../numerics/shrinkage.js';
import type { KnownMarket } from './known-market.js';

/** What returns are wanted. */
export interface ReturnsQuestion {
  readonly instrumentIds: readonly string[];
  /** Bars up to this moment, as they were known then, or at `knownAt`. */
  readonly end: string;
  readonly knownAt?: string;
  readonly days: number;
  /** With fewer returns of its own than this, a name is proxied. */
  readonly minimumHistory: number;
}

export interface OwnProxy {
  readonly instrumentId: string;
  readonly sector: string;
  readonly scale: number;
}

export interface OwnReturns {
  /** Days of the returns, oldest first. */
  readonly dates: readonly string[];
  /** The day that the first return counts from. */
  readonly startDate: string;
  /** A row a day, a column an instrument. */
  readonly values: Matrix;
  readonly proxies: readonly OwnProxy[];
  /** Days without a bar on which the price was carried, by instrument; none is absent. */
  readonly holes: ReadonlyMap<string, number>;
}

/** Days in a row without a bar over which a price is carried. */
const longestCarry = 10;

interface Series {
  /** One for each day of the window; undefined on a day without a return of its own. */
  readonly returns: (number | undefined)[];
  readonly own: number;
  readonly carried: number;
}

/** Returns by their question: the models and the scenarios of several portfolios ask the same. */
export class OwnReturnsBook {
  private readonly answers = new Map<string, OwnReturns>();

  constructor(private readonly market: KnownMarket) {}

  get(question: ReturnsQuestion): OwnReturns {
    const { end, knownAt = end, days, minimumHistory, instrumentIds } = question;
    const key = [end, knownAt, days, minimumHistory, ...instrumentIds].join(' ');
    const answer = this.answers.get(key) ?? ownReturns(this.market, question);
    this.answers.set(key, answer);
    return answer;
  }
}

/**
 * Simple returns of several instruments on common days. A day counts when at least half of the instruments that have begun have a bar. Without
 * a bar the price is carried, for ten days in a row at most. A name with too few returns of its own is k × the mean of its sector's names that
 * have a return on every day, k = max(1, median of their volatilities / volatility of the mean).
 */
export function ownReturns(market: KnownMarket, question: ReturnsQuestion): OwnReturns {
  const { instrumentIds, end, knownAt = end, days } = question;
  const window = tradingDays(market, question);
  const dates = window.slice(-(days + 1));
  const series = new Map<string, Series>();
  const of = (instrumentId: string): Series => {
    const known = series.get(instrumentId) ?? seriesOf(market, instrumentId, window, dates.length, { end, knownAt });
    series.set(instrumentId, known);
    return known;
  };
  const count = dates.length - 1;
  const proxies: OwnProxy[] = [];
  const holes = new Map<string, number>();
  const columns = instrumentIds.map((instrumentId) => {
    const own = of(instrumentId);
    if (own.carried > 0) holes.set(instrumentId, own.carried);
    if (own.own === count) return own.returns.map((value) => value ?? 0);
    const proxy = proxyOf(market, instrumentId, of, count, knownAt);
    proxies.push({ instrumentId, sector: proxy.sector, scale: proxy.scale });
    const whole = own.own < Math.min(question.minimumHistory, count);
    return own.returns.map((value, t) => (whole || value === undefined ? (proxy.values[t] ?? 0) : value));
  });
  return {
    dates: dates.slice(1),
    startDate: dates[0] ?? '',
    values: Array.from({ length: count }, (_, t) => columns.map((column) => column[t] ?? 0)),
    proxies,
    holes,
  };
}

/** The last days that count, with some before the window so that a carried price is seen to be one. */
function tradingDays(market: KnownMarket, { instrumentIds, end, knownAt = end, days }: ReturnsQuestion): string[] {
  const wanted = days + 1 + longestCarry;
  const seen = new Map<string, number>();
  const first = new Map<string, string>();
  for (const instrumentId of instrumentIds) {
    const times = market.barTimes(instrumentId, end, wanted + 30, knownAt);
    for (const time of times) seen.set(time.slice(0, 10), (seen.get(time.slice(0, 10)) ?? 0) + 1);
    const begun = market.firstTime(instrumentId);
    if (begun !== undefined) first.set(instrumentId, begun.slice(0, 10));
  }
  return [...seen]
    .filter(([date, bars]) => 2 * bars >= [...first.values()].filter((begun) => begun <= date).length)
    .map(([date]) => date)
    .sort()
    .slice(-wanted);
}

function seriesOf(
  market: KnownMarket,
  instrumentId: string,
  window: readonly string[],
  length: number,
  { end, knownAt }: { readonly end: string; readonly knownAt: string },
): Series {
  const byDate = new Map<string, string>();
  for (const time of market.barTimes(instrumentId, end, window.length + 60, knownAt))
    byDate.set(time.slice(0, 10), time);
  const levels: (number | undefined)[] = [];
  const fresh: boolean[] = [];
  let level: number | undefined;
  for (const date of window) {
    const time = byDate.get(date);
    if (time !== undefined) {
      const close = market.close(instrumentId, time, knownAt);
      level = close === undefined ? level : close / market.splitFactor(instrumentId, time, end, knownAt);
    }
    levels.push(level);
    fresh.push(time !== undefined);
  }
  const usable = levels.map(
    (value, t) => value !== undefined && (fresh[t] === true || runLength(fresh, t) <= longestCarry),
  );
  const from = window.length - length;
  const returns: (number | undefined)[] = [];
  let own = 0;
  let carried = 0;
  for (let t = from + 1; t < window.length; t++) {
    if (fresh[t] === false && usable[t] === true) carried++;
    const [before, after] = [levels[t - 1], levels[t]];
    if (usable[t] !== true || usable[t - 1] !== true || before === undefined || after === undefined) {
      returns.push(undefined);
      continue;
    }
    returns.push(after / before - 1);
    own++;
  }
  return { returns, own, carried };
}

/** Length of the run of days without a bar that a day lies in. */
function runLength(fresh: readonly boolean[], at: number): number {
  let from = at;
  let to = at;
  while (from > 0 && fresh[from - 1] === false) from--;
  while (to < fresh.length - 1 && fresh[to + 1] === false) to++;
  return to - from + 1;
}

function proxyOf(
  market: KnownMarket,
  instrumentId: string,
  of: (instrumentId: string) => Series,
  count: number,
  knownAt: string,
): { sector: string; scale: number; values: number[] } {
  const sector = market.instruments.get(instrumentId)?.data.sector;
  const full = [...market.instruments.values()]
    .filter(({ knownAt: since, data }) => since <= knownAt && data.assetClass !== 'index' && data.assetClass !== 'cash')
    .map(({ data }) => data)
    .filter((candidate) => of(candidate.instrumentId).own === count);
  const ofSector = full.filter((member) => sector !== undefined && member.sector === sector);
  const members = (ofSector.length > 0 ? ofSector : full).map((member) => of(member.instrumentId).returns);
  if (members.length === 0) throw new Error(`nobody can stand in for ${instrumentId}`);
  const mean = Array.from({ length: count }, (_, t) => {
    let sum = 0;
    for (const member of members) sum += member[t] ?? 0;
    return sum / members.length;
  });
  const volatilities = members.map((member) => deviation(member.map((value) => value ?? 0))).sort((a, b) => a - b);
  const scale = Math.max(1, median(volatilities) / deviation(mean));
  return {
    sector: ofSector.length > 0 ? (sector ?? '*') : '*',
    scale,
    values: mean.map((value) => value * scale),
  };
}

function deviation(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1));
}

function median(sorted: readonly number[]): number {
  const middle = Math.floor(sorted.length / 2);
  const high = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? high : ((sorted[middle - 1] ?? 0) + high) / 2;
}
