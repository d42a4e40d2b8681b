import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPersistence } from '@risk-budget/persistence';
import { removeEmbeddedData, startEmbeddedPostgres, type EmbeddedPostgres } from '@risk-budget/persistence/embedded';
import { provisionDatabase, type Settings } from '../../src/index.js';

/** Roles belong to a whole server, so this has one of its own. */
describe('npm run db:provision', () => {
  let folder: string;
  let server: EmbeddedPostgres;
  let settings: Settings;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'risk-budget-provision-'));
    server = await startEmbeddedPostgres({ dataDir: join(folder, 'postgres') });
    const passwords = (name: string) => ({ ownerPassword: `${name}-owner-secret`, appPassword: `${name}-app-secret` });
    settings = {
      adminUrl: server.url,
      services: ['limits', 'stress'].map((name) => ({ name, ...passwords(name) })),
      bus: passwords('bus'),
      timescale: 'off',
      planOnly: false,
    };
  });

  afterAll(async () => {
    await server?.stop();
    await removeEmbeddedData(join(folder, 'postgres'));
    await rm(folder, { recursive: true, force: true });
  });

  async function run(change: Partial<Settings> = {}): Promise<string> {
    const lines: string[] = [];
    await provisionDatabase({ ...settings, ...change }, (line) => lines.push(line));
    return lines.join('\n');
  }

  function as(role: string, password: string): string {
    const url = new URL(server.url);
    url.username = role;
    url.password = password;
    return url.toString();
  }

  it('shows its plan and changes nothing, makes what it showed, and then finds nothing to do', async () => {
    const plan = await run({ planOnly: true });
    expect(plan).toMatch(/create role limits_app\n[^]*create schema limits\n[^]*create role bus_app/);
    expect(plan).toContain('Nothing was changed');
    const done = await run();
    const stepsOf = (text: string): string[] =>
      text.split('\n').filter((line) => /^ {2}[a-z]/.test(line) && !line.includes('URL='));
    // The first plan of a schema may hold steps that the one before it has carried out meanwhile.
    for (const step of stepsOf(done)) expect(stepsOf(plan)).toContain(step);
    expect(done).toMatch(/DATABASE_URL=postgresql:\/\/limits_app:…@127\.0\.0\.1:\d+\/postgres/);
    expect(done).not.toContain('secret');
    const again = await run();
    expect(again.match(/nothing to do/g)).toHaveLength(2);
  });

  it('gives each service its own schema and no other’s, and replaces a password that was changed', async () => {
    const limits = (password: string) =>
      createPersistence({ url: as('limits_app', password), schema: 'limits', timescale: 'off', poolSize: 2 });
    const before = await limits('limits-app-secret');
    await expect(before.query('CREATE TABLE stress.mine (id int)')).rejects.toThrow(
      /permission denied for schema stress/,
    );
    await before.close();
    const [first, ...others] = settings.services;
    const rotated = [
      { name: first?.name ?? '', ownerPassword: first?.ownerPassword ?? '', appPassword: 'another-secret' },
      ...others,
    ];
    expect(await run({ services: rotated })).toContain('set the password of role limits_app');
    await expect(limits('limits-app-secret')).rejects.toThrow(/password authentication failed/);
    await (await limits('another-secret')).close();
  });

  it('stops before it changes anything when TimescaleDB is required and not there', async () => {
    await expect(run({ timescale: 'required' })).rejects.toMatchObject({ code: 'PERSISTENCE.TIMESCALE_REQUIRED' });
    expect(await run({ timescale: 'auto' })).toContain('WARNING TIMESCALE=auto');
  });

  it('works for an administrator who is no superuser but may make roles', async () => {
    const admin = await createPersistence({ url: server.url, schema: 'public', timescale: 'off', poolSize: 2 });
    await admin.query(`CREATE ROLE landlord LOGIN CREATEROLE PASSWORD 'landlord-secret'`);
    await admin.query('CREATE DATABASE rented OWNER landlord');
    await admin.close();
    const url = new URL(as('landlord', 'landlord-secret'));
    url.pathname = '/rented';
    const services = [{ name: 'tenant', ownerPassword: 'tenant-owner-secret', appPassword: 'tenant-app-secret' }];
    expect(await run({ adminUrl: url.toString(), services, bus: undefined })).toContain('create schema tenant');
    expect(await run({ adminUrl: url.toString(), services, bus: undefined })).toContain('nothing to do');
    const rotated = services.map((service) => ({ ...service, appPassword: 'another-secret' }));
    expect(await run({ adminUrl: url.toString(), services: rotated, bus: undefined })).toContain(
      'set the password of role tenant_app',
    );
  });
});
