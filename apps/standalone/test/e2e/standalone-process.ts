import { spawn, type ChildProcess } from 'node:child_process';
import { chmod, chown, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import type { User } from './ordinary-user.js';

const root = join(import.meta.dirname, '..', '..', '..', '..');

export interface Ended {
  readonly code: number | null;
  readonly output: string;
}

/** How it is started: by the commands of the README, or by the programs behind them without set-up and build. */
const entries = {
  'npm start': ['npm', 'start', '--'],
  'npm run start:processes': ['npm', 'run', 'start:processes', '--'],
  'npm run start:pulsar': ['npm', 'run', 'start:pulsar', '--'],
  main: programOf('main'),
  processes: programOf('processes'),
  pulsar: programOf('pulsar'),
  chaos: programOf('chaos'),
};

function programOf(name: string): string[] {
  return [process.execPath, '--enable-source-maps', join(root, 'apps', 'standalone', 'dist', `${name}.js`)];
}

/** A new folder that PostgreSQL's user can reach, also where root runs the tests: else the data would be put elsewhere and stay. */
export async function temporaryFolder(owner?: User): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'risk-budget-e2e-'));
  await chmod(folder, 0o755);
  if (owner !== undefined) await chown(folder, owner.uid, owner.gid);
  return folder;
}

/** Variables of the Nx that may run this test are none of the user's. */
export function userEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('NX_')));
}

/** A standalone as a user starts it: on a data folder and ports of its own, in a process group of its own, as a terminal gives it. */
export class StandaloneProcess {
  private constructor(
    private readonly child: ChildProcess,
    readonly dataDir: string,
    readonly portBase: number,
    private readonly text: { all: string },
    readonly ended: Promise<Ended>,
  ) {}

  static async start(
    options: readonly string[],
    surroundings: {
      entry?: keyof typeof entries;
      dataDir?: string;
      portBase?: number;
      environment?: NodeJS.ProcessEnv;
      /** Who it runs as; whoever runs the test when absent. */
      user?: User;
    } = {},
  ): Promise<StandaloneProcess> {
    const dataDir = surroundings.dataDir ?? (await temporaryFolder(surroundings.user));
    const portBase = surroundings.portBase ?? (await freePortBase());
    const [command = '', ...first] = entries[surroundings.entry ?? 'main'];
    const all = [...first, ...options, '--data-dir', dataDir, '--port-base', String(portBase)];
    const child = spawn(command, all, {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
      env: { ...userEnvironment(), ...surroundings.environment },
      ...surroundings.user,
    });
    const text = { all: '' };
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (text.all += chunk.toString()));
    const ended = new Promise<Ended>((resolve) => child.once('close', (code) => resolve({ code, output: text.all })));
    return new StandaloneProcess(child, dataDir, portBase, text, ended);
  }

  get output(): string {
    return this.text.all;
  }

  /**
   * Resolves when a line of the output matches; rejects when the process ends before. A machine with ten times as many busy processes as
   * cores was seen to take more than two minutes to start six services.
   */
  async saying(pattern: RegExp, timeoutMs = 400_000): Promise<RegExpExecArray> {
    const until = Date.now() + timeoutMs;
    let over: Ended | undefined;
    void this.ended.then((ended) => (over = ended));
    for (;;) {
      const match = pattern.exec(this.text.all);
      if (match !== null) return match;
      if (over !== undefined)
        throw new Error(`ended with ${String(over.code)} before saying ${String(pattern)}:\n${over.output}`);
      if (Date.now() > until) throw new Error(`not said within ${timeoutMs} ms: ${String(pattern)}\n${this.text.all}`);
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }

  /** URLs and tokens, by the names of the shell file. */
  async access(): Promise<Record<string, string>> {
    await this.saying(/source \S+access\.env/);
    const text = await readFile(join(this.dataDir, 'access.env'), 'utf8');
    return Object.fromEntries(
      [...text.matchAll(/^export (\w+)='(.*)'$/gm)].map((match) => [match[1], match[2]]),
    ) as Record<string, string>;
  }

  /** Sends a signal to all processes of the group, as Ctrl-C and the closing of a terminal do. */
  kill(signal: NodeJS.Signals): void {
    if (this.child.pid !== undefined) process.kill(-this.child.pid, signal);
  }

  /** Sends a signal to the first process alone. */
  killAlone(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Ends it in order and removes its data. */
  async remove(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) this.kill('SIGINT');
    await this.ended;
    await rm(this.dataDir, { recursive: true, force: true });
  }
}

/**
 * A base below which all ports that a standalone takes are free just now. Below 32,768, where systems take the ports of outgoing
 * connections from: one of those could have come to stand there by the time that the standalone listens.
 */
export async function freePortBase(): Promise<number> {
  const services = [1, 2, 3, 4, 5, 6, 7, 8, 9];
  for (;;) {
    const base = 20_000 + Math.floor(Math.random() * 126) * 100;
    const ports = services.flatMap((number) => [base + number, base + 50 + number]);
    if ((await Promise.all(ports.map(isFree))).every(Boolean)) return base;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
