import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../../', import.meta.url));

/** The standalone system in a process of its own, on empty data, as `npm start` runs it. */
export class Standalone {
  private readonly lines: string[] = [];
  private readonly watchers = new Set<() => void>();
  private exitCode: number | undefined;

  private constructor(
    private readonly child: ChildProcess,
    /** Removed at the end. */
    readonly dataDir: string,
  ) {
    const changed = (): void => this.watchers.forEach((watcher) => watcher());
    if (child.stdout !== null) {
      createInterface({ input: child.stdout }).on('line', (line) => {
        this.lines.push(line);
        changed();
      });
    }
    child.on('exit', (code) => {
      this.exitCode = code ?? 1;
      changed();
    });
  }

  /** @param options as `npm start` takes them, beside the folder and the ports */
  static async start(options: readonly string[], portBase: number): Promise<Standalone> {
    const folder = await mkdtemp(join(tmpdir(), 'risk-budget-bench-'));
    const dataDir = join(folder, 'data');
    const entry = join(root, 'apps', 'standalone', 'dist', 'main.js');
    const fixed = ['--data-dir', dataDir, '--port-base', String(portBase)];
    const child = spawn(process.execPath, ['--enable-source-maps', entry, ...fixed, ...options], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    return new Standalone(child, dataDir);
  }

  get pid(): number {
    if (this.child.pid === undefined) throw new Error('the standalone system did not start');
    return this.child.pid;
  }

  /** The first line that a pattern fits, now or later. @throws Error when the process ends without one */
  async line(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      for (const line of this.lines) {
        const found = pattern.exec(line);
        if (found !== null) return found;
      }
      if (this.exitCode !== undefined) {
        throw new Error(
          `ended with ${this.exitCode} before a line like ${pattern}:\n${this.lines.slice(-20).join('\n')}`,
        );
      }
      await this.change();
    }
  }

  /** @returns the exit code */
  async ended(): Promise<number> {
    while (this.exitCode === undefined) await this.change();
    return this.exitCode;
  }

  /** Ends the process if it still runs, and removes its data. */
  async stop(): Promise<void> {
    if (this.exitCode === undefined) {
      this.child.kill('SIGTERM');
      await once(this.child, 'exit');
    }
    await rm(join(this.dataDir, '..'), { recursive: true, force: true });
  }

  private change(): Promise<void> {
    return new Promise((resolve) => {
      const watcher = (): void => {
        this.watchers.delete(watcher);
        resolve();
      };
      this.watchers.add(watcher);
    });
  }
}
