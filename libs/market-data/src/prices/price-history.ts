import { Injectable } from '@nestjs/common';
import { Persistence, type Tx } from '@risk-budget/persistence';
import { ChangeLog, type LoggedChange } from '../common/change-log.js';
import { read } from '../common/database.js';
import type { BarSeries } from './adjustment.js';

/** Bars kept in memory a process: 100 instruments over eight years of days, about 10 MB. */
const CACHED_BARS = 200_000;

/** The columns of an instrument's bars (newest revisions), growing at the end. */
interface CachedSeries {
  /** Bars from this time on are here. */
  readonly from: number;
  columns: Columns;
  /** Bars from this time on have changed since and must be read again. */
  staleFrom: number;
}

interface Columns extends BarSeries {
  /** When each bar became known, in milliseconds. */
  readonly knownAt: Float64Array;
}

export interface HistoryQuery {
  readonly instrumentIds: readonly string[];
  /** Milliseconds, inclusive. */
  readonly from: number;
  readonly to: number;
  readonly knownAt: number;
}

const empty: Columns = columnsOf([], [], [], [], []);

/**
 * Bars of instruments as columns, kept in memory and brought up to date by the change log: a day's new bars cost one small
 * read. Only the newest revisions are kept; a question about an earlier state of knowledge goes to the database.
 */
@Injectable()
export class PriceHistory {
  private readonly cache = new Map<string, CachedSeries>();
  private cachedBars = 0;
  private generation = 0;

  constructor(
    private readonly persistence: Persistence,
    changes: ChangeLog,
  ) {
    changes.register(
      (change) => this.forget(change),
      () => this.clear(),
    );
  }

  /**
   * Bars within the times of the question as known at its `knownAt`. Instruments without any are absent.
   *
   * @param own what the transaction has itself changed, from {@link ChangeLog.refresh}
   */
  async series(query: HistoryQuery, own: readonly LoggedChange[], tx?: Tx): Promise<Map<string, BarSeries>> {
    const dirty = dirtyInstruments(own, query.to);
    const clean = query.instrumentIds.filter((id) => !dirty.has(id));
    await this.load(clean, query.from, tx);
    const found = new Map<string, BarSeries>();
    const uncached: string[] = [...dirty].filter((id) => query.instrumentIds.includes(id));
    for (const id of clean) {
      const cached = this.cache.get(id);
      if (cached === undefined || cached.from > query.from || cached.staleFrom !== Infinity) {
        uncached.push(id);
        continue;
      }
      const part = slice(cached.columns, query.from, query.to);
      if (part.knownAt.some((time) => time > query.knownAt)) uncached.push(id);
      else if (part.times.length > 0) found.set(id, part);
    }
    if (uncached.length > 0) {
      const read = await this.read(uncached, query.from, query.to, query.knownAt, tx);
      for (const [id, columns] of read) if (columns.times.length > 0) found.set(id, columns);
    }
    return found;
  }

  private async load(ids: readonly string[], from: number, tx: Tx | undefined): Promise<void> {
    const missing = ids.filter((id) => (this.cache.get(id)?.from ?? Infinity) > from);
    if (missing.length > 0) {
      const generation = this.generation;
      const loaded = await this.read(missing, from, Infinity, Infinity, tx);
      if (generation === this.generation) {
        for (const id of missing) this.keep(id, { from, columns: loaded.get(id) ?? empty, staleFrom: Infinity });
      }
    }
    const stale = ids.filter((id) => (this.cache.get(id)?.staleFrom ?? Infinity) !== Infinity);
    if (stale.length === 0) return;
    const since = Math.min(...stale.map((id) => this.cache.get(id)?.staleFrom ?? Infinity));
    const generation = this.generation;
    const fresh = await this.read(stale, Math.max(from, since), Infinity, Infinity, tx);
    if (generation !== this.generation) return;
    for (const id of stale) {
      const cached = this.cache.get(id);
      if (cached === undefined) continue;
      const columns = concatenate(before(cached.columns, Math.max(from, since)), fresh.get(id) ?? empty);
      // What changed before the window asked for is read when somebody asks for it.
      if (since < from) this.keep(id, { from, columns: slice(columns, from, Infinity), staleFrom: Infinity });
      else this.keep(id, { from: cached.from, columns, staleFrom: Infinity });
    }
  }

  private keep(id: string, series: CachedSeries): void {
    this.drop(id);
    this.cache.set(id, series);
    this.cachedBars += series.columns.times.length;
    for (const oldest of this.cache.keys()) {
      if (this.cachedBars <= CACHED_BARS || oldest === id) return;
      this.drop(oldest);
    }
  }

