import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataSource } from 'typeorm';
import { alertRaised, serviceStatus } from '@risk-budget/contracts';
import { createDriver, createUpstreamPublisher, Messaging, provisionBus, readEvents } from '@risk-budget/messaging';
import { Persistence } from '@risk-budget/persistence';
import { createTestDatabase } from '@risk-budget/persistence/testing';
import { ConfigError, createService, migrateService, type Service } from '@risk-budget/service-kit';
import { startTestService, type TestServiceHandle } from '@risk-budget/service-kit/testing';
import { alert, sampleService } from '../sample/sample.service.js';
import { until } from '../../src/testing/until.js';

interface Report {
  status: string;
  checks: Record<string, { ok: boolean; detail?: string; [figure: string]: unknown }>;
}

async function ready(url: string): Promise<{ status: number; report: Report }> {
  const response = await fetch(`${url}/health/ready`);
  return { status: response.status, report: (await response.json()) as Report };
}

describe('life of a service', () => {
  let handle: TestServiceHandle;

  afterEach(() => handle?.stop());

  it('opens its management port first, waits unready for its schema, and starts when the migrations have run', async () => {
    handle = await startTestService(sampleService, { migrated: false });
    const started = handle.service.start();
    await until(() => reachable(() => handle.service.managementUrl));
    const url = handle.service.managementUrl;
    expect((await fetch(`${url}/health/live`)).status).toBe(200);
    await until(async () => (await ready(url)).report.checks['schema']?.ok === false);
    expect(await ready(url)).toMatchObject({
      status: 503,
      report: {
        status: 'unready',
        checks: { database: { ok: true }, schema: { state: 'behind' }, started: { ok: false } },
      },
    });
    await migrateService(sampleService, handle.database.service('sample').ownerUrl, { timescale: 'off' });
    await started;
    const { status, report } = await ready(url);
    expect(status).toBe(200);
    expect(Object.keys(report.checks).sort()).toEqual([
      'database',
      'lag',
      'messaging',
      'parkedKeys',
      'schema',
      'started',
    ]);
    expect(report.checks['schema']).toEqual({ ok: true, state: 'current' });
  });

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

  it('waits for a database that is away when it starts, says so, and starts by itself when it comes', async () => {
    handle = await startTestService(sampleService);
    await handle.service.stop();
    const service = await handle.another({ LOG_LEVEL: 'silent' });
    const bringBack = await takeAway(handle.database.adminUrl);
    try {
      const started = service.start();
      await until(() => reachable(() => service.managementUrl));
      await until(async () => /too many connections/.test(await detail(service.managementUrl, 'database')));
      expect(await ready(service.managementUrl)).toMatchObject({
        status: 503,
        report: { checks: { database: { ok: false }, started: { ok: false } } },
      });
      await bringBack();
      await started;
    } finally {
      await bringBack();
    }
    expect((await ready(service.managementUrl)).status).toBe(200);
  });

  it('waits for a broker that is away when it starts, says so, can be stopped meanwhile, and starts by itself when it comes', async () => {
    handle = await startTestService(sampleService);
    const log = await createTestDatabase();
    const { messagingUrl } = await provisionBus(log.adminUrl, { ownerPassword: 'test', appPassword: 'test' });
    const [service, abandoned] = [
      await handle.another({ MESSAGING_URL: messagingUrl, LOG_LEVEL: 'silent' }),
      await handle.another({ MESSAGING_URL: messagingUrl, LOG_LEVEL: 'silent' }),
    ];
    const bringBack = await takeAway(log.adminUrl);
    try {
      const given = expect(abandoned.start()).rejects.toThrow('stopped before it had started');
      const started = service.start();
      await until(() => reachable(() => service.managementUrl));
      await until(async () => /too many connections/.test(await detail(service.managementUrl, 'messaging')));
      expect(await (await fetch(`${service.managementUrl}/metrics`)).text()).toMatch(/risk_budget_ready\{.*\} 0/);
      expect(await ready(service.managementUrl)).toMatchObject({
        status: 503,
        report: { checks: { database: { ok: true }, messaging: { ok: false }, started: { ok: false } } },
      });
      const since = performance.now();
      await abandoned.stop();
      await given;
      expect(performance.now() - since).toBeLessThan(5_000);
      await bringBack();
      await started;
      await until(async () => (await ready(service.managementUrl)).status === 200, 20_000);
      const again = await takeAway(log.adminUrl);
      await until(async () => (await ready(service.managementUrl)).status === 503, 20_000).finally(again);
      await until(async () => (await ready(service.managementUrl)).status === 200, 20_000);
    } finally {
      await bringBack();
      await service.stop();
      await log.drop();
    }
  });

  it('with an empty schema refuses requests until it has caught up; with a known one answers though the broker is away', async () => {
    handle = await startTestService(sampleService, { migrated: false });
    await migrateService(sampleService, handle.database.service('sample').ownerUrl, { timescale: 'off' });
    const log = await createTestDatabase();
    const { messagingUrl } = await provisionBus(log.adminUrl, { ownerPassword: 'test', appPassword: 'test' });
    const start = async (): Promise<{ service: Service; started: Promise<void> }> => {
      const service = await handle.another({ MESSAGING_URL: messagingUrl, LOG_LEVEL: 'silent' });
      const started = service.start();
      await until(() => reachable(() => service.managementUrl));
      await until(async () => (await ready(service.managementUrl)).report.checks['messaging']?.ok === false);
      return { service, started };
    };
    const authorization = await handle.bearer({ subject: 'anna', roles: ['viewer'] });
    const list = ({ url }: Service): Promise<Response> => fetch(`${url}/v1/notes`, { headers: { authorization } });
    const bringBack = await takeAway(log.adminUrl);
    try {
      const empty = await start();
      const refusal = await list(empty.service);
      expect([refusal.status, refusal.headers.get('retry-after')]).toEqual([503, '1']);
      expect(await refusal.json()).toMatchObject({ code: 'STARTING' });
      await bringBack();
      await empty.started;
      expect((await list(empty.service)).status).toBe(200);
      await empty.service.stop();
      const again = await takeAway(log.adminUrl);
      const known = await start();
      await until(async () => (await list(known.service)).status === 200);
      await again();
      await known.started;
      await known.service.stop();
    } finally {
      await bringBack();
      await log.drop();
    }
  });

  it('can be stopped while it waits for a database that is not there', async () => {
    handle = await startTestService(sampleService, { migrated: false });
    const service = await handle.another({
      DATABASE_URL: 'postgresql://sample_app:x@127.0.0.1:9/none',
      LOG_LEVEL: 'silent',
    });
    const started = service.start();
    const outcome = expect(started).rejects.toThrow('stopped before it had started');
    await until(() => reachable(() => service.managementUrl));
    await until(
      async () => (await ready(service.managementUrl)).report.checks['database']?.detail !== 'not connected yet',
    );
    await service.stop();
    await outcome;
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

/** Why a check fails; empty when it does not. */
async function detail(url: string, check: string): Promise<string> {
  return (await ready(url)).report.checks[check]?.detail ?? '';
}

/** Ends every connection to a database and lets no role in but a superuser. @returns how to let them in again */
async function takeAway(databaseUrl: string): Promise<() => Promise<void>> {
  const server = new URL(databaseUrl);
  const name = server.pathname.slice(1);
  server.pathname = '/postgres';
  const ask = async (...statements: string[]): Promise<void> => {
    const admin = await new DataSource({ type: 'postgres', url: server.toString() }).initialize();
    for (const statement of statements) await admin.query(statement);
    await admin.destroy();
  };
  await ask(
    `ALTER DATABASE ${name} CONNECTION LIMIT 0`,
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`,
  );
  return () => ask(`ALTER DATABASE ${name} CONNECTION LIMIT -1`);
}

async function reachable(url: () => string): Promise<boolean> {
  try {
    return (await fetch(`${url()}/health/live`)).ok;
  } catch {
    return false;
  }
}
