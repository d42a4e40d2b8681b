import { Injectable } from '@nestjs/common';
import type { Instant, Tick } from '@risk-budget/contracts';
import { ensureSeriesOf, executeLater, Persistence, type Tx } from '@risk-budget/persistence';
import type { Source } from '../common/as-of.js';
import { read, write } from '../common/database.js';

/** A tick with the event it came in. */
export interface SourcedTick extends Tick {
  readonly source: Source;
}

/** The ticks of an instrument in one hour. */
export interface TickHour {
  readonly instrumentId: string;
  /** Its beginning. */
  readonly time: Instant;
  readonly open: string;
  readonly high: string;
  readonly low: string;
  readonly close: string;
  /** How many. */
  readonly ticks: number;
}

export interface TickHoursQuery {
  readonly instrumentIds: readonly string[];
  /** Hours that begin at or after it. */
  readonly from: Instant;
  /** Hours that begin at or before it. */
  readonly to: Instant;
  /** Start behind this hour of the order by instrument and time. */
  readonly after?: { readonly instrumentId: string; readonly time: Instant };
  readonly limit: number;
}

/** Prices during the day. */
@Injectable()
export class TickStore {
  constructor(private readonly persistence: Persistence) {}

  /** Stores ticks in the order given; of two at the same time the later one counts. */
  async put(ticks: readonly SourcedTick[], tx?: Tx): Promise<void> {
    if (ticks.length === 0) return;
    await write(this.persistence, tx, async (inTx) => {
      const times = ticks.map((tick) => tick.time);
      await ensureSeriesOf(inTx, 'md_tick', times);
      await executeLater(
        inTx,
        `INSERT INTO md_tick (instrument_id, time, price, known_at, source_id)
         SELECT * FROM unnest($1::text[], $2::timestamptz[], $3::numeric[], $4::timestamptz[], $5::uuid[])
         ON CONFLICT (instrument_id, time, source_id) DO NOTHING`,
        [
          ticks.map((tick) => tick.instrumentId),
          times,
          ticks.map((tick) => tick.price),
          ticks.map((tick) => tick.source.occurredAt),
          ticks.map((tick) => tick.source.id),
        ],
      );
    });
  }

  /** The newest tick time of each instrument. */
  async newest(instrumentIds: readonly string[], tx?: Tx): Promise<Map<string, Instant>> {
    const found = await read<{ id: string; time: string }>(
      this.persistence,
      tx,
      `SELECT i.id, t.time FROM unnest($1::text[]) AS i(id)
       CROSS JOIN LATERAL (SELECT time FROM md_tick WHERE instrument_id = i.id ORDER BY time DESC LIMIT 1) t`,
      [instrumentIds],
    );
    return new Map(found.map((row) => [row.id, row.time]));
  }

  /** Hours of trading as they are known now: open, high, low and close of the ticks of each hour, by instrument and hour. */
  hours(query: TickHoursQuery, tx?: Tx): Promise<TickHour[]> {
    const { after } = query;
    return read<TickHour>(
      this.persistence,
      tx,
      `SELECT instrument_id AS "instrumentId", bucket AS time, open, high, low, close, ticks FROM md_tick_hour
       WHERE instrument_id = ANY($1::text[]) AND bucket >= $2 AND bucket <= $3
         AND ($4::text IS NULL OR (instrument_id, bucket) > ($4, $5::timestamptz))
       ORDER BY instrument_id, bucket LIMIT $6`,
      [query.instrumentIds, ...[query.from, query.to, after?.instrumentId ?? null, after?.time ?? null, query.limit]],
    );
  }
}
