import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { provisionBus } from '@risk-budget/messaging';
import { createPersistence, type Persistence } from '@risk-budget/persistence';
import { createTestDatabase, type TestDatabase } from '@risk-budget/persistence/testing';
import { createLocalIssuer, createService, migrateService, type Service } from '@risk-budget/service-kit';
import { definitions } from '../../src/definitions.js';
import { mintTokens } from '../../src/tokens.js';
import {
  digestOf,
  firstAnswers,
  firstSchemas,
  firstServices,
  restoreFirstVersion,
  tablesOf,
  type FirstService,
  type TableDigest,
} from './first-version.js';

describe('the data of the first version', () => {
  let database: TestDatabase;
  let admin: Persistence;
  let messagingUrl: string;
  let before: TableDigest[];
  const digests = (tables: readonly Pick<TableDigest, 'table' | 'columns'>[]): Promise<TableDigest[]> =>
    Promise.all(tables.map((table) => digestOf(admin, table)));

  beforeAll(async () => {
    database = await createTestDatabase({ services: firstSchemas, timescale: 'off' });
    await restoreFirstVersion(database.adminUrl);
    admin = await createPersistence({ url: database.adminUrl, schema: 'public', timescale: 'off', poolSize: 4 });
    before = await digests(await tablesOf(admin));
    for (const name of firstServices)
      await migrateService(definitions[name], database.service(name).ownerUrl, { timescale: 'off' });
    ({ messagingUrl } = await provisionBus(database.adminUrl, { ownerPassword: 'test', appPassword: 'test' }));
  }, 300_000);
  afterAll(async () => {
    await admin?.close();
    await database?.drop();
  });

  it('is all there after today’s migrations, row by row in the columns that it had', async () => {
    expect(before.filter(({ rows }) => rows > 0).length).toBeGreaterThan(60);
    expect(before.find(({ table }) => table === 'limits.breach')?.rows).toBe(1);
    expect(await digests(before)).toEqual(before);
  });

  it('is out of the run-time roles’ reach where it was', async () => {
    const limits = await createPersistence({
      url: database.service('limits').appUrl,
      schema: 'limits',
      timescale: 'off',
    });
    const refusal = { code: '42501' };
    await expect(limits.query('UPDATE audit_entry SET chain = chain')).rejects.toMatchObject(refusal);
    await expect(limits.query('SELECT 1 FROM utilization.snapshot')).rejects.toMatchObject(refusal);
    await limits.close();
  });

  describe('under today’s services', () => {
    const services = new Map<FirstService, Service>();
    let folder: string;
    let token: string;
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'risk-budget-upgrade-'));
      const issuer = await createLocalIssuer({ keyFile: join(folder, 'key.json') });
      token = (await mintTokens(issuer)).operator;
      for (const name of firstServices) {
        const config = {
          DATABASE_URL: database.service(name).appUrl,
          MESSAGING_URL: messagingUrl,
          ...{ PORT: 0, MANAGEMENT_PORT: 0, CLOCK: 'replay', TIMESCALE: 'off', LOG_LEVEL: 'error' },
          ...issuer.config,
        };
        const service = await createService(definitions[name] as never, config);
        services.set(name, service);
        await service.start();
      }
    }, 300_000);
    afterAll(async () => {
      await Promise.all([...services.values()].map((service) => service.stop()));
      await rm(folder, { recursive: true, force: true });
    });

    const get = async (service: FirstService, path: string): Promise<unknown> => {
      const url = `${services.get(service)?.url}${path}`;
      return (await fetch(url, { headers: { authorization: `Bearer ${token}` } })).json();
    };

    it.each(firstAnswers().map(({ service, path, answer }) => [service, path, answer] as const))(
      'has the same figures: %s %s',
      async (service, path, answer) => {
        expect(await get(service, path)).toMatchObject(answer);
      },
    );

    it('has its audit chains whole', async () => {
      const chains = await admin.query<{ service: FirstService; chain: string }>(
        `SELECT 'limits' AS service, chain FROM limits.audit_head UNION ALL SELECT 'allocation', chain FROM allocation.audit_head`,
      );
      expect(chains.length).toBeGreaterThanOrEqual(3);
      for (const { service, chain } of chains)
        expect(await get(service, `/v1/audit/${encodeURIComponent(chain)}/verification`)).toMatchObject({
          valid: true,
        });
    });

    it('parks nothing', async () => {
      for (const name of firstServices)
        expect(await admin.query(`SELECT topic, key FROM ${name}.parked_message`)).toEqual([]);
    });
  });
});
