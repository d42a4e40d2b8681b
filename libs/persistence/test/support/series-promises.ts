import {
  asOfQuery,
  copyInto,
  ensureSeries,
  ensureSeriesOf,
  execute,
  insertMany,
  migrate,
  rows,
  schemaStatus,
  sqlState,
  upkeepSeries,
} from '@risk-budget/persistence';
import { openSeriesWorld, seriesMigrations, type SeriesKind, type SeriesWorld } from './series-world.js';

const barColumns = ['instrument_id', 'valid_time', 'revision', 'known_at', 'close'];
const asOfBar = asOfQuery({
  table: 'bar',
  key: ['instrument_id'],
  columns: ['close'],
  knownAtParameter: '$1',
  where: 'valid_time >= $2 AND valid_time <= $3',
});

/** What series keep, in whichever way they are kept. */
export function seriesPromises(kind: SeriesKind): void {
  let world: SeriesWorld;
  beforeAll(async () => {
    world = await openSeriesWorld(kind);
  });
  afterAll(() => world?.close());

  const asOf = async (knownAt: string, day: string): Promise<string[]> =>
    (await world.store.query<{ close: string }>(asOfBar, [knownAt, `${day}T00:00:00Z`, `${day}T23:59:59Z`])).map(
      ({ close }) => close,
    );
  const ticks = (instrument: string, prices: readonly (readonly [string, string])[]): Promise<number> =>
    world.store.transaction(async (tx) => {
      await ensureSeriesOf(
        tx,
        'tick',
        prices.map(([time]) => time),
      );
      return copyInto(
        tx,
        'tick',
        ['instrument_id', 'time', 'price'],
        prices.map(([time, price]) => [instrument, time, price]),
      );
    });
  const hours = (instrument: string) =>
    world.store.query<object>(
      'SELECT bucket, open, high, low, close, ticks FROM tick_hour WHERE instrument_id = $1 ORDER BY bucket',
      [instrument],
    );

  it('take rows of any past date, copied by the run-time role', async () => {
    const days = ['1990-01-02', '2019-12-31', '2020-01-02'];
    await world.store.transaction(async (tx) => {
      await ensureSeriesOf(tx, 'bar', days);
      const bars = days.map((day) => ['AAPL', `${day}T21:00:00Z`, 1, `${day}T21:00:00Z`, '1.5']);
      expect(await copyInto(tx, 'bar', barColumns, bars)).toBe(3);
    });
    expect(await world.store.query('SELECT count(*) AS n FROM bar')).toEqual([{ n: 3 }]);
    // Their borders differ (months from 1970, days from then), the length does not.
    expect((await world.chunks('bar')).length).toBeGreaterThanOrEqual(2);
  });

  it('take rows of several transactions that begin a chunk together', async () => {
    await Promise.all(
      Array.from({ length: 6 }, (_, index) =>
        world.store.transaction(async (tx) => {
          await ensureSeries(tx, 'snapshot', '2020-03-09', '2020-03-20');
          await execute(tx, `INSERT INTO snapshot (day, text) VALUES ('2020-03-1${index}', 'x')`);
        }),
      ),
    );
    expect(await world.store.query('SELECT count(*) AS n FROM snapshot')).toEqual([{ n: 6 }]);
  });

  it('take rows of a chunk whose first transaction was rolled back', async () => {
    const failing = world.store.transaction(async (tx) => {
      await ensureSeries(tx, 'snapshot', '2021-01-04');
      await execute(tx, `INSERT INTO snapshot (day) VALUES ('2021-01-04')`);
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    await world.store.transaction(async (tx) => {
      await ensureSeries(tx, 'snapshot', '2021-01-04');
      await execute(tx, `INSERT INTO snapshot (day) VALUES ('2021-01-04')`);
    });
    expect(await world.store.query(`SELECT count(*) AS n FROM snapshot WHERE day = '2021-01-04'`)).toEqual([{ n: 1 }]);
  });

  it('keep the natural key across chunks', async () => {
    const twice = world.store.transaction((tx) =>
      execute(tx, `INSERT INTO bar VALUES ('AAPL', '2020-01-02T21:00:00Z', 1, now(), 2)`),
    );
    expect(await twice.catch((error: unknown) => sqlState(error))).toBe('23505');
  });

  it('answer what was known at a moment, also of a correction that comes when its chunk is compressed', async () => {
    const compressed = await world.compress('bar');
    if (kind === 'hypertables') expect(compressed).toBeGreaterThanOrEqual(2);
    const correct = (revision: number, knownAt: string, close: string): Promise<unknown> =>
      world.store.transaction((tx) =>
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
          [{ instrument_id: 'AAPL', valid_time: '2020-01-02T21:00:00Z', revision, known_at: knownAt, close }],
          'DO NOTHING',
        ),
      );
    await correct(1, '2020-01-03T09:00:00Z', '9.9'); // known already
    await correct(2, '2020-01-05T09:00:00Z', '1.6');
    expect(await asOf('2020-01-01T00:00:00Z', '2020-01-02')).toEqual([]);
    expect(await asOf('2020-01-04T00:00:00Z', '2020-01-02')).toEqual(['1.5']);
    expect(await asOf('2020-01-05T09:00:00Z', '2020-01-02')).toEqual(['1.6']);
    await world.compress('bar');
    await correct(2, '2020-01-06T09:00:00Z', '9.9');
    await correct(3, '2020-01-06T09:00:00Z', '1.7');
    expect(await asOf('2020-01-04T00:00:00Z', '2020-01-02')).toEqual(['1.5']);
    expect(await asOf('2020-01-05T09:00:00Z', '2020-01-02')).toEqual(['1.6']);
    expect(await world.store.query(`SELECT close FROM bar_latest WHERE valid_time = '2020-01-02T21:00:00Z'`)).toEqual([
      { close: '1.7' },
    ]);
    expect(await world.store.query('SELECT count(*) AS n FROM bar')).toEqual([{ n: 5 }]);
  });

  it('are summed up by hours, also of ticks that come late into a compressed chunk', async () => {
    await ticks('AAPL', [
      ['2020-03-09T14:59:59.999999Z', '12.5'],
      ['2020-03-09T14:00:00Z', '10'],
      ['2020-03-09T14:10:00Z', '9.25'],
      ['2020-03-09T15:00:00Z', '11'],
    ]);
    const first = {
      bucket: '2020-03-09T14:00:00.000Z',
      open: '10',
      high: '12.5',
      low: '9.25',
      close: '12.5',
      ticks: 3,
    };
    const second = { bucket: '2020-03-09T15:00:00.000Z', open: '11', high: '11', low: '11', close: '11', ticks: 1 };
    expect(await hours('AAPL')).toEqual([first, second]);
    await world.refresh('tick_hour');
    expect(await hours('AAPL')).toEqual([first, second]);
    await world.compress('tick');
    await ticks('AAPL', [['2020-03-09T14:20:00Z', '13']]);
    await world.refresh('tick_hour');
    expect(await hours('AAPL')).toEqual([{ ...first, high: '13', ticks: 4 }, second]);
  });

  it('drop chunks that lie wholly before their retention, and nothing of what is kept for ever', async () => {
    await ticks('OLD', [
      ['2020-03-09T20:00:00Z', '1'],
      ['2020-03-10T00:00:00Z', '2'],
      ['2020-06-08T12:00:00Z', '3'],
    ]);
    const before = await world.store.query('SELECT count(*) AS n FROM bar');
    const snapshots = await world.store.query('SELECT count(*) AS n FROM snapshot');
    // 90 days before it is noon of 10 March, of which a half is too old.
    expect(await upkeepSeries(world.store, '2020-06-08T12:00:00.000Z')).toBe(1);
    expect(await world.store.query(`SELECT price FROM tick WHERE instrument_id = 'OLD' ORDER BY time`)).toEqual([
      { price: '2' },
      { price: '3' },
    ]);
    expect(await world.store.query('SELECT count(*) AS n FROM bar')).toEqual(before);
    expect(await world.store.query('SELECT count(*) AS n FROM snapshot')).toEqual(snapshots);
    expect(await upkeepSeries(world.store, '2020-06-08T12:00:00.000Z')).toBe(0);
    await ticks('OLD', [['2020-03-09T20:00:00Z', '1']]); // may come again
  });

  it('copy any text unchanged, and nothing of a copy that fails', async () => {
    const texts = ['a\tb', 'line\nbreak', 'back\\slash', '\\N', 'ü€', ''];
    await world.store.transaction(async (tx) => {
      await ensureSeries(tx, 'snapshot', '2022-01-03');
      const given = [...texts, null].map((text) => ['2022-01-03', text]);
      expect(await copyInto(tx, 'snapshot', ['day', 'text'], given)).toBe(7);
    });
    const kept = await world.store.query<{ text: string | null }>(
      `SELECT text FROM snapshot WHERE day = '2022-01-03' ORDER BY id`,
    );
    expect(kept.map((row) => row.text)).toEqual([...texts, null]);
    const bad = [
      ['2022-01-04', 'x'],
      ['no day', 'y'],
    ];
    const failing = world.store.transaction((tx) => copyInto(tx, 'snapshot', ['day', 'text'], bad));
    await expect(failing).rejects.toThrow();
    expect(await world.store.query(`SELECT 1 FROM snapshot WHERE day = '2022-01-04'`)).toEqual([]);
    expect(await world.store.transaction((tx) => rows(tx, 'SELECT 1 AS one'))).toEqual([{ one: 1 }]);
  });

  it('are the service’s own: the run-time role reads no other schema, alters no table, touches no audit row', async () => {
    const refused = (store: SeriesWorld['store'], sql: string): Promise<unknown> =>
      store.query(sql).then(
        () => 'done',
        (error: unknown) => sqlState(error),
      );
    expect(await refused(world.store, 'INSERT INTO audit_entry VALUES (1)')).toBe('done');
    const [chunk] = await world.chunkTables('bar');
    const statements = [
      'ALTER TABLE bar ADD COLUMN more text',
      'CREATE TABLE own (id integer)',
      'DROP TABLE bar',
      `DROP TABLE ${chunk}`,
      'TRUNCATE bar',
      'UPDATE audit_entry SET entry = 2',
      'DELETE FROM audit_entry',
      `UPDATE series_table SET keep_days = 1`,
      `SELECT series_drop_before('bar', '2030-01-01')`,
      ...(kind === 'hypertables'
        ? [
            `SELECT public.drop_chunks('bar', older_than => '2030-01-01'::timestamptz)`,
            `SELECT public.compress_chunk('${chunk}')`,
          ]
        : []),
    ];
    for (const statement of statements)
      expect([statement, await refused(world.store, statement)]).toEqual([statement, '42501']);
    for (const name of ['utilization.bar', 'utilization.bar_latest', 'utilization.tick_hour', `${chunk}`])
      expect([name, await refused(world.other, `SELECT * FROM ${name}`)]).toEqual([name, '42501']);
    expect(await world.store.query('SELECT entry FROM audit_entry')).toEqual([{ entry: 1 }]);
    await expect(world.store.query(`SELECT series_ensure('schema_migration', now(), now())`)).rejects.toThrow(
      'no series table',
    );
  });

  it('are what their migrations say, which find nothing to do when they run again', async () => {
    const timescale = kind === 'hypertables' ? 'required' : 'off';
    const { ownerUrl } = world.database.service('utilization');
    expect((await migrate(ownerUrl, 'utilization', seriesMigrations, { timescale })).applied).toEqual([]);
    expect((await schemaStatus(world.store, seriesMigrations)).state).toBe('current');
  });
}
