import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataSource } from 'typeorm';
import { alertRaised, serviceStatus } from '@risk-budget/contracts';
import { createDriver, createUpstreamPublisher, Messaging, readEvents } from '@risk-budget/messaging';
import { Persistence } from '@risk-budget/persistence';
import { ConfigError, createService, migrateService } from '@risk-budget/service-kit';
import { startTestService, type TestServiceHandle } from '@risk-budget/service-kit/testing';
import { alert, sampleService } from '../sample/sample.service.js';
import { until } from '../../src/testing/until.js';
import { ready, takeAway } from './health.js';

describe('life of a service', () => {
  let handle: TestServiceHandle;

  afterEach(() => handle?.stop());

  it('runs on a schema that is one migration ahead, and turns unready on one that is behind', async () => {
    handle = await startTestService(sampleService);
    const { ownerUrl } = handle.database.service('sample');
    await migrateService(
      {
        ...sampleService,
        migrations: [
          ...sampleService.migrations,
          { name: 'sample-0002-ahead', up: 'ALTER TABLE note ADD COLUMN later text' },
        ],
      },
      ownerUrl,
      { timescale: 'off' },
    );
    expect(await ready(handle.service.managementUrl)).toMatchObject({
      status: 200,
      report: { checks: { schema: { state: 'ahead', unknown: ['sample-0002-ahead'] } } },
    });
    const owner = await new DataSource({
      type: 'postgres',
      url: ownerUrl,
      extra: { options: '-c search_path=sample' },
    }).initialize();
    await owner.query(`DELETE FROM schema_migration WHERE name = 'sample-0001-tables'`);
    await owner.destroy();
    expect(await ready(handle.service.managementUrl)).toMatchObject({
      status: 503,
      report: { checks: { schema: { ok: false, state: 'behind', missing: ['sample-0001-tables'] } } },
    });
  });

  it('answers 503 while the database is away, says so, and recovers by itself', async () => {
    handle = await startTestService(sampleService);
    const token = await handle.bearer({ subject: 'anna', roles: ['viewer'] });
    const list = (): Promise<Response> =>
      fetch(`${handle.service.url}/v1/notes`, { headers: { authorization: token } });
    expect((await list()).status).toBe(200);
    const bringBack = await takeAway(handle.database.adminUrl);
    try {
      await until(async () => (await list()).status === 503);
      const answer = await list();
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(await answer.json()).toMatchObject({ code: 'INFRASTRUCTURE_UNAVAILABLE' });
      await until(async () => (await ready(handle.service.managementUrl)).status === 503);
      expect((await fetch(`${handle.service.managementUrl}/health/live`)).status).toBe(200);
    } finally {
      await bringBack();
    }
    await until(async () => (await list()).status === 200);
    await until(async () => (await ready(handle.service.managementUrl)).status === 200, 20_000);
  });

  it('is unready while it is too far behind on a topic, says how far, and ready again when it has caught up', async () => {
    handle = await startTestService(sampleService, { config: { CONSUMER_LAG_LIMIT: 2 } });
    const { managementUrl } = handle.service;
    const messaging = handle.service.get(Messaging);
    const driver = createDriver(handle.messagingUrl);
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    let locked: () => void = () => undefined;
    const holding = new Promise<void>((resolve) => (locked = resolve));
    const lock = handle.service.get(Persistence).transaction(async (tx) => {
      await tx.query('LOCK TABLE seen IN EXCLUSIVE MODE');
      locked();
      await held;
    });
    await holding;
    const occurredAt = '2020-03-09T21:00:00.000Z';
    const events = ['A', 'B', 'C'].map((key) => ({ occurredAt, data: alert(key, occurredAt) }));
    await createUpstreamPublisher({ driver, source: 'test' }).publishMany(alertRaised, events);
    await driver.close();
    await messaging.measure();
    expect(await ready(managementUrl)).toMatchObject({
      status: 503,
      report: { checks: { lag: { ok: false, messages: { 'utilization.alerts': 3 }, limit: 2 } } },
    });
    release();
    await lock;
    await until(async () => {
      await messaging.measure();
      return (await ready(managementUrl)).status === 200;
    });
    expect((await ready(managementUrl)).report.checks['lag']).toEqual({ ok: true, messages: {}, limit: 2 });
  });

  it('finishes what is in flight, refuses what is new, publishes what was written, and then closes', async () => {
    handle = await startTestService(sampleService);
    const { service } = handle;
    const { url, managementUrl } = service;
    const token = await handle.bearer({ subject: 'anna', roles: ['riskManager'] });
    const persistence = service.get(Persistence);
    const create = (id: string): Promise<Response> =>
      fetch(`${url}/v1/notes`, {
        method: 'POST',
        headers: { authorization: token, 'content-type': 'application/json', 'idempotency-key': id },
        body: JSON.stringify({ id, portfolioId: 'P1', text: 'x' }),
      });
    // A lock on the chain's head keeps the request in flight until the test lets it go.
    await create('before');
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const locking = persistence.transaction(async (tx) => {
      await tx.query(`SELECT 1 FROM audit_head WHERE chain = 'P1' FOR UPDATE`);
      await held;
    });
    const slow = create('slow');
    await until(
      async () =>
        (
          await persistence.query(
            `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`,
          )
        ).length > 0,
    );
    const stopping = service.stop();
    await until(async () => (await ready(managementUrl)).report.checks['started']?.ok === false);
    const refused = await create('new');
    expect(refused.status).toBe(503);
    expect(await refused.json()).toMatchObject({ code: 'STOPPING' });
    release();
    await locking;
    expect((await slow).status).toBe(201);
    await stopping;
    await expect(fetch(`${managementUrl}/health/live`)).rejects.toThrow();
    await expect(fetch(url)).rejects.toThrow();
    const admin = await new DataSource({ type: 'postgres', url: handle.database.adminUrl }).initialize();
    expect(await admin.query('SELECT count(*)::int AS left FROM sample.outbox')).toEqual([{ left: 0 }]);
    expect(
      await admin.query(
        `SELECT count(*)::int AS open FROM pg_stat_activity WHERE usename IN ('sample_app', 'bus_app') AND datname = current_database()`,
      ),
    ).toEqual([{ open: 0 }]);
    await admin.destroy();
    await service.stop();
  });

  it('tells how it is by events', async () => {
    handle = await startTestService(sampleService);
    await handle.service.stop();
    const driver = createDriver(handle.messagingUrl);
    const statuses = [];
    for await (const event of readEvents(driver, serviceStatus)) statuses.push(event.data);
    await driver.close();
    expect(statuses.map(({ status }) => status)).toEqual(['started', 'ready', 'stopping']);
    expect(statuses[0]).toMatchObject({ service: 'sample', version: '1.2.3', instance: handle.service.instance });
  });

  it('shows metrics of its own registry, two instances in one process apart', async () => {
    handle = await startTestService(sampleService, { config: { RATE_LIMIT_PER_MINUTE: 'off' } });
    const second = await handle.another({ RATE_LIMIT_PER_MINUTE: 600 });
    await second.start();
    await fetch(`${handle.service.url}/v1/public/time`);
    const read = async (url: string): Promise<string> => (await fetch(`${url}/metrics`)).text();
    const [one, two] = [await read(handle.service.managementUrl), await read(second.managementUrl)];
    const counted = (text: string): boolean =>
      /http_request_duration_seconds_count\{.*route="\/v1\/public\/time",status="200"\} 1/.test(text);
    expect([counted(one), counted(two)]).toEqual([true, false]);
    for (const name of [
      'process_resident_memory_bytes',
      'event_loop_delay_p99_seconds',
      'database_connections',
      'outbox_oldest_seconds',
      'jobs_running',
      'timers_failing',
    ]) {
      expect([name, one.includes(`risk_budget_${name}`)]).toEqual([name, true]);
    }
    expect(/risk_budget_ready\{.*\} (\d)/.exec(one)?.[1]).toBe('1');
    const off = (text: string): string | undefined => /risk_budget_rate_limit_off\{.*\} (\d)/.exec(text)?.[1];
    expect([off(one), off(two)]).toEqual(['1', '0']);
  });

  it('refuses to be made of a bad configuration, with one message', async () => {
    await expect(createService(sampleService, { PORT: 'x', SAMPLE_MINUTES: '99' })).rejects.toThrow(ConfigError);
    // PORT and SAMPLE_MINUTES are wrong; DATABASE_URL, MESSAGING_URL, JWT_JWKS and JWT_ISSUER are missing.
    await expect(createService(sampleService, { PORT: 'x', SAMPLE_MINUTES: '99' })).rejects.toThrow(
      /6 variables are wrong/,
    );
  });

  it('refuses to be made when the file of the token keys is missing or holds none, and names the variable', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'token-keys-'));
    const file = join(folder, 'jwks.json');
    const create = (): Promise<unknown> =>
      createService(sampleService, {
        DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/none',
        MESSAGING_URL: 'embedded:postgresql://nobody@127.0.0.1:1/none',
        JWT_ISSUER: 'https://issuer.test',
        JWT_JWKS: file,
        LOG_LEVEL: 'silent',
      });
    try {
      await expect(create()).rejects.toMatchObject({
        code: 'CONFIG_INVALID',
        problems: [{ variable: 'JWT_JWKS', problem: 'names a file that cannot be read (ENOENT)' }],
      });
      await writeFile(file, '{"keys":{}}');
      await expect(create()).rejects.toThrow(/JWT_JWKS: names a file that holds no key set/);
      await writeFile(file, '{"keys":[]}');
      await expect(create()).resolves.toBeDefined();
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
