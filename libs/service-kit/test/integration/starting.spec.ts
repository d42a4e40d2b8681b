import { provisionBus } from '@risk-budget/messaging';
import { createTestDatabase } from '@risk-budget/persistence/testing';
import { migrateService, type Service } from '@risk-budget/service-kit';
import { startTestService, type TestServiceHandle } from '@risk-budget/service-kit/testing';
import { until } from '../../src/testing/until.js';
import { sampleService } from '../sample/sample.service.js';
import { detail, reachable, ready, takeAway } from './health.js';

describe('a service that starts', () => {
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
});
