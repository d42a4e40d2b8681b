import { createPersistence, migrate, persistenceMigrations, provision } from '@risk-budget/persistence';
import { createTestDatabase, testTimescale } from '@risk-budget/persistence/testing';
import { seriesPromises } from '../support/series-promises.js';
import { openSeriesWorld, seriesMigrations, type SeriesWorld } from '../support/series-world.js';

const real = testTimescale() === 'required';
if (!real) {
  process.stderr.write(
    'SKIPPED: hypertables of the real TimescaleDB. To run them: TEST_TIMESCALE=required and TEST_POSTGRES_URL of a server that has it.\n',
  );
}

describe('TIMESCALE=required on a database without the extension', () => {
  it('stops provisioning, migrations and the service, and says what to do', async () => {
    const database = await createTestDatabase({ services: ['limits'], timescale: 'off' });
    const { ownerUrl, appUrl } = database.service('limits');
    const wanted = {
      code: 'PERSISTENCE.TIMESCALE_REQUIRED',
      detail: expect.stringContaining('TIMESCALE=auto') as string,
    };
    try {
      await expect(migrate(ownerUrl, 'limits', persistenceMigrations, { timescale: 'required' })).rejects.toMatchObject(
        wanted,
      );
      await expect(createPersistence({ url: appUrl, schema: 'limits', timescale: 'required' })).rejects.toMatchObject(
        wanted,
      );
      const printed: string[] = [];
      const print = (line: string): void => void printed.push(line);
      const plan = provision(database.adminUrl, [], { apply: false, timescale: 'required', print });
      if (real)
        expect((await plan).steps.map(({ description }) => description)).toContain('create extension timescaledb');
      else await expect(plan).rejects.toMatchObject(wanted);
      expect(await tablesOf(ownerUrl)).toEqual([]);
    } finally {
      await database.drop();
    }
  });
});

(real ? describe : describe.skip)('series in hypertables of the real TimescaleDB', () => {
  seriesPromises('hypertables');

  describe('with what only it has', () => {
    let world: SeriesWorld;
    beforeAll(async () => {
      world = await openSeriesWorld('hypertables');
    });
    afterAll(() => world?.close());

    it('have their policies: compression by what readers ask by, and hours brought up to date', async () => {
      const owner = await createPersistence({
        url: world.database.service('utilization').ownerUrl,
        schema: 'utilization',
      });
      const jobs = await owner.query(
        `SELECT proc_name, hypertable_name, config - ARRAY['mat_hypertable_id', 'hypertable_id'] AS config
         FROM timescaledb_information.jobs WHERE hypertable_schema IS NOT NULL ORDER BY proc_name, hypertable_name`,
      );
      const segments = await owner.query(
        `SELECT hypertable::text, segmentby, orderby FROM timescaledb_information.hypertable_compression_settings
         WHERE segmentby IS NOT NULL ORDER BY 1`,
      );
      await owner.close();
      expect(segments).toEqual([
        { hypertable: 'bar', segmentby: 'instrument_id', orderby: 'valid_time DESC' },
        { hypertable: 'tick', segmentby: 'instrument_id', orderby: '"time" DESC' },
      ]);
      expect(jobs).toEqual([
        { proc_name: 'policy_compression', hypertable_name: 'bar', config: { compress_after: '1 year' } },
        { proc_name: 'policy_compression', hypertable_name: 'tick', config: { compress_after: '2 days' } },
        expect.objectContaining({
          proc_name: 'policy_refresh_continuous_aggregate',
          config: expect.objectContaining({ start_offset: '30 days', end_offset: '01:00:00' }) as object,
        }),
      ]);
    });

    it('have policies that work with the rights of the owner', async () => {
      const owner = await createPersistence({
        url: world.database.service('utilization').ownerUrl,
        schema: 'utilization',
      });
      try {
        await world.store.query(`INSERT INTO tick VALUES ('NOW', now() - interval '5 days', 10)`);
        const jobs = await owner.query<{ id: number }>(
          'SELECT job_id AS id FROM timescaledb_information.jobs WHERE hypertable_schema IS NOT NULL',
        );
        for (const { id } of jobs) await owner.query(`CALL public.run_job(${id})`);
        const [stored] = await owner.query<{ chunks: number }>(
          `SELECT count(*) AS chunks FROM timescaledb_information.chunks WHERE hypertable_name = 'tick' AND is_compressed`,
        );
        expect(stored).toEqual({ chunks: 1 });
        const [name] = await owner.query<{ name: string }>(
          `SELECT materialization_hypertable_schema || '.' || materialization_hypertable_name AS name
           FROM timescaledb_information.continuous_aggregates`,
        );
        expect(await owner.query(`SELECT close FROM ${name?.name} WHERE instrument_id = 'NOW'`)).toEqual([
          { close: '10' },
        ]);
      } finally {
        await owner.close();
      }
    });

    it('keep hours of ticks that are gone', async () => {
      await world.store.query(
        `INSERT INTO tick VALUES ('AAPL', '2020-03-09T14:00:00Z', 10), ('AAPL', '2020-06-08T14:00:00Z', 11)`,
      );
      await world.refresh('tick_hour');
      await world.store.query(`SELECT series_ahead('2020-06-08'), series_retain('2020-06-09')`);
      expect(await world.store.query(`SELECT price FROM tick WHERE instrument_id = 'AAPL'`)).toEqual([{ price: '11' }]);
      expect(
        await world.store.query(`SELECT close FROM tick_hour WHERE instrument_id = 'AAPL' ORDER BY bucket`),
      ).toEqual([{ close: '10' }, { close: '11' }]);
    });

    it('are given what a later version adds also where they are in partitions, for the extension came later', async () => {
      const { database } = world;
      await provision(database.adminUrl, [{ name: 'early', ownerPassword: 'test', appPassword: 'test' }], {
        apply: true,
        timescale: 'off',
      });
      const ownerUrl = database.adminUrl.replace(/\/\/[^@]*@/, '//early_owner:test@');
      const [extension, first, later] = [persistenceMigrations, seriesMigrations.slice(0, -1), seriesMigrations];
      await migrate(ownerUrl, 'early', extension, { timescale: 'off' });
      await migrate(ownerUrl, 'early', first, { timescale: 'off' });
      expect((await migrate(ownerUrl, 'early', later, { timescale: 'required' })).applied).toEqual(['0002-upkeep']);
    });
  });
});

async function tablesOf(ownerUrl: string): Promise<string[]> {
  const owner = await createPersistence({ url: ownerUrl, schema: 'limits', timescale: 'off' });
  const found = await owner.query<{ name: string }>(
    `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'limits'`,
  );
  await owner.close();
  return found.map(({ name }) => name);
}
