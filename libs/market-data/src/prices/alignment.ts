import type { CorporateAction, Instrument } from '@risk-budget/contracts';
import { createReturns } from '@risk-budget/risk-math';
import { toDate } from '../calendar/days.js';
import { adjustedCloses, type BarSeries } from './adjustment.js';
import type { AlignedReturns, AlignedReturnsQuery, ProxiedSeries, SeriesHole } from './aligned-returns.types.js';
import { tradingDays } from './calendar-days.js';
import { ownReturns, type OwnReturns } from './own-returns.js';
import { proxiedSeries, StandIns } from './proxies.js';
import { usualTimes } from './usual-times.js';

/** Missing bars in a row that are filled by carrying the price: two weeks of trading. */
export const DEFAULT_MAXIMUM_CARRY_DAYS = 10;

/** What returns are made of. */
export interface AlignmentData {
  /** Bars up to `end` as known at `knownAt`; an instrument without any is absent. */
  readonly bars: ReadonlyMap<string, BarSeries>;
  readonly actions: ReadonlyMap<string, readonly CorporateAction[]>;
  readonly instruments: ReadonlyMap<string, Instrument>;
  /** Base currency for one unit of a currency on each of the days; NaN before the first known rate. */
  readonly rates: (currency: string, days: readonly number[]) => Float64Array;
}

/** What can be said before it is known whether anybody needs a stand-in. */
export interface OwnAlignment {
  /** Day numbers: some before the window, then its T + 1 days. */
  readonly days: readonly number[];
  readonly start: number;
  readonly own: Map<string, OwnReturns>;
  /** Whether a series of the question lacks a return on some day. */
  readonly needsStandIns: boolean;
}

/** The trading days of the question and the returns that its instruments have of their own. */
export function alignOwn(query: AlignedReturnsQuery, data: AlignmentData): OwnAlignment {
  const carry = query.maximumCarryDays ?? DEFAULT_MAXIMUM_CARRY_DAYS;
  const asked = new Map(query.instrumentIds.flatMap((id) => entry(id, data.bars.get(id))));
  const days = tradingDays(
    query.calendarInstrumentIds === undefined ? asked : data.bars,
    query.calendarInstrumentIds,
    query.days + 1 + carry,
  );
  const start = Math.max(0, days.length - query.days - 1);
  const own = new Map<string, OwnReturns>();
  for (const id of query.instrumentIds) own.set(id, ownReturnsOf(id, query, data, days, start));
  const count = Math.max(0, days.length - start - 1);
  return { days, start, own, needsStandIns: [...own.values()].some((series) => series.observations < count) };
}

/** Adds the returns of further instruments, which may stand in for others. */
export function alignMembers(
  ids: Iterable<string>,
  query: AlignedReturnsQuery,
  data: AlignmentData,
  alignment: OwnAlignment,
): void {
  for (const id of ids) {
    if (!alignment.own.has(id)) alignment.own.set(id, ownReturnsOf(id, query, data, alignment.days, alignment.start));
  }
}

/** The answer: own returns where there are any, stand-ins where there are not. */
export function assemble(query: AlignedReturnsQuery, data: AlignmentData, alignment: OwnAlignment): AlignedReturns {
  const days = alignment.days.slice(alignment.start);
  const count = Math.max(0, days.length - 1);
  const standIns = new StandIns(alignment.own, data.instruments, count);
  const columns: { id: string; values: Float64Array; observations: number }[] = [];
  const proxied: ProxiedSeries[] = [];
  const holes: SeriesHole[] = [];
  const stale: string[] = [];
  const unavailable: string[] = [];
  for (const id of query.instrumentIds) {
    const own = alignment.own.get(id);
    if (own === undefined) continue;
    const observations = own.observations;
    if (!own.hasLastDay) stale.push(id);
    let values = own.values;
    if (observations < count) {
      const standIn = standIns.for(data.instruments.get(id)?.sector);
      if (standIn === undefined) {
        unavailable.push(id);
        continue;
      }
      const whole = observations < Math.min(query.minimumHistory, count);
      values = own.values.map((value, t) => (whole || Number.isNaN(value) ? (standIn.values[t] ?? 0) : value));
      proxied.push(proxiedSeries(id, standIn, observations, whole ? 'whole' : 'missingDays'));
    }
    if (own.holes.length > 0) {
      holes.push({ instrumentId: id, missingDays: own.holes.length, dates: own.holes.map(toDate) });
    }
    columns.push({ id, values, observations });
  }
  const ids = columns.map((column) => column.id);
  const values = rowMajor(
    columns.map((column) => column.values),
    count,
  );
  const times = usualTimes(ids, data.bars);
  return {
    dates: days.slice(1).map(toDate),
    startDate: toDate(days[0] ?? 0),
    lastBarTime: times.last,
    instrumentIds: ids,
    values,
    returns: createReturns(values, count, ids.length, ids),
    observations: columns.map((column) => column.observations),
    proxied,
    holes,
    stale,
    nonSynchronous: times.nonSynchronous,
    unavailable,
  };
}

function ownReturnsOf(
  id: string,
  query: AlignedReturnsQuery,
  data: AlignmentData,
  days: readonly number[],
  start: number,
): OwnReturns {
  const bars = data.bars.get(id);
  const carry = query.maximumCarryDays ?? DEFAULT_MAXIMUM_CARRY_DAYS;
  if (bars === undefined) {
    return {
      values: new Float64Array(Math.max(0, days.length - 1 - start)).fill(NaN),
      observations: 0,
      holes: [],
      hasLastDay: false,
    };
  }
  const currency = data.instruments.get(id)?.currency ?? query.baseCurrency;
  const rates = currency === query.baseCurrency ? undefined : data.rates(currency, days);
  return ownReturns(bars.times, adjustedCloses(bars, data.actions.get(id) ?? []), days, start, rates, carry);
}

function rowMajor(columns: readonly Float64Array[], rows: number): Float64Array {
  const width = columns.length;
  const values = new Float64Array(rows * width);
  columns.forEach((column, i) => {
    for (let t = 0; t < rows; t++) values[t * width + i] = column[t] ?? 0;
  });
  return values;
}

function entry<V>(id: string, value: V | undefined): [string, V][] {
  return value === undefined ? [] : [[id, value]];
}
