import { spawn, type ChildProcess } from 'node:child_process';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));

/** An instance of `second` in a process of its own, and the lines that it has said. */
export interface ServiceProcess {
  lines: string[];
  process: ChildProcess;
  /** Ends it and waits. */
  end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void>;
}

export function startServiceProcess(databaseUrl: string, messagingUrl: string, name: string): ServiceProcess {
  const loader = join(here, 'ts-register.mjs');
  const child = spawn(
    process.execPath,
    ['--conditions=source', '--import', loader, join(here, 'child.ts'), databaseUrl, messagingUrl, name],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    createInterface({ input: stream }).on('line', (line) => lines.push(line));
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  return {
    lines,
    process: child,
    end: async (signal) => {
      child.kill(signal);
      await ended;
    },
  };
}
