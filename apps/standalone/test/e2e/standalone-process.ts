import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { tmpdir } from 'node:os';

const root = join(import.meta.dirname, '..', '..', '..', '..');

export interface Ended {
  readonly code: number | null;
  readonly output: string;
}

/** A standalone as a user starts it: a process of its own, on a data folder and ports of its own. */
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
    surroundings: { entry?: 'main' | 'processes'; dataDir?: string; portBase?: number } = {},
  ): Promise<StandaloneProcess> {
    const dataDir = surroundings.dataDir ?? (await mkdtemp(join(tmpdir(), 'risk-budget-e2e-')));
    const portBase = surroundings.portBase ?? (await freePortBase());
    const entry = join(root, 'apps', 'standalone', 'dist', `${surroundings.entry ?? 'main'}.js`);
    const all = [...options, '--data-dir', dataDir, '--port-base', String(portBase)];
    const child = spawn(process.execPath, ['--enable-source-maps', entry, ...all], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
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

  /** Resolves when a line of the output matches; rejects when the process ends before. */
  async saying(pattern: RegExp, timeoutMs = 120_000): Promise<RegExpExecArray> {
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

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Ends it in order and removes its data. */
  async remove(): Promise<void> {
    this.child.kill('SIGINT');
    await this.ended;
    await rm(this.dataDir, { recursive: true, force: true });
  }
}

/** A base below which all ports that a standalone takes are free just now. */
async function freePortBase(): Promise<number> {
  for (
    let base = 20_000 + Math.floor(Math.random() * 200) * 100;
    ;
    base = 20_000 + Math.floor(Math.random() * 200) * 100
  ) {
    const ports = [1, 2, 3, 4, 51, 52, 53, 54].map((offset) => base + offset);
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
