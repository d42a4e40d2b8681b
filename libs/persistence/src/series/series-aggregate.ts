import { badDefinition } from '../errors.js';
import { identifier, literal } from '../sql.js';
import { onHypertable } from './on-hypertable.js';
import { keepSeries } from './series-table.js';

/** Rows of a series table summed up by buckets of time: a continuous aggregate, or its native twin, a view. */
export interface SeriesAggregate {
  view: string;
  /** A series table that an earlier statement made. */
  table: string;
  timeColumn: string;
  /** Length of a bucket in minutes or hours; buckets are counted from Monday 2000-01-03, UTC. */
  bucket: string;
  groupBy: readonly string[];
  /** Name → an aggregate expression that both kinds know, such as `{ ticks: 'count(*)' }`. */
  columns: Readonly<Record<string, string>>;
  /** Hypertables only: what a policy brings up to date once an hour, from so many days ago to one bucket ago. */
  refreshDays: number;
  /** Hypertables only: for how many days buckets are kept. */
  keepDays: number;
}

/**
 * SQL for a migration that makes an aggregate of a series. On a hypertable it is stored, brought up to date by a policy, and complete
 * at any moment: what came since is computed by whoever asks; a row that comes late is in it after the next round. It outlives the
 * rows that it was made of. On native partitions it is computed when it is asked for, from the rows that are there.
 */
export function createSeriesAggregate(aggregate: SeriesAggregate): string[] {
  const { view, table, timeColumn, refreshDays, keepDays } = aggregate;
  if (!/^[1-9]\d{0,2} (minute|hour)s?$/.test(aggregate.bucket))
    throw badDefinition(`"${aggregate.bucket}" is no bucket; use for example "5 minutes", "1 hour"`);
  if (!Number.isInteger(refreshDays) || refreshDays < 1)
    throw badDefinition(`aggregate ${view} is brought up to date for whole days, at least one`);
  const bucket = `INTERVAL ${literal(aggregate.bucket)}`;
  const query = (time: string): string =>
    `SELECT ${[
      ...aggregate.groupBy.map(identifier),
      `${time} AS bucket`,
      ...Object.entries(aggregate.columns).map(([name, expression]) => `${expression} AS ${identifier(name)}`),
    ].join(', ')} FROM ${identifier(table)} GROUP BY ${[...aggregate.groupBy.map(identifier), time].join(', ')}`;
  return [
    onHypertable(
      table,
      [
        `CREATE MATERIALIZED VIEW ${identifier(view)} WITH (timescaledb.continuous, timescaledb.materialized_only = false) AS ` +
          `${query(`public.time_bucket(${bucket}, ${identifier(timeColumn)})`)} WITH NO DATA`,
        `PERFORM public.add_continuous_aggregate_policy(${literal(view)}, start_offset => INTERVAL '${refreshDays} days', ` +
          `end_offset => ${bucket}, schedule_interval => INTERVAL '1 hour')`,
        // In the register as well, for upkeep to drop what is old.
        `INSERT INTO series_table (name, kind, time_column, time_type, chunk_days) ` +
          `VALUES (${literal(view)}, 'hypertable', 'bucket', 'timestamptz', 10)`,
        keepSeries(view, keepDays),
      ],
      [
        `CREATE VIEW ${identifier(view)} AS ` +
          query(`date_bin(${bucket}, ${identifier(timeColumn)}, '2000-01-03T00:00:00Z'::timestamptz)`),
      ],
    ),
  ];
}