  private drop(id: string): void {
    this.cachedBars -= this.cache.get(id)?.columns.times.length ?? 0;
    this.cache.delete(id);
  }

  private forget(change: LoggedChange): void {
    if (change.kind !== 'price') return;
    this.generation++;
    for (const id of change.keys) {
      const cached = this.cache.get(id);
      if (cached !== undefined) cached.staleFrom = Math.min(cached.staleFrom, change.earliest);
    }
  }

  private clear(): void {
    this.generation++;
    this.cache.clear();
    this.cachedBars = 0;
  }

  /** One row an instrument, columns as text: thousands of row objects would cost more than the query. */
  private async read(
    ids: readonly string[],
    from: number,
    to: number,
    knownAt: number,
    tx: Tx | undefined,
  ): Promise<Map<string, Columns>> {
    const rows = await read<Record<'instrument_id' | 'times' | 'closes' | 'factors' | 'through' | 'known', string>>(
      this.persistence,
      tx,
      `SELECT instrument_id, string_agg(ms::text, ',') AS times, string_agg(close::text, ',') AS closes,
              string_agg(factor::text, ',') AS factors, string_agg(through::text, ',') AS through,
              string_agg(known::text, ',') AS known
       FROM (
         SELECT DISTINCT ON (instrument_id, time) instrument_id, (extract(epoch FROM time) * 1000)::bigint AS ms, close,
                adjustment_factor AS factor, coalesce(adjusted_through, (time AT TIME ZONE 'UTC')::date) - date '1970-01-01' AS through,
                (extract(epoch FROM known_at) * 1000)::bigint AS known
         FROM md_bar
         WHERE instrument_id = ANY ($1::text[]) AND time >= $2 AND time <= $3 AND known_at <= $4
         ORDER BY instrument_id, time, known_at DESC, revision DESC) bars
       GROUP BY instrument_id`,
      [ids, instantOf(from), instantOf(to), instantOf(knownAt)],
    );
    return new Map(
      rows.map((row) => [
        row.instrument_id,
        columnsOf(
          numbers(row.times),
          numbers(row.closes),
          numbers(row.factors),
          numbers(row.through),
          numbers(row.known),
        ),
      ]),
    );
  }
}

function dirtyInstruments(own: readonly LoggedChange[], to: number): Set<string> {
  return new Set(own.filter((change) => change.kind === 'price' && change.earliest <= to).flatMap(({ keys }) => keys));
}

function numbers(text: string): number[] {
  return text.split(',').map(Number);
}

function columnsOf(
  times: readonly number[],
  closes: readonly number[],
  factors: readonly number[],
  through: readonly number[],
  known: readonly number[],
): Columns {
  return {
    times: Float64Array.from(times),
    closes: Float64Array.from(closes),
    factors: Float64Array.from(factors),
    adjustedThrough: Float64Array.from(through),
    knownAt: Float64Array.from(known),
  };
}

function map(columns: Columns, change: (column: Float64Array, name: keyof Columns) => Float64Array): Columns {
  return {
    times: change(columns.times, 'times'),
    closes: change(columns.closes, 'closes'),
    factors: change(columns.factors, 'factors'),
    adjustedThrough: change(columns.adjustedThrough, 'adjustedThrough'),
    knownAt: change(columns.knownAt, 'knownAt'),
  };
}

/** Views, not copies: cached columns are replaced, never written to. */
function slice(columns: Columns, from: number, to: number): Columns {
  let start = 0;
  while (start < columns.times.length && (columns.times[start] ?? 0) < from) start++;
  let end = columns.times.length;
  while (end > start && (columns.times[end - 1] ?? 0) > to) end--;
  return map(columns, (column) => column.subarray(start, end));
}

function before(columns: Columns, time: number): Columns {
  let end = columns.times.length;
  while (end > 0 && (columns.times[end - 1] ?? 0) >= time) end--;
  return map(columns, (column) => column.subarray(0, end));
}

function concatenate(first: Columns, second: Columns): Columns {
  return map(first, (column, name) => {
    const joined = new Float64Array(column.length + second[name].length);
    joined.set(column);
    joined.set(second[name], column.length);
    return joined;
  });
}

function instantOf(time: number): string {
  return Number.isFinite(time) ? new Date(time).toISOString() : time > 0 ? 'infinity' : '-infinity';
}
