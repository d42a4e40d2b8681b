import { randomBytes } from 'node:crypto';
import { withClient } from '../client.js';
import { migrate, type Migration } from '../migrate.js';
import { provision } from '../provision.js';
import { identifier } from '../sql.js';
import { acquireTestServer } from './test-server.js';

export interface TestDatabaseOptions {
  /** Schemas to provision, each with its owner and run-time role, e.g. `['limits', 'bus']`. */
  services?: readonly string[];
  /** Migrations to run per schema. */
  migrations?: Readonly<Record<string, readonly Migration[]>>;
  /** Default {@link testTimescale}. */
  timescale?: TestTimescale;
}

export type TestTimescale = 'required' | 'off';

/**
 * What tests run on: TEST_TIMESCALE=required puts their series in hypertables, and needs TEST_POSTGRES_URL to name a server with
 * the extension; otherwise on native partitions, whatever the server has.
 */
export function testTimescale(): TestTimescale {
  return process.env['TEST_TIMESCALE'] === 'required' ? 'required' : 'off';
}

export interface TestService {
  ownerUrl: string;
  appUrl: string;
}

export interface TestDatabase {
  name: string;
  /** Superuser, on this database. */
  adminUrl: string;
  /** URLs of a provisioned schema. @throws TypeError for one that was not asked for */
  service(name: string): TestService;
  /** Drops the database, and ends the server if it was started for it. Idempotent. */
  drop(): Promise<void>;
}

/** The same on every database of a test server, because roles belong to the server. */
const TEST_PASSWORD = 'test';

/**
 * A fresh, empty database with a unique name, on the server of TEST_POSTGRES_URL (a superuser's URL) or else on an
 * embedded one that is started in a temporary folder and stopped with its last database.
 */
export async function createTestDatabase(options: TestDatabaseOptions = {}): Promise<TestDatabase> {
  const timescale = options.timescale ?? testTimescale();
  const server = await acquireTestServer();
  const name = `rb_test_${Date.now().toString(36)}_${randomBytes(4).toString('hex')}`;
  await withClient(server.url, (client) => client.query(`CREATE DATABASE ${identifier(name)} TEMPLATE template0`));
  const adminUrl = withUrl(server.url, { database: name });
  const services = new Map<string, TestService>();
  const wanted = new Set([...(options.services ?? []), ...Object.keys(options.migrations ?? {})]);
  await provision(
    adminUrl,
    [...wanted].map((service) => ({ name: service, ownerPassword: TEST_PASSWORD, appPassword: TEST_PASSWORD })),
    { apply: true, timescale },
  );
  for (const service of wanted) {
    const ownerUrl = withUrl(adminUrl, { user: `${service}_owner`, password: TEST_PASSWORD });
    services.set(service, { ownerUrl, appUrl: withUrl(adminUrl, { user: `${service}_app`, password: TEST_PASSWORD }) });
    const migrations = options.migrations?.[service];
    if (migrations !== undefined) await migrate(ownerUrl, service, migrations, { timescale });
  }
  let dropped = false;
  return {
    name,
    adminUrl,
    service: (service) => {
      const urls = services.get(service);
      if (urls === undefined) throw new TypeError(`createTestDatabase was not asked for the schema ${service}`);
      return urls;
    },
    drop: async () => {
      if (dropped) return;
      dropped = true;
      await withClient(server.url, (client) =>
        client.query(`DROP DATABASE IF EXISTS ${identifier(name)} WITH (FORCE)`),
      );
      await server.release();
    },
  };
}

function withUrl(url: string, change: { database?: string; user?: string; password?: string }): string {
  const result = new URL(url);
  if (change.database !== undefined) result.pathname = `/${change.database}`;
  if (change.user !== undefined) result.username = change.user;
  if (change.password !== undefined) result.password = change.password;
  return result.toString();
}
