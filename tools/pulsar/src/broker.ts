import { spawn } from 'node:child_process';
import { existsSync, openSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { fetchJars } from './artifacts.js';
import { brokerConfig, type BrokerPorts, type BrokerSettings } from './broker-config.js';
import { forgetKilledBookie } from './crash.js';
import { freePorts } from './free-ports.js';
import { isRunning, untilEnded } from './process.js';
import { ADMIN_ROLE, prepareSecurity } from './security.js';

/** Durable and on two cores beside everything else: more memory brings nothing. */
const JVM = ['-Xms128m', '-Xmx512m', '-XX:MaxDirectMemorySize=512m', '-XX:+UseSerialGC'];

const OPENED = ['java.base/sun.net', 'java.base/java.nio', 'java.base/jdk.internal.misc', 'java.base/java.util.zip'];

/** Ten seconds on an idle machine; a machine with ten times as many busy processes as cores was seen to take more than two minutes. */
const READY_MS = 400_000;
const STOP_MS = 60_000;

const portsSchema = z.object({
  broker: z.int(),
  brokerTls: z.int(),
  web: z.int(),
  webTls: z.int(),
  bookie: z.int(),
});

const noteSchema = z.object({
  pid: z.int(),
  ports: portsSchema,
  settings: z.object({ webSocketIdleMs: z.int().optional() }),
});

export interface StartBrokerOptions extends BrokerSettings {
  /** Folder of data, secrets and log. */
  dir: string;
  /** Default: those of the last start in this folder, or free ones. */
  ports?: BrokerPorts;
  say?: (line: string) => void;
  /** Default true: it outlives this process. False: Ctrl-C in the terminal ends it as well. */
  detached?: boolean;
}

/** A real Pulsar standalone on 127.0.0.1, in a process of its own. */
export class Broker {
  private constructor(
    readonly dir: string,
    readonly ports: BrokerPorts,
    private pid: number,
    private readonly settings: BrokerSettings,
    private readonly detached: boolean,
  ) {}

  /**
   * Starts a broker and waits until it is ready (about 10 s), or finds the one that runs on the folder already.
   *
   * @throws Error with the end of the broker's log when it does not become ready
   */
  static async start(options: StartBrokerOptions): Promise<Broker> {
    const { dir, say, detached = true, ...rest } = options;
    const settings = settingsOf(rest);
    const running = await Broker.attach(dir);
    if (running !== undefined) return running;
    await mkdir(dir, { recursive: true });
    const note = await readNote(dir);
    const ports = options.ports ?? note?.ports ?? (await choosePorts());
    const broker = new Broker(dir, ports, 0, settings, detached);
    await broker.launch(say);
    return broker;
  }

  /** The broker that runs on a folder; undefined when none does. */
  static async attach(dir: string): Promise<Broker | undefined> {
    const note = await readNote(dir);
    if (note === undefined || !isRunning(note.pid, dir)) return undefined;
    return new Broker(dir, note.ports, note.pid, settingsOf(note.settings), false);
  }

  get serviceUrl(): string {
    return `pulsar://127.0.0.1:${this.ports.broker}`;
  }

  get serviceUrlTls(): string {
    return `pulsar+ssl://127.0.0.1:${this.ports.brokerTls}`;
  }

  get adminUrl(): string {
    return `http://127.0.0.1:${this.ports.web}`;
  }

  get adminUrlTls(): string {
    return `https://127.0.0.1:${this.ports.webTls}`;
  }

  get webSocketUrl(): string {
    return `ws://127.0.0.1:${this.ports.web}`;
  }

  get webSocketUrlTls(): string {
    return `wss://127.0.0.1:${this.ports.webTls}`;
  }

  /** The certificate that signs itself: what clients of the TLS ports trust. */
  get certificateFile(): string {
    return join(this.dir, 'security', 'certificate.pem');
  }

  /** A token for a role. `admin` may do everything. */
  async token(role: string = ADMIN_ROLE): Promise<string> {
    return (await prepareSecurity(join(this.dir, 'security'))).token(role);
  }

  /** Stops in order; what it stored stays. */
  async stop(): Promise<void> {
    await this.end('SIGTERM');
  }

  /** As a crash: nothing is closed. */
  async kill(): Promise<void> {
    await this.end('SIGKILL');
  }

  /** Starts again on the same folder and ports, after {@link stop} or {@link kill}. */
  async restart(): Promise<void> {
    if (isRunning(this.pid, this.dir)) await this.stop();
    await this.launch();
  }

  /** Stops and removes everything: whatever runs on the folder now, for a test in another process may have started it again. */
  async wipe(): Promise<void> {
    await (await Broker.attach(this.dir))?.kill();
    await wipe(this.dir);
  }

  private async launch(say?: (line: string) => void): Promise<void> {
    await this.spawn(say);
    await this.untilReady();
  }

  private async spawn(say?: (line: string) => void): Promise<void> {
    const jars = await fetchJars(say);
    const security = await prepareSecurity(join(this.dir, 'security'));
    const config = brokerConfig(this.ports, security, await security.token(ADMIN_ROLE), this.settings);
    const configFile = join(this.dir, 'broker.conf');
    await writeFile(configFile, config, { mode: 0o600 });
    await writeFile(join(this.dir, 'log4j2.properties'), LOGGING);
    await forgetKilledBookie(this.dir, jars);
    const log = openSync(join(this.dir, 'broker.log'), 'a');
    const child = spawn('java', this.commandLine(jars, configFile), {
      cwd: this.dir,
      detached: this.detached,
      stdio: ['ignore', log, log],
    });
    await new Promise((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
    child.unref();
    this.pid = child.pid ?? 0;
    await writeFile(
      join(this.dir, 'broker.json'),
      JSON.stringify({ pid: this.pid, ports: this.ports, settings: this.settings }),
    );
  }

  private commandLine(jars: string, configFile: string): string[] {
    return [
      ...JVM,
      ...OPENED.flatMap((name) => ['--add-opens', `${name}=ALL-UNNAMED`]),
      '-Dio.netty.tryReflectionSetAccessible=true',
      `-Dlog4j2.configurationFile=${join(this.dir, 'log4j2.properties')}`,
      '-cp',
      join(jars, '*'),
      'org.apache.pulsar.PulsarStandaloneStarter',
      '--config',
      configFile,
      '-nfw',
      '-nss',
      '-a',
      '127.0.0.1',
      '--bookkeeper-port',
      String(this.ports.bookie),
      '--metadata-dir',
      join(this.dir, 'metadata'),
      '--bookkeeper-dir',
      join(this.dir, 'bookkeeper'),
    ];
  }

  /** @throws Error with the end of the log when it does not become healthy, or can create no topic */
  private async untilReady(): Promise<void> {
    const until = Date.now() + READY_MS;
    while (Date.now() < until && isRunning(this.pid, this.dir)) {
      const healthy = (await this.ask('GET', '/brokers/health')) === 'ok';
      if (healthy && (await this.ask('GET', '/namespaces/public'))?.includes('public/default') === true) {
        if (await this.canCreateTopics()) return;
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const log = await this.logEnd();
    await this.kill();
    throw new Error(`The broker in ${this.dir} is not ready. ${log}`);
  }

  private async canCreateTopics(): Promise<boolean> {
    const topic = '/persistent/public/default/ready-probe';
    await this.ask('DELETE', `${topic}?force=true`);
    return (
      (await this.ask('PUT', topic)) !== undefined && (await this.ask('DELETE', `${topic}?force=true`)) !== undefined
    );
  }

  /** The text of an accepted request; undefined for any other. */
  private async ask(method: 'GET' | 'PUT' | 'DELETE', path: string): Promise<string | undefined> {
    const headers = { authorization: `Bearer ${await this.token()}` };
    const signal = AbortSignal.timeout(5_000);
    return fetch(`${this.adminUrl}/admin/v2${path}`, { method, headers, signal }).then(
      async (answer) => (answer.ok ? await answer.text() : undefined),
      () => undefined,
    );
  }

  private async logEnd(): Promise<string> {
    const log = await readFile(join(this.dir, 'broker.log'), 'utf8').catch(() => '');
    return `Its log ends:\n${log.slice(-3_000)}`;
  }

  private async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    if (!isRunning(this.pid, this.dir)) return;
    process.kill(this.pid, signal);
    if (await untilEnded(this.pid, this.dir, STOP_MS)) return;
    process.kill(this.pid, 'SIGKILL');
    await untilEnded(this.pid, this.dir, STOP_MS);
  }
}

/** Removes what a broker has left in a folder. @throws Error while it runs */
export async function wipe(dir: string): Promise<void> {
  if ((await Broker.attach(dir)) !== undefined) throw new Error(`A broker runs on ${dir}: stop it first.`);
  await rm(dir, { recursive: true, force: true });
}

async function readNote(dir: string): Promise<z.output<typeof noteSchema> | undefined> {
  const file = join(dir, 'broker.json');
  if (!existsSync(file)) return undefined;
  return noteSchema.parse(JSON.parse(await readFile(file, 'utf8')));
}

function settingsOf({ webSocketIdleMs }: { webSocketIdleMs?: number | undefined }): BrokerSettings {
  return webSocketIdleMs === undefined ? {} : { webSocketIdleMs };
}

async function choosePorts(): Promise<BrokerPorts> {
  const [broker, brokerTls, web, webTls, bookie] = await freePorts(5);
  return portsSchema.parse({ broker, brokerTls, web, webTls, bookie });
}

const LOGGING = `appenders = console
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d{ISO8601} %-5p %c{1} - %m%n
rootLogger.level = warn
rootLogger.appenderRef.console.ref = console
# Who holds the bookie's registration, and loses it: what decides whether ledgers can be created.
logger.locks.name = org.apache.pulsar.metadata.coordination.impl.ResourceLockImpl
logger.locks.level = info
`;
