import { badDefinition } from '../errors.js';
import type { MigrationContext } from '../migrate.js';
import { identifier, literal } from '../sql.js';
import { compressSeries, type SeriesCompression } from './series-compression.js';
import { parseChunk } from './series-interval.js';

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
  /** Hypertables only. */
  compress?: SeriesCompression;
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
    ...(series.compress === undefined ? [] : compressSeries(table, timeColumn, series.compress)),
  ];
}

/**
 * SQL for a migration: chunks of a series that is there are dropped when all of their rows are older than so many days, by the
 * service's clock (`upkeepSeries`). A series of which this was never said is kept for ever.
 */
export function keepSeries(table: string, days: number): string {
  if (!Number.isInteger(days) || days < 1)
    throw badDefinition(`series table ${table} is kept for whole days, at least one`);
  return `UPDATE series_table SET keep_days = ${days} WHERE name = ${literal(table)}`;
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
