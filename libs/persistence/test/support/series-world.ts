import {
  compressSeries,
  createPersistence,
  createSeriesAggregate,
  createSeriesTable,
  insertOnly,
  keepSeries,
  latestView,
  migrate,
  persistenceMigrations,
  type Migration,
  type Persistence,
} from '@risk-budget/persistence';
import { createTestDatabase, type TestDatabase } from '@risk-budget/persistence/testing';

/** The two ways in which series are kept. */
export type SeriesKind = 'native partitions' | 'hypertables';

const series: Migration = {
  name: '0001-series',
  up: (context) => [
    ...createSeriesTable(context, {
      table: 'bar',
      columns: {
        instrument_id: 'text NOT NULL',
        valid_time: 'timestamptz NOT NULL',
        revision: 'integer NOT NULL',
        known_at: 'timestamptz NOT NULL',
        close: 'numeric NOT NULL',
      },
      timeColumn: 'valid_time',
      chunk: '5 years',
      uniqueKey: ['instrument_id', 'valid_time', 'revision'],
      indexes: [{ columns: ['known_at'] }],
      compress: { after: '1 year', segmentBy: ['instrument_id'] },
    }),
    ...createSeriesTable(context, {
      table: 'snapshot',
      columns: { id: 'bigint GENERATED ALWAYS AS IDENTITY', day: 'date NOT NULL', text: 'text' },
      timeColumn: 'day',
      chunk: '7 days',
    }),
    ...createSeriesTable(context, {
      table: 'tick',
      columns: { instrument_id: 'text NOT NULL', time: 'timestamptz NOT NULL', price: 'numeric NOT NULL' },
      timeColumn: 'time',
      chunk: '1 day',
      uniqueKey: ['instrument_id', 'time'],
    }),
    latestView({ table: 'bar', key: ['instrument_id'] }),
    'CREATE TABLE audit_entry (entry integer PRIMARY KEY)',
    ...insertOnly(context, 'audit_entry'),
  ],
};

/** As a later version would say it of a series that is there. */
const upkeep: Migration = {
  name: '0002-upkeep',
  up: [
    keepSeries('tick', 90),
    ...compressSeries('tick', 'time', { after: '2 days', segmentBy: ['instrument_id'] }),
    ...createSeriesAggregate({
      view: 'tick_hour',
      table: 'tick',
      timeColumn: 'time',
      bucket: '1 hour',
      groupBy: ['instrument_id'],
      columns: {
        open: '(array_agg(price ORDER BY time))[1]',
        high: 'max(price)',
        low: 'min(price)',
        close: '(array_agg(price ORDER BY time DESC))[1]',
        ticks: 'count(*)',
      },
      refreshDays: 30,
      keepDays: 1826,
    }),
  ].join(';\n'),
};

export const seriesMigrations: readonly Migration[] = [...persistenceMigrations, series, upkeep];

/** A service with series in a database of its own, and another service beside it. */
export interface SeriesWorld {
  readonly database: TestDatabase;
  /** As the run-time role. */
  readonly store: Persistence;
  /** As the run-time role of the other service. */
  readonly other: Persistence;
  /** First days of a series' chunks, oldest first. */
  chunks(table: string): Promise<string[]>;
  /** Compresses what the policy would in time, on hypertables. @returns how many chunks are compressed now */
  compress(table: string): Promise<number>;
  /** Brings an aggregate up to date as its policy would, on hypertables. */
  refresh(view: string): Promise<void>;
  /** Full names of the tables that rows lie in. */
  chunkTables(table: string): Promise<string[]>;
  close(): Promise<void>;
}

export async function openSeriesWorld(kind: SeriesKind): Promise<SeriesWorld> {
  const timescale = kind === 'hypertables' ? 'required' : 'off';
  const database = await createTestDatabase({ services: ['utilization', 'limits'], timescale });
  const { ownerUrl, appUrl } = database.service('utilization');
  await migrate(ownerUrl, 'utilization', seriesMigrations, { timescale });
  const open = (url: string, schema: string): Promise<Persistence> => createPersistence({ url, schema, timescale });
  const store = await open(appUrl, 'utilization');
  const other = await open(database.service('limits').appUrl, 'limits');
  const owner = await open(ownerUrl, 'utilization');

  const chunkTables = async (table: string): Promise<string[]> =>
    (
      await owner.query<{ name: string }>(
        `SELECT relnamespace::regnamespace || '.' || relname AS name FROM pg_inherits JOIN pg_class ON oid = inhrelid
         WHERE inhparent = $1::regclass ORDER BY inhrelid`,
        [table],
      )
    ).map(({ name }) => name);
  return {
    database,
    store,
    other,
    chunkTables,
    chunks: async (table) => {
      if (kind === 'native partitions')
        return (await chunkTables(table)).map((name) => name.replace(/^.*_p(\d{4})(\d\d)(\d\d)$/, '$1-$2-$3')).sort();
      const found = await owner.query<{ day: string }>(
        `SELECT range_start::date AS day FROM timescaledb_information.chunks
         WHERE hypertable_schema = 'utilization' AND hypertable_name = $1 ORDER BY 1`,
        [table],
      );
      return found.map(({ day }) => day);
    },
    compress: async (table) => {
      if (kind === 'native partitions') return 0;
      await owner.query(`SELECT public.compress_chunk(c, true) FROM public.show_chunks($1::regclass) c`, [table]);
      const [row] = await owner.query<{ n: number }>(
        `SELECT count(*) AS n FROM timescaledb_information.chunks
         WHERE hypertable_schema = 'utilization' AND hypertable_name = $1 AND is_compressed`,
        [table],
      );
      return row?.n ?? 0;
    },
    refresh: async (view) => {
      if (kind === 'hypertables') await owner.query(`CALL public.refresh_continuous_aggregate('${view}', NULL, NULL)`);
    },
    close: async () => {
      await Promise.all([store.close(), other.close(), owner.close()]);
      await database.drop();
    },
  };
}
