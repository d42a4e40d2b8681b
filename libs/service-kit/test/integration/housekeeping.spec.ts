import { randomUUID } from 'node:crypto';
import {
  createPersistence,
  createSeriesTable,
  keepSeries,
  persistenceMigrations,
  type Migration,
  type Persistence,
} from '@risk-budget/persistence';
import { createTestDatabase, type TestDatabase } from '@risk-budget/persistence/testing';
import { beforeTime } from '../../src/clock/business-clock.js';
import { IdempotencyStore } from '../../src/http/idempotency.store.js';
import { Logger } from '../../src/logging/logger.js';
import { serviceKitMigrations } from '../../src/migrations.js';
import { Housekeeping } from '../../src/service/housekeeping.js';

const ticks: Migration = {
  name: 'ticks',
  up: (context) => [
    ...createSeriesTable(context, {
      table: 'tick',
      columns: { time: 'timestamptz NOT NULL', price: 'numeric NOT NULL' },
      timeColumn: 'time',
      chunk: '1 day',
    }),
    keepSeries('tick', 90),
  ],
};

describe('housekeeping, by the run-time role', () => {
  let database: TestDatabase;
  let persistence: Persistence;
  let now: string;
  let housekeeping: Housekeeping;

  beforeAll(async () => {
    const migrations = { sample: [...persistenceMigrations, ...serviceKitMigrations, ticks] };
    database = await createTestDatabase({ migrations, timescale: 'off' });
    persistence = await createPersistence({
      url: database.service('sample').appUrl,
      schema: 'sample',
      timescale: 'off',
    });
    const logger = Logger.create({ level: 'silent', service: 'sample', instance: 'one' });
    housekeeping = new Housekeeping(persistence, new IdempotencyStore(persistence), { now: () => now }, logger);
  });
  afterAll(async () => {
    await persistence?.close();
    await database?.drop();
  });

  const partitions = async (): Promise<string[]> =>
    (
      await persistence.query<{ name: string }>(
        `SELECT relid::text AS name FROM pg_partition_tree('tick') WHERE isleaf AND parentrelid IS NOT NULL ORDER BY 1`,
      )
    ).map(({ name }) => name.replace(/\D/g, ''));

  it('makes no partition before a replay has begun, and none that is older than its series is kept', async () => {
    now = beforeTime.time;
    await housekeeping.tidy();
    expect(await partitions()).toEqual([]);
    now = '2020-01-30T12:00:00.000Z';
    await housekeeping.tidy();
    expect(await partitions()).toEqual(['20200130', '20200131', '20200201']);
    // 90 days after the 31st has ended, to the day.
    now = '2020-05-01T00:00:00.000Z';
    await housekeeping.tidy();
    expect(await partitions()).toEqual(['20200201', '20200501', '20200502', '20200503']);
  });

  it('forgets timers, jobs and idempotency keys that ended long ago, and none that is young or under way', async () => {
    const timer = (state: string, daysAgo: number) =>
      persistence.query(
        `INSERT INTO timer (id, kind, key, due_at, payload, state, finished_at, correlation_id)
         VALUES ($1, 'note', $2, clock_timestamp() - interval '200 days', '{}', $3,
                 CASE WHEN $3 = 'pending' THEN NULL ELSE clock_timestamp() - $4 * interval '1 day' END, 'c')`,
        [randomUUID(), `${state}-${daysAgo}`, state, daysAgo],
      );
    const job = (state: string, daysAgo: number) =>
      persistence.query(
        `INSERT INTO job (id, kind, state, owner, input, input_hash, seed, correlation_id, finished_at)
         VALUES ($1, $2, $3, '{}', '{}', 'h', 1, 'c',
                 CASE WHEN $3 = 'queued' THEN NULL ELSE clock_timestamp() - $4 * interval '1 day' END)`,
        [randomUUID(), `${state}-${daysAgo}`, state, daysAgo],
      );
    const key = (daysAgo: number) =>
      persistence.query(
        `INSERT INTO idempotency_key (issuer, subject, route, key, body_hash, attempt, locked_until, created_at)
         VALUES ('i', 's', 'r', $1::int::text, 'h', $2, clock_timestamp(), clock_timestamp() - $1::int * interval '1 day')`,
        [daysAgo, randomUUID()],
      );
    for (const state of ['pending', 'fired', 'cancelled']) await Promise.all([timer(state, 91), timer(state, 89)]);
    for (const state of ['queued', 'succeeded', 'failed']) await Promise.all([job(state, 91), job(state, 89)]);
    await Promise.all([key(400), key(0)]);
    await housekeeping.tidy();
    const left = async (sql: string) => (await persistence.query<{ name: string }>(sql)).map(({ name }) => name);
    expect(await left('SELECT key AS name FROM timer ORDER BY 1')).toEqual([
      ...['cancelled-89', 'fired-89', 'pending-89', 'pending-91'],
    ]);
    expect(await left('SELECT kind AS name FROM job ORDER BY 1')).toEqual([
      ...['failed-89', 'queued-89', 'queued-91', 'succeeded-89'],
    ]);
    expect(await left('SELECT key AS name FROM idempotency_key')).toEqual(['0']);
  });
});
