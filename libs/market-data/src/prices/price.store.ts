import { Injectable } from '@nestjs/common';
import type { Bar, BusinessDate, Instant } from '@risk-budget/contracts';
import { Persistence, type Tx } from '@risk-budget/persistence';
import type { Source } from '../common/as-of.js';
import { ChangeLog } from '../common/change-log.js';
import { read, write } from '../common/database.js';
import type { AlignedReturns, AlignedReturnsQuery } from './aligned-returns.types.js';
import { AlignedReturnsService } from './aligned-returns.service.js';
import { writeBars } from './bar-writer.js';

/** A bar as stored: one revision of one day of one instrument. */
export interface StoredBar {
  readonly instrumentId: string;
  readonly time: Instant;
  readonly revision: number;
  readonly knownAt: Instant;
  readonly open: string | null;
  readonly high: string | null;
  readonly low: string | null;
  readonly close: string;
  readonly volume: string | null;
  readonly adjustmentFactor: string;
  readonly adjustedThrough: BusinessDate | null;
}

/** What storing bars did. */
export interface BarsResult {
  readonly inserted: number;
  readonly corrected: number;
  readonly unchanged: number;
  /** Instruments with a new or corrected bar. */
  readonly instrumentIds: readonly string[];
  /** Earliest time among the new and corrected bars. */
  readonly earliest: Instant | undefined;
  /** Newest time among them, by instrument. */
  readonly newest: ReadonlyMap<string, Instant>;
}

/** What is stored of one instrument. */
export interface Coverage {
  readonly instrumentId: string;
  readonly firstDate: BusinessDate;
  readonly lastDate: BusinessDate;
  /** Days with a bar. */
  readonly bars: number;
  /** Revisions beyond the first of a day. */
  readonly corrections: number;
}

export interface BarsQuery {
  /** All instruments when absent. */
  readonly instrumentIds?: readonly string[];
  /** Inclusive. */
  readonly from?: Instant;
  /** Inclusive. */
  readonly to: Instant;
  readonly knownAt: Instant;
  /** Start behind this bar of the order by instrument and time. */
  readonly after?: { readonly instrumentId: string; readonly time: Instant };
  readonly limit?: number;
}

/** Daily bars with their revisions, and the returns out of them. */
@Injectable()
export class PriceStore {
  constructor(
    private readonly persistence: Persistence,
    private readonly changes: ChangeLog,
    private readonly aligned: AlignedReturnsService,
  ) {}

  /**
   * A bar equal to what is known of its instrument and time changes nothing; another one is a new revision, known from
   * the source's time. Bars of unknown instruments are kept: the definition may follow.
   */
  async put(bars: readonly Bar[], source: Source, tx?: Tx): Promise<BarsResult> {
    return write(this.persistence, tx, async (inTx) => {
      const written = await writeBars(inTx, bars, source);
      if (written.instrumentIds.length > 0) {
        await this.changes.append(inTx, 'price', written.instrumentIds, written.earliest);
      }
      return { ...written, unchanged: bars.length - written.inserted - written.corrected };
    });
  }

  /** Bars as known at `knownAt`, by instrument and time. */
  async bars(query: BarsQuery, tx?: Tx): Promise<StoredBar[]> {
    return read<StoredBar>(
      this.persistence,
      tx,
      `SELECT DISTINCT ON (instrument_id, time) instrument_id AS "instrumentId", time, revision, known_at AS "knownAt",
              open, high, low, close, volume, adjustment_factor AS "adjustmentFactor", adjusted_through AS "adjustedThrough"
       FROM md_bar
       WHERE ($1::text[] IS NULL OR instrument_id = ANY ($1::text[])) AND time >= $2 AND time <= $3 AND known_at <= $4
         AND ($5::text IS NULL OR (instrument_id, time) > ($5::text, $6::timestamptz))
       ORDER BY instrument_id, time, known_at DESC, md_bar.revision DESC LIMIT $7`,
      [
        query.instrumentIds === undefined ? null : query.instrumentIds,
        query.from ?? '-infinity',
        query.to,
        query.knownAt,
        query.after?.instrumentId ?? null,
        query.after?.time ?? null,
        query.limit ?? null,
      ],
    );
  }

  /** Daily total returns in base currency on common days; see {@link AlignedReturnsService.load}. */
  alignedReturns(query: AlignedReturnsQuery, tx?: Tx): Promise<AlignedReturns> {
    return this.aligned.load(query, tx);
  }

  /** Every revision of one bar, in the order in which they became known. */
  async revisions(instrumentId: string, time: Instant, tx?: Tx): Promise<StoredBar[]> {
    return read<StoredBar>(
      this.persistence,
      tx,
      `SELECT instrument_id AS "instrumentId", time, revision, known_at AS "knownAt", open, high, low, close, volume,
              adjustment_factor AS "adjustmentFactor", adjusted_through AS "adjustedThrough"
       FROM md_bar WHERE instrument_id = $1 AND time = $2 ORDER BY known_at, revision`,
      [instrumentId, time],
    );
  }

  /** What is stored of each instrument (of all when no ids are given), by id. */
  async coverage(instrumentIds?: readonly string[], tx?: Tx): Promise<Coverage[]> {
    return read<Coverage>(
      this.persistence,
      tx,
      `SELECT instrument_id AS "instrumentId", (min(time) AT TIME ZONE 'UTC')::date AS "firstDate",
              (max(time) AT TIME ZONE 'UTC')::date AS "lastDate", count(*) FILTER (WHERE revision = 1) AS bars,
              count(*) FILTER (WHERE revision > 1) AS corrections
       FROM md_bar WHERE $1::text[] IS NULL OR instrument_id = ANY ($1::text[])
       GROUP BY instrument_id ORDER BY instrument_id`,
      [instrumentIds === undefined ? null : instrumentIds],
    );
  }

  /** The newest bar time of each instrument, for telling whether a bar is the present one. */
  async newest(instrumentIds: readonly string[], tx?: Tx): Promise<Map<string, Instant>> {
    const found = await read<{ id: string; time: string }>(
      this.persistence,
      tx,
      `SELECT i.id, b.time FROM unnest($1::text[]) AS i(id)
       CROSS JOIN LATERAL (SELECT time FROM md_bar WHERE instrument_id = i.id ORDER BY time DESC LIMIT 1) b`,
      [instrumentIds],
    );
    return new Map(found.map((row) => [row.id, row.time]));
  }
}
