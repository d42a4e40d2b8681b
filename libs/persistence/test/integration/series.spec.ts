import {
  asOfQuery,
  copyInto,
  createPersistence,
  createSeriesTable,
  dropSeriesBefore,
  ensureSeries,
  ensureSeriesOf,
  execute,
  insertMany,
  latestView,
  persistenceMigrations,
  rows,
  sqlState,
  type Migration,
  type Persistence,
} from '@risk-budget/persistence';
import { createTestDatabase, type TestDatabase } from '@risk-budget/persistence/testing';

const bars: Migration = {
  name: '0001-bars',
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
    }),
    ...createSeriesTable(context, {
      table: 'snapshot',
      columns: { id: 'bigint GENERATED ALWAYS AS IDENTITY', day: 'date NOT NULL', text: 'text' },
      timeColumn: 'day',
      chunk: '7 days',
    }),
    latestView({ table: 'bar', key: ['instrument_id'] }),
  ],
};

describe('series tables', () => {
  let database: TestDatabase;
  let store: Persistence;

  beforeAll(async () => {
    database = await createTestDatabase({ migrations: { utilization: [...persistenceMigrations, bars] } });
    store = await createPersistence({
      url: database.service('utilization').appUrl,
      schema: 'utilization',
      timescale: 'off',
    });
  });
  afterAll(async () => {
    await store?.close();
    await database?.drop();
  });

  const partitions = async (table: string): Promise<string[]> =>
    (
      await store.query<{ name: string }>(
        `SELECT c.relname AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = $1::regclass ORDER BY 1`,
        [table],
      )
    ).map((row) => row.name);

  it('takes rows of any past date, in partitions made on demand by the run-time role', async () => {
    await store.transaction(async (tx) => {
      const days = ['1990-01-02', '2019-12-31', '2020-01-02'];
      await ensureSeriesOf(tx, 'bar', days);
      await copyInto(
        tx,
        'bar',
        ['instrument_id', 'valid_time', 'revision', 'known_at', 'close'],
        days.map((day) => ['AAPL', `${day}T21:00:00Z`, 1, `${day}T21:00:00Z`, '1.5']),
      );
    });
    expect(await store.query('SELECT count(*) AS n FROM bar')).toEqual([{ n: 3 }]);
    expect(await partitions('bar')).toContain('bar_p19900101');
    expect(await partitions('bar')).toContain('bar_p20200101');
  });

  it('makes each partition once when several transactions want it together', async () => {
    await Promise.all(
      Array.from({ length: 6 }, (_, index) =>
        store.transaction(async (tx) => {
          await ensureSeries(tx, 'snapshot', '2020-03-09', '2020-03-20');
          await execute(tx, `INSERT INTO snapshot (day, text) VALUES ('2020-03-1${index}', 'x')`);
        }),
      ),
    );
    expect(await partitions('snapshot')).toEqual(['snapshot_p20200309', 'snapshot_p20200316']);
    expect(await store.query('SELECT count(*) AS n FROM snapshot')).toEqual([{ n: 6 }]);
  });

  it('asks again for a partition whose transaction was rolled back', async () => {
    const failing = store.transaction(async (tx) => {
      await ensureSeries(tx, 'snapshot', '2021-01-04');
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    await store.transaction(async (tx) => {
      await ensureSeries(tx, 'snapshot', '2021-01-04');
      await execute(tx, `INSERT INTO snapshot (day) VALUES ('2021-01-04')`);
    });
  });

  it('drops only partitions that lie wholly before the moment', async () => {
    expect(await dropSeriesBefore(store, 'snapshot', '2020-03-17T00:00:00Z')).toBe(1);
    expect(await partitions('snapshot')).toEqual(['snapshot_p20200316', 'snapshot_p20210104']);
  });

  it('keeps the natural key across partitions, and the register from the run-time role', async () => {
    const twice = store.transaction((tx) =>
      execute(tx, `INSERT INTO bar VALUES ('AAPL', '2020-01-02T21:00:00Z', 1, now(), 2)`),
    );
    expect(await twice.catch((error: unknown) => sqlState(error))).toBe('23505');
    const cheat = store.query(`UPDATE series_table SET kind = 'hypertable'`);
    expect(await cheat.catch((error: unknown) => sqlState(error))).toBe('42501');
    await expect(store.query(`SELECT series_ensure('schema_migration', now(), now())`)).rejects.toThrow(
      'no series table',
    );
  });

  it('answers what was known at a moment, before and after a correction', async () => {
    await store.transaction((tx) =>
      insertMany(
        tx,
        'bar',
        {
          instrument_id: 'text',
          valid_time: 'timestamptz',
          revision: 'integer',
          known_at: 'timestamptz',
          close: 'numeric',
        },
        [
          {
            instrument_id: 'AAPL',
            valid_time: '2020-01-02T21:00:00Z',
            revision: 2,
            known_at: '2020-01-05T09:00:00Z',
            close: '1.6',
          },
        ],
        'DO NOTHING',
      ),
    );
    const sql = asOfQuery({
      table: 'bar',
      key: ['instrument_id'],
      columns: ['close'],
      knownAtParameter: '$1',
      where: 'valid_time >= $2',
    });
    const asOf = (knownAt: string) => store.query<{ close: string }>(sql, [knownAt, '2020-01-01']);
    expect(await asOf('2020-01-01T00:00:00Z')).toEqual([]);
    expect(await asOf('2020-01-04T00:00:00Z')).toEqual([{ close: '1.5' }]);
    expect(await asOf('2020-01-05T09:00:00Z')).toEqual([{ close: '1.6' }]);
    expect(await store.query(`SELECT close FROM bar_latest WHERE valid_time >= '2020-01-01'`)).toEqual([
      { close: '1.6' },
    ]);
  });

  it('copies any text unchanged, and nothing of a copy that fails', async () => {
    const texts = ['a\tb', 'line\nbreak', 'back\\slash', '\\N', 'ü€', ''];
    await store.transaction(async (tx) => {
      await ensureSeries(tx, 'snapshot', '2022-01-03');
      expect(
        await copyInto(
          tx,
          'snapshot',
          ['day', 'text'],
          [...texts, null].map((text) => ['2022-01-03', text]),
        ),
      ).toBe(7);
    });
    const kept = await store.query<{ text: string | null }>(
      `SELECT text FROM snapshot WHERE day = '2022-01-03' ORDER BY id`,
    );
    expect(kept.map((row) => row.text)).toEqual([...texts, null]);
    const failing = store.transaction((tx) =>
      copyInto(
        tx,
        'snapshot',
        ['day', 'text'],
        [
          ['2022-01-04', 'x'],
          ['no day', 'y'],
        ],
      ),
    );
    await expect(failing).rejects.toThrow();
    expect(await store.query(`SELECT 1 FROM snapshot WHERE day = '2022-01-04'`)).toEqual([]);
    expect(await store.transaction((tx) => rows(tx, 'SELECT 1 AS one'))).toEqual([{ one: 1 }]);
  });
});
