import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** The process id of a server that runs on a data folder, whoever started it. */
export async function runningPostmaster(dataDir: string): Promise<number | undefined> {
  const file = await readFile(join(dataDir, 'postmaster.pid'), 'utf8').catch(() => '');
  const pid = Number.parseInt(file, 10);
  if (!(pid > 0) || !isAlive(pid)) return undefined;
  // Process ids come round again after a restart of the machine or container: look at what runs under this one.
  return (await commandOf(pid)).includes(dataDir) ? pid : undefined;
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function commandOf(pid: number): Promise<string> {
  try {
    return (await readFile(`/proc/${pid}/cmdline`, 'utf8')).replaceAll('\0', ' ');
  } catch {
    return commandOutput('ps', ['-o', 'command=', '-p', String(pid)]);
  }
}

/** What a command prints; nothing when it fails. */
export async function commandOutput(command: string, args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(command, args).catch(() => ({ stdout: '' }));
  return stdout;
}

/** Asks a server for a fast shutdown and waits; insists after 20 s. */
export async function stopPostmaster(pid: number): Promise<void> {
  signal(pid, 'SIGINT');
  for (let waited = 0; isAlive(pid); waited += 20) {
    if (waited === 20_000) signal(pid, 'SIGQUIT');
    if (waited > 40_000) throw new Error(`PostgreSQL (process ${pid}) does not stop`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Kills a server and its processes as they are. They hold the shared memory that the next server needs, so that they must be gone first. */
export async function killPostmaster(pid: number): Promise<void> {
  const processes = [pid, ...(await childrenOf(pid))];
  for (const each of processes) signal(each, 'SIGKILL');
  for (let waited = 0; processes.some(isAlive); waited += 20) {
    if (waited > 20_000) throw new Error(`PostgreSQL (process ${pid}) does not die`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function childrenOf(pid: number): Promise<number[]> {
  const listed = await commandOutput('ps', ['-A', '-o', 'pid=,ppid=']);
  return listed
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .flatMap(([child, parent]) => (parent === pid && child !== undefined ? [child] : []));
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // it has ended by itself
  }
}
