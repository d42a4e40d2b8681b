import { identifier, literal } from '../sql.js';
import { onHypertable } from './on-hypertable.js';
import { parseChunk } from './series-interval.js';

/** Compression of a hypertable's old chunks. */
export interface SeriesCompression {
  /** Chunks that ended longer ago than this, by the server's clock, such as `30 days`. */
  after: string;
  /** What readers ask by: rows that have these columns in common lie together. */
  segmentBy: readonly string[];
}

/** SQL for a migration: compresses old chunks of a series table that is there. Nothing on native partitions. */
export function compressSeries(table: string, timeColumn: string, compression: SeriesCompression): string[] {
  parseChunk(compression.after);
  const segments = literal(compression.segmentBy.map(identifier).join(', '));
  return [
    onHypertable(table, [
      `ALTER TABLE ${identifier(table)} SET (timescaledb.compress, timescaledb.compress_segmentby = ${segments}, ` +
        `timescaledb.compress_orderby = ${literal(`${identifier(timeColumn)} DESC`)})`,
      `PERFORM public.add_compression_policy(${literal(table)}, INTERVAL ${literal(compression.after)})`,
    ]),
  ];
}
