import type { Bar } from '@risk-budget/contracts';
import { ensureSeriesOf, rows, type SqlValue, type Tx } from '@risk-budget/persistence';
import type { Source } from '../common/as-of.js';

/** New and corrected bars by instrument. */
export interface WrittenBars {
  readonly inserted: number;
  readonly corrected: number;
  readonly instrumentIds: readonly string[];
  /** Earliest time written, ISO text. */
  readonly earliest: string | undefined;
  /** Newest time written, by instrument. */
  readonly newest: ReadonlyMap<string, string>;
}

interface Summary {
  instrument_id: string;
  bars: number;
  earliest: string;
  newest: string;
}

const given = `unnest($1::text[], $2::timestamptz[], $3::numeric[], $4::numeric[], $5::numeric[], $6::numeric[],
  $7::numeric[], $8::numeric[], $9::date[])
  AS g(instrument_id, time, open, high, low, close, volume, adjustment_factor, adjusted_through)`;

const columns =
  'instrument_id, time, revision, known_at, source_id, open, high, low, close, volume, adjustment_factor, adjusted_through';
const values = 'g.open, g.high, g.low, g.close, g.volume, g.adjustment_factor, g.adjusted_through';

const summary = `SELECT instrument_id, count(*) AS bars, min(time) AS earliest, max(time) AS newest
FROM written GROUP BY instrument_id`;

/** History is all new: one insert without looking anything up. What stands already is left out by the unique index. */
const insertNew = `WITH written AS (
  INSERT INTO md_bar (${columns})
  SELECT g.instrument_id, g.time, 1, $10, $11, ${values} FROM ${given}
  ON CONFLICT (instrument_id, time, revision) DO NOTHING
  RETURNING instrument_id, time)
${summary}`;

/** Bars that differ from what was known of their instrument and time become new revisions. */
const insertCorrections = `WITH written AS (
  INSERT INTO md_bar (${columns})
  SELECT g.instrument_id, g.time, coalesce((SELECT max(b.revision) FROM md_bar b
           WHERE b.instrument_id = g.instrument_id AND b.time = g.time), 0) + 1, $10, $11, ${values}
  FROM ${given}
  WHERE NOT EXISTS (
    SELECT FROM (
      SELECT b.* FROM md_bar b
      WHERE b.instrument_id = g.instrument_id AND b.time = g.time AND b.known_at <= $10
      ORDER BY b.known_at DESC, b.revision DESC LIMIT 1) known
    WHERE (known.open, known.high, known.low, known.close, known.volume, known.adjustment_factor, known.adjusted_through)
      IS NOT DISTINCT FROM (${values}))
  RETURNING instrument_id, time)
${summary}`;

/** Writes bars of one source. Of several bars for one instrument and time in it, the last counts. */
export async function writeBars(tx: Tx, bars: readonly Bar[], source: Source): Promise<WrittenBars> {
  if (bars.length === 0) return result([], []);
  await ensureSeriesOf(
    tx,
    'md_bar',
    bars.map((bar) => bar.time),
  );
  const inserted = await rows<Summary>(tx, insertNew, parameters(bars, source));
  const insertedBars = total(inserted);
  if (insertedBars === bars.length) return result(inserted, []);
  const last = [...new Map(bars.map((bar) => [`${bar.instrumentId} ${bar.time}`, bar])).values()];
  return result(inserted, await rows<Summary>(tx, insertCorrections, parameters(last, source)));
}

function parameters(bars: readonly Bar[], source: Source): SqlValue[] {
  return [
    bars.map((bar) => bar.instrumentId),
    bars.map((bar) => bar.time),
    bars.map((bar) => bar.open),
    bars.map((bar) => bar.high),
    bars.map((bar) => bar.low),
    bars.map((bar) => bar.close),
    bars.map((bar) => bar.volume),
    bars.map((bar) => bar.adjustmentFactor),
    bars.map((bar) => bar.adjustedThrough),
    source.occurredAt,
    source.id,
  ];
}

function total(summaries: readonly Summary[]): number {
  return summaries.reduce((sum, row) => sum + row.bars, 0);
}

function result(inserted: readonly Summary[], corrected: readonly Summary[]): WrittenBars {
  const all = [...inserted, ...corrected];
  const newest = new Map<string, string>();
  for (const row of all) {
    const known = newest.get(row.instrument_id);
    if (known === undefined || row.newest > known) newest.set(row.instrument_id, row.newest);
  }
  return {
    inserted: total(inserted),
    corrected: total(corrected),
    instrumentIds: [...new Set(all.map((row) => row.instrument_id))].sort(),
    earliest: all.map((row) => row.earliest).sort()[0],
    newest,
  };
}
