import { AsyncLocalStorage } from 'node:async_hooks';
import { Injectable } from '@nestjs/common';
import { executeLater, Persistence, type Tx } from '@risk-budget/persistence';
import { read } from './database.js';

/** A reader that has not asked for so long starts with empty caches; rows are kept much longer. */
const TRUSTED_MS = 3_600_000;
const PRUNE_EVERY = 500;

/** What caches of this package are told about. */
export type ChangedKind =
  'portfolio' | 'instrument' | 'price' | 'corporateAction' | 'rate' | 'benchmark' | 'budgetPlan' | 'position';

/** Keys of one kind that a transaction has written. */
export interface LoggedChange {
  readonly kind: ChangedKind;
  readonly keys: readonly string[];
  /** Earliest valid time written, in milliseconds; −∞ when it is valid at any time. */
  readonly earliest: number;
}

interface LogRow {
  watermark: number;
  id: number | null;
  xid: number | null;
  own: boolean | null;
  kind: ChangedKind | null;
  keys: string[] | null;
  earliest_ms: number | null;
}

/**
 * Tells the caches of every process what others have written. Each writing transaction leaves a row with its own id; a
 * reader asks for the rows of transactions that were not finished when it last asked, so that nothing is missed however
 * commits overlap. Rows of the reader's own open transaction are handed over apart: what they changed must not enter a
 * cache, since it may be rolled back.
 *
 * Benchmarks, budget plans and position statements are logged by triggers of their tables, by the key of each row: a version of
 * the service that keeps none of them in memory, and runs beside this one, so tells of them too.
 */
@Injectable()
export class ChangeLog {
  private watermark: number | undefined;
  /** Rows at or above the watermark that were handed on already, with their transactions: an old transaction somewhere holds the watermark back. */
  private readonly handedOn = new Map<number, number>();
  private refreshedAt = 0;
  private appended = 0;
  private readonly scope = new AsyncLocalStorage<{ tx: Tx | undefined; own: Promise<LoggedChange[]> }>();
  private readonly caches: { forget: (change: LoggedChange) => void; clear: () => void }[] = [];

  constructor(private readonly persistence: Persistence) {}

  /**
   * Registers a cache: it forgets what is named to it, or everything. What a cache was reading meanwhile may be older than
   * that, so that it must not be kept.
   */
  register(forget: (change: LoggedChange) => void, clear: () => void): void {
    this.caches.push({ forget, clear });
  }

  /** Writes down what this transaction has changed. */
  async append(tx: Tx, kind: ChangedKind, keys: readonly string[], earliest: string | undefined): Promise<void> {
    await executeLater(
      tx,
      `INSERT INTO md_change (xid, kind, keys, earliest)
       VALUES (pg_current_xact_id()::text::bigint, $1, $2::text[], $3::timestamptz)`,
      [kind, keys, earliest ?? '-infinity'],
    );
    if (++this.appended % PRUNE_EVERY === 0) {
      await executeLater(tx, `DELETE FROM md_change WHERE recorded_at < clock_timestamp() - interval '1 day'`);
    }
  }

  /** Runs a piece of reading that brings the caches up to date once, at its start, however many stores it asks. */
  once<T>(tx: Tx | undefined, work: () => Promise<T>): Promise<T> {
    return this.onceAfter(tx, () => Promise.resolve(), work);
  }

  /**
   * The same behind statements of the transaction that come first, such as those that lock what the work is about, in one round trip with them.
   *
   * @param first asks for its statements before it awaits anything
   * @param work is given what `first` has found
   */
  async onceAfter<F, T>(tx: Tx | undefined, first: () => Promise<F>, work: (found: F) => Promise<T>): Promise<T> {
    const [found, own] = await Promise.all([first(), this.refresh(tx)]);
    return this.scope.run({ tx, own: Promise.resolve(own) }, () => work(found));
  }

  /** Brings the registered caches up to date. @returns what the given open transaction has itself changed */
  refresh(tx?: Tx): Promise<LoggedChange[]> {
    const scope = this.scope.getStore();
    return scope !== undefined && scope.tx === tx ? scope.own : this.read(tx);
  }

  private async read(tx: Tx | undefined): Promise<LoggedChange[]> {
    if (this.watermark !== undefined && performance.now() - this.refreshedAt > TRUSTED_MS) {
      this.watermark = undefined;
      this.handedOn.clear();
      for (const cache of this.caches) cache.clear();
    }
    const from = this.watermark;
    const found = await read<LogRow>(
      this.persistence,
      tx,
      `WITH seen AS (
         SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS xmin,
                pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS xmax,
                pg_current_xact_id_if_assigned()::text::bigint AS own)
       SELECT seen.xmin AS watermark, c.id, c.xid, c.xid = seen.own AS own, c.kind, c.keys,
              CASE WHEN isfinite(c.earliest) THEN extract(epoch FROM c.earliest)::float8 * 1000 END AS earliest_ms
       FROM seen
       LEFT JOIN md_change c ON c.xid >= coalesce($1::bigint, seen.xmin) AND (c.xid < seen.xmax OR c.xid = seen.own)`,
      [from ?? null],
    );
    // A first look tells of what is under way when it is run, which may be long after it was asked for, behind a lock: what was
    // finished since somebody else's first look, and filled a cache, is not in it.
    if (from === undefined && this.watermark !== undefined) return this.read(tx);
    const own: LoggedChange[] = [];
    for (const row of found) {
      if (row.kind === null || row.id === null || row.xid === null) continue;
      const change = { kind: row.kind, keys: row.keys ?? [], earliest: row.earliest_ms ?? -Infinity };
      if (row.own === true) own.push(change);
      else this.handOn(row.id, row.xid, change);
    }
    this.advance(found[0]?.watermark);
    this.refreshedAt = performance.now();
    return own;
  }

  private handOn(id: number, xid: number, change: LoggedChange): void {
    if (this.handedOn.has(id)) return;
    this.handedOn.set(id, xid);
    for (const cache of this.caches) cache.forget(change);
  }

  private advance(watermark: number | undefined): void {
    if (watermark === undefined || watermark <= (this.watermark ?? -1)) return;
    this.watermark = watermark;
    for (const [id, xid] of this.handedOn) if (xid < watermark) this.handedOn.delete(id);
  }
}
