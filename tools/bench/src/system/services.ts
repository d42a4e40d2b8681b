import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createDriver, provisionBus, type MessagingDriver } from '@risk-budget/messaging';
import { createPersistence, provision, type Persistence } from '@risk-budget/persistence';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '@risk-budget/persistence/embedded';
import { createLocalIssuer, type Role, type TokenIssuer } from '@risk-budget/service-kit';

const root = fileURLToPath(new URL('../../../../', import.meta.url));

/** Small and durable: what is committed is on the disk. */
const settings = { max_connections: '200', shared_buffers: '64MB', jit: 'off', max_wal_size: '1GB' };
const password = 'bench';

interface Started {
  readonly child: ChildProcess;
  readonly url: string;
  /** From the start of the process to its first answer that it is ready. */
  readonly readyAfterMs: number;
}

/** Some of the services, each a process of its own as it is deployed, on an embedded database and broker made for them. */
export class Services {
  private readonly running = new Map<string, Started>();
  private nextPort: number;

  private constructor(
    private readonly folder: string,
    private readonly postgres: EmbeddedPostgres,
    private readonly messagingUrl: string,
    private readonly issuer: TokenIssuer,
    readonly driver: MessagingDriver,
    private readonly database: Persistence,
    portBase: number,
  ) {
    this.nextPort = portBase;
  }

  /** Database and broker, with the schemas of `names` migrated; no service runs yet. */
  static async prepare(names: readonly string[], portBase: number): Promise<Services> {
    const folder = await mkdtemp(join(tmpdir(), 'risk-budget-bench-'));
    await chmod(folder, 0o755); // PostgreSQL runs as another user when root runs this
    const postgres = await startEmbeddedPostgres({ dataDir: join(folder, 'data'), settings });
    const roles = names.map((name) => ({ name, ownerPassword: password, appPassword: password }));
    await provision(postgres.url, roles, { apply: true, timescale: 'off' });
    const { messagingUrl } = await provisionBus(postgres.url, { ownerPassword: password, appPassword: password });
    const issuer = await createLocalIssuer({ keyFile: join(folder, 'key.json') });
    const driver = createDriver(messagingUrl, { applicationName: 'bench' });
    const database = await createPersistence({ url: postgres.url, schema: 'public', timescale: 'off', poolSize: 2 });
    const services = new Services(folder, postgres, messagingUrl, issuer, driver, database, portBase);
    for (const name of names) await services.migrate(name);
    return services;
  }

  /** Starts a service and waits until it is ready. */
  async start(name: string): Promise<Started> {
    const [port, management] = [this.nextPort++, this.nextPort++];
    const began = performance.now();
    const child = this.spawn(name, [], { PORT: String(port), MANAGEMENT_PORT: String(management) });
    const ready = `http://127.0.0.1:${management}/health/ready`;
    while (!(await answers(ready))) {
      if (child.exitCode !== null) throw new Error(`${name} ended with ${child.exitCode}`);
      await wait(10);
    }
    const started = { child, url: `http://127.0.0.1:${port}`, readyAfterMs: performance.now() - began };
    this.running.set(name, started);
    return started;
  }

  async end(name: string): Promise<void> {
    const started = this.running.get(name);
    this.running.delete(name);
    if (started === undefined || started.child.exitCode !== null) return;
    started.child.kill('SIGTERM');
    await once(started.child, 'exit');
  }

  pid(name: string): number {
    const pid = this.running.get(name)?.child.pid;
    if (pid === undefined) throw new Error(`${name} does not run`);
    return pid;
  }

  token(as: Role): Promise<string> {
    return this.issuer.mint({ subject: as, roles: [as] });
  }

  /** A request to a service as somebody. @throws Error on any answer but a 2xx */
  async request(
    name: string,
    path: string,
    as: Role,
    options: { body?: unknown; ifMatch?: string } = {},
  ): Promise<Response> {
    const token = await this.token(as);
    const response = await fetch(`${this.running.get(name)?.url ?? ''}${path}`, {
      ...(options.body === undefined ? {} : { method: 'POST', body: JSON.stringify(options.body) }),
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        ...(options.body === undefined ? {} : { 'idempotency-key': crypto.randomUUID() }),
        ...(options.ifMatch === undefined ? {} : { 'if-match': options.ifMatch }),
      },
    });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return response;
  }

  /** One number from the database, asked as its superuser. */
  async count(sql: string): Promise<number> {
    const [row] = await this.database.query<{ count: string | number }>(sql);
    return Number(row?.count);
  }

  /** Messages of a topic that a service has settled. */
  settled(service: string, topic: string): Promise<number> {
    return this.count(
      `SELECT coalesce(sum(settled), 0) AS count FROM ${service}.inbox_progress WHERE topic = '${topic}'`,
    );
  }

  async stop(): Promise<void> {
    await Promise.all([...this.running.keys()].map((name) => this.end(name)));
    await this.driver.close();
    await this.database.close();
    await this.postgres.stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  private async migrate(name: string): Promise<void> {
    const child = this.spawn(name, ['migrate'], {});
    const [code] = (await once(child, 'exit')) as [number | null];
    if (code !== 0) throw new Error(`the migrations of ${name} ended with ${String(code)}`);
  }

  private spawn(name: string, args: readonly string[], environment: NodeJS.ProcessEnv): ChildProcess {
    const url = (role: string): string => {
      const as = new URL(this.postgres.url);
      as.username = `${name}_${role}`;
      as.password = password;
      return as.toString();
    };
    return spawn(process.execPath, ['--enable-source-maps', join(root, 'apps', name, 'dist', 'main.js'), ...args], {
      cwd: root,
      // By the channel a service notices that this process is gone, even when it was killed.
      stdio: ['ignore', 'ignore', 'inherit', args.length === 0 ? 'ipc' : 'ignore'],
      env: {
        ...process.env,
        DATABASE_URL: url('app'),
        DATABASE_OWNER_URL: url('owner'),
        MESSAGING_URL: this.messagingUrl,
        TIMESCALE: 'off',
        LOG_LEVEL: 'warn',
        HOST: '127.0.0.1',
        ...this.issuer.config,
        ...environment,
      },
    });
  }
}

function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    ({ ok }) => ok,
    () => false,
  );
}
