import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BrokerAccess, BrokerAccessVariables } from '@risk-budget/messaging';
import { provision } from '@risk-budget/persistence';
import { removeEmbeddedData, startEmbeddedPostgres, type EmbeddedPostgres } from '@risk-budget/persistence/embedded';
import { createLocalIssuer, type ConfigInput, type TokenIssuer } from '@risk-budget/service-kit';
import type { Bus, StartBus } from './bus/bus.js';
import { startEmbeddedBus } from './bus/embedded-bus.js';
import { serviceNames, type Layout, type ServiceName } from './layout.js';

/** A database, a broker and an issuer of tokens on this machine, made ready for the services. */
export interface Deployment {
  readonly layout: Layout;
  readonly issuer: TokenIssuer;
  readonly messagingUrl: string;
  /** What goes with that URL for the systems around the services: the replay, the desk, the verifier. */
  readonly messagingSecrets: BrokerAccess;
  /** Configuration of a service, or of one of its instances from 1, by the names of the environment; `migrate` reads it as well. */
  configOf(service: ServiceName, instance?: number): ConfigInput & { readonly DATABASE_OWNER_URL: string };
  /** Kills the database as a crash does, and starts it again. */
  crashDatabase(): Promise<void>;
  /** The same of a broker that is a process of its own; undefined where the log dies with the database. */
  readonly crashBroker: (() => Promise<void>) | undefined;
  stop(): Promise<void>;
}

/** Settings of the embedded server: small, durable, enough connections for every service twice. */
const serverSettings = { max_connections: '200', shared_buffers: '64MB', jit: 'off', max_wal_size: '1GB' };

/**
 * Removes database, keys and notes of earlier runs.
 *
 * @throws `PERSISTENCE.DATA_IN_USE` when another process runs on the folder
 */
export async function removeData(layout: Layout): Promise<void> {
  await removeEmbeddedData(layout.databaseDir);
  await rm(layout.dataDir, { recursive: true, force: true });
}

/**
 * Starts the embedded database and the broker, makes roles and schemas, and the key pair that signs this deployment's tokens.
 * Run again on the same folder it finds everything as it was left.
 *
 * @throws `PERSISTENCE.DATA_IN_USE` when another process runs on the folder
 */
export async function deploy(
  layout: Layout,
  startBus: StartBus = startEmbeddedBus,
  say: (line: string) => void = () => undefined,
): Promise<Deployment> {
  await mkdir(layout.dataDir, { recursive: true });
  const postgres = await startEmbeddedPostgres({ dataDir: layout.databaseDir, settings: serverSettings });
  try {
    return await prepare(layout, postgres, startBus, say);
  } catch (error) {
    await postgres.stop();
    throw error;
  }
}

async function prepare(
  layout: Layout,
  postgres: EmbeddedPostgres,
  startBus: StartBus,
  say: (line: string) => void,
): Promise<Deployment> {
  const secret = await secrets(layout);
  const roles = serviceNames.map((name) => ({
    name,
    ownerPassword: secret(`${name}_owner`),
    appPassword: secret(`${name}_app`),
  }));
  await provision(postgres.url, roles, { apply: true, timescale: 'off' });
  const bus = await startBus({ layout, databaseUrl: postgres.url, secret, say });
  try {
    await secret.save();
    return await describe(layout, postgres, bus, secret);
  } catch (error) {
    await bus.stop();
    throw error;
  }
}

async function describe(layout: Layout, postgres: EmbeddedPostgres, bus: Bus, secret: Secrets): Promise<Deployment> {
  const issuer = await createLocalIssuer({ keyFile: layout.keyFile });
  const url = (role: string): string => {
    const as = new URL(postgres.url);
    as.username = role;
    as.password = secret(role);
    return as.toString();
  };
  const messagingSecrets = await bus.secretsOf('upstream');
  const own = new Map<ServiceName, BrokerAccess>();
  for (const name of serviceNames) own.set(name, await bus.secretsOf(name));
  return {
    layout,
    issuer,
    messagingUrl: bus.url,
    messagingSecrets,
    configOf: (service, instance = 1) => ({
      DATABASE_URL: url(`${service}_app`),
      DATABASE_OWNER_URL: url(`${service}_owner`),
      MESSAGING_URL: bus.url,
      ...tokenOf(own.get(service)),
      PORT: layout.port(service, instance),
      MANAGEMENT_PORT: layout.managementPort(service, instance),
      ...issuer.config,
      CLOCK: 'replay',
      TIMESCALE: 'off',
      LOG_LEVEL: 'warn',
      ...passedThrough(),
      RATE_LIMIT_PER_MINUTE: 120_000,
    }),
    crashDatabase: () => postgres.crash(),
    crashBroker: bus.crash,
    stop: async () => {
      await bus.stop();
      await postgres.stop();
    },
  };
}

/** What somebody who starts the system may want to see of it. */
function passedThrough(): ConfigInput {
  const names = ['LOG_LEVEL', 'OTEL_EXPORTER_OTLP_ENDPOINT', 'OTEL_TRACES_SAMPLE_RATIO'];
  return Object.fromEntries(
    names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
}

function tokenOf(secrets: BrokerAccess | undefined): BrokerAccessVariables {
  return secrets?.token === undefined ? {} : { MESSAGING_TOKEN: secrets.token };
}

type Secrets = ((name: string) => string) & { save(): Promise<void> };

/** Passwords of the roles: made at the first start, kept beside the data, readable by its owner alone. */
async function secrets(layout: Layout): Promise<Secrets> {
  const file = join(layout.dataDir, 'passwords.json');
  const kept = JSON.parse(await readFile(file, 'utf8').catch(() => '{}')) as Record<string, string>;
  const secret = (name: string): string => (kept[name] ??= randomBytes(18).toString('base64url'));
  return Object.assign(secret, { save: () => writeFile(file, JSON.stringify(kept), { mode: 0o600 }) });
}
