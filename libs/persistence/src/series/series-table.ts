import { badDefinition } from '../errors.js';
import type { MigrationContext } from '../migrate.js';
import { identifier, literal } from '../sql.js';

export interface SeriesIndex {
  columns: readonly string[];
  unique?: boolean;
}

/** A table of rows in time: a TimescaleDB hypertable, or its native twin of range partitions. */
export interface SeriesTable {
  table: string;
  /** Column name → its SQL definition, such as `{ instrument_id: 'text NOT NULL' }`. */
  columns: Readonly<Record<string, string>>;
  /** A `timestamptz NOT NULL` or `date NOT NULL` column. */
  timeColumn: string;
  /** Length of a chunk: `1 day`, `7 days`, `1 month`, `5 years`. */
  chunk: string;
  /** The natural key; holds the time column, for no unique index of a partitioned table can do without. */
  uniqueKey?: readonly string[];
  indexes?: readonly SeriesIndex[];
  /** Hypertables only: compress chunks older than this, such as `30 days`, in segments of these columns. */
  compress?: { after: string; segmentBy: readonly string[] };
}

/**
 * SQL for a migration that makes a series table, hypertable or partitions as the server allows. Needs
 * `persistenceMigrations` earlier in the service's list. Partitions are made on demand: see `ensureSeries`.
 */
export function createSeriesTable(context: MigrationContext, series: SeriesTable): string[] {
  const { table, timeColumn } = series;
  const chunk = parseChunk(series.chunk);
  const timeType = timeTypeOf(series);
  const columns = Object.entries(series.columns).map(([name, definition]) => `${identifier(name)} ${definition}`);
  const body = `CREATE TABLE ${identifier(table)} (${columns.join(', ')})`;
  return [
    context.timescale ? body : `${body} PARTITION BY RANGE (${identifier(timeColumn)})`,
    `INSERT INTO series_table (name, kind, time_column, time_type, chunk_days, chunk_months) VALUES (${[
      literal(table),
      literal(context.timescale ? 'hypertable' : 'partitions'),
      literal(timeColumn),
      literal(timeType),
      chunk.days ?? 'NULL',
      chunk.months ?? 'NULL',
    ].join(', ')})`,
    ...(context.timescale ? hypertable(series) : []),
    ...indexes(series),
    ...(context.timescale && series.compress !== undefined ? compression(table, series.compress, timeColumn) : []),
  ];
}

function hypertable(series: SeriesTable): string[] {
  return [
    `SELECT public.create_hypertable(${literal(series.table)}, ${literal(series.timeColumn)}, ` +
      `chunk_time_interval => INTERVAL ${literal(series.chunk)}, create_default_indexes => false)`,
  ];
}

function indexes(series: SeriesTable): string[] {
  const wanted = [
    ...(series.uniqueKey === undefined ? [] : [{ columns: series.uniqueKey, unique: true }]),
    ...(series.indexes ?? []),
  ];
  return wanted.map(({ columns, unique }, index) => {
    if (unique === true && !columns.includes(series.timeColumn)) {
      throw badDefinition(
        `a unique index of series table ${series.table} must hold its time column ${series.timeColumn}`,
      );
    }
    const name = identifier(`${series.table}_${unique === true ? 'key' : 'idx'}${index}`);
    return `CREATE ${unique === true ? 'UNIQUE ' : ''}INDEX ${name} ON ${identifier(series.table)} (${columns.map(identifier).join(', ')})`;
  });
}

function compression(
  table: string,
  compress: { after: string; segmentBy: readonly string[] },
  timeColumn: string,
): string[] {
  parseChunk(compress.after);
  const segments = literal(compress.segmentBy.map(identifier).join(', '));
  return [
    `ALTER TABLE ${identifier(table)} SET (timescaledb.compress, timescaledb.compress_segmentby = ${segments}, ` +
      `timescaledb.compress_orderby = ${literal(`${identifier(timeColumn)} DESC`)})`,
    `SELECT public.add_compression_policy(${literal(table)}, INTERVAL ${literal(compress.after)})`,
  ];
}

function parseChunk(text: string): { days?: number; months?: number } {
  const match = /^([1-9]\d{0,3}) (day|week|month|year)s?$/.exec(text);
  if (match === null)
    throw badDefinition(`"${text}" is no chunk; use for example "1 day", "7 days", "1 month", "5 years"`);
  const count = Number(match[1]);
  switch (match[2]) {
    case 'day':
      return { days: count };
    case 'week':
      return { days: count * 7 };
    case 'month':
      return { months: count };
    default:
      return { months: count * 12 };
  }
}

function timeTypeOf(series: SeriesTable): 'timestamptz' | 'date' {
  const definition = series.columns[series.timeColumn];
  const type = /^(timestamptz|date)\b.*\bnot null\b/i.exec(definition ?? '')?.[1]?.toLowerCase();
  if (type !== 'timestamptz' && type !== 'date') {
    throw badDefinition(
      `time column ${series.timeColumn} of ${series.table} must be "timestamptz NOT NULL" or "date NOT NULL"`,
    );
  }
  return type;
}
