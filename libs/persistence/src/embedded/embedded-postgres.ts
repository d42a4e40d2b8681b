import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chown, mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { PersistenceError } from '../errors.js';
import { exists, findBinaries, type Binaries } from './binaries.js';
import { claim } from './owner.js';
import { killPostmaster, runningPostmaster, stopPostmaster } from './postmaster.js';
import { reachable, runAs, type RunAs } from './run-as.js';

export interface EmbeddedPostgresOptions {
  /** Where the data is kept; made when it is not there. Beside it stand `<dataDir>.log`, `.password` and `.owner`. */
  dataDir: string;
  /** Default: a free one. */
  port?: number;
  /** Server settings, such as `{ shared_buffers: '64MB' }`. */
  settings?: Readonly<Record<string, string>>;
}

export interface EmbeddedPostgres {
  /** Superuser on the database `postgres`. */
  url: string;
  port: number;
  /** Of the server that runs now. */
  readonly pid: number;
  /** Where the data really is: not the folder asked for when root runs this below a closed home folder. */
  dataDir: string;
  /** As a crash: nothing is closed, nothing is flushed; the server is started again on the same port, recovers, and is ready. */
  crash(): Promise<void>;
  /** Stops the server and waits for it. Idempotent. */
  stop(): Promise<void>;
}

/**
 * Starts a real PostgreSQL from the npm registry on a data folder, listening on 127.0.0.1 only. It runs in a session
 * of its own, so that Ctrl-C reaches its owner and not the server; a server whose owner was killed is stopped first.
 *
 * @throws `PERSISTENCE.DATA_IN_USE` when another live process has a server on that folder
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const user = await runAs();
  const dataDir = await reachable(options.dataDir, user);
  const binaries = await findBinaries(user);
  await mkdir(dirname(dataDir), { recursive: true });
  const release = await claim(dataDir);
  try {
    await endOrphan(dataDir);
    return await start(options, { dataDir, binaries, user, release });
  } catch (error) {
    await release();
    throw error;
  }
}

interface Claimed {
  readonly dataDir: string;
  readonly binaries: Binaries;
  readonly user: RunAs | undefined;
  readonly release: () => Promise<void>;
}

async function start(options: EmbeddedPostgresOptions, claimed: Claimed): Promise<EmbeddedPostgres> {
  const { dataDir, binaries, user, release } = claimed;
  const password = await passwordFor(dataDir);
  if (!(await exists(join(dataDir, 'PG_VERSION')))) await initialise(binaries, dataDir, password, user);
  const port = options.port ?? (await freePort());
  const url = `postgresql://postgres:${password}@127.0.0.1:${port}/postgres`;
  let child: ChildProcess | undefined;
  const atExit = (): void => void child?.kill('SIGINT');
  process.on('exit', atExit);
  const run = async (): Promise<void> => {
    child = await launch(binaries, dataDir, port, options.settings ?? {}, user);
    await ready(child, url, `${dataDir}.log`);
  };
  const halt = async (): Promise<void> => {
    if (child?.pid !== undefined && !isExited(child)) await stopPostmaster(child.pid);
  };
  try {
    await run();
  } catch (error) {
    process.off('exit', atExit);
    await halt();
    throw error;
  }
  let stopping: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    await halt();
    process.off('exit', atExit);
    await release();
  };
  return {
    url,
    port,
    get pid() {
      return child?.pid ?? 0;
    },
    dataDir,
    crash: async () => {
      await killPostmaster(child?.pid ?? 0);
      await run();
    },
    stop: () => (stopping ??= stop()),
  };
}

/**
 * Removes the data of a folder, with what stands beside it. A server whose owner was killed is stopped first.
 *
 * @throws `PERSISTENCE.DATA_IN_USE` when a live process has a server on that folder
 */
export async function removeEmbeddedData(folder: string): Promise<void> {
  const dataDir = await reachable(folder, await runAs());
  if (!(await exists(dirname(dataDir)))) return;
  const release = await claim(dataDir);
  try {
    await endOrphan(dataDir);
    for (const suffix of ['', '.partial', '.log', '.password']) {
      await rm(`${dataDir}${suffix}`, { recursive: true, force: true });
    }
  } finally {
    await release();
  }
}

/** A server whose owner was killed goes on by itself. */
async function endOrphan(dataDir: string): Promise<void> {
  const pid = await runningPostmaster(dataDir);
  if (pid !== undefined) await stopPostmaster(pid);
}

async function passwordFor(dataDir: string): Promise<string> {
  const file = `${dataDir}.password`;
  const kept = await readFile(file, 'utf8').catch(() => '');
  if (kept !== '') return kept;
  const password = randomBytes(18).toString('base64url');
  await writeFile(file, password, { mode: 0o600 });
  return password;
}

/** Into a folder aside that is then renamed, so that one killed half-way leaves nothing that looks like data. */
async function initialise(
  binaries: Binaries,
  dataDir: string,
  password: string,
  user: RunAs | undefined,
): Promise<void> {
  const partial = `${dataDir}.partial`;
  const secret = join(tmpdir(), `risk-budget-${randomBytes(6).toString('hex')}`);
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial, { mode: 0o700 });
  await writeFile(secret, `${password}\n`, { mode: 0o600 });
  if (user !== undefined) for (const path of [partial, secret]) await chown(path, user.uid, user.gid);
  try {
    const flags = [
      '--auth=scram-sha-256',
      '--username=postgres',
      `--pwfile=${secret}`,
      '--encoding=UTF8',
      '--no-locale',
    ];
    const child = spawn(binaries.initdb, [`--pgdata=${partial}`, ...flags], {
      ...user,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let text = '';
    child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()));
    const code = await new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve));
    if (code !== 0)
      throw new PersistenceError('PERSISTENCE.INITDB_FAILED', `initdb ended with ${String(code)}: ${text.trim()}`);
    await rename(partial, dataDir);
  } finally {
    await rm(secret, { force: true });
  }
}

async function launch(
  binaries: Binaries,
  dataDir: string,
  port: number,
  settings: Readonly<Record<string, string>>,
  user: RunAs | undefined,
): Promise<ChildProcess> {
  const all = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    TimeZone: 'UTC',
    log_timezone: 'UTC',
    ...settings,
  };
  const flags = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const log = await open(`${dataDir}.log`, 'a');
  try {
    const child = spawn(binaries.postgres, ['-D', dataDir, '-p', String(port), ...flags], {
      ...user,
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
    });
    child.on('error', () => undefined); // shows as an exit below
    child.unref();
    return child;
  } finally {
    await log.close();
  }
}

async function ready(child: ChildProcess, url: string, log: string): Promise<void> {
  const until = Date.now() + 60_000;
  while (Date.now() < until && !isExited(child)) {
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.end();
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 40));
    }
  }
  const tail = (await readFile(log, 'utf8').catch(() => '')).trim().split('\n').slice(-5).join(' | ');
  throw new PersistenceError('PERSISTENCE.SERVER_NOT_STARTED', `PostgreSQL did not start: ${tail}`, { status: 503 });
}

function isExited(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        typeof address === 'object' && address !== null ? resolve(address.port) : reject(new Error('no port')),
      );
    });
  });
}
