import { readFileSync } from 'node:fs';

/** Whether a process runs and is the broker of a folder: ids are used again. */
export function isRunning(pid: number, dir: string): boolean {
  if (pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(dir);
  } catch {
    return process.platform !== 'linux'; // elsewhere its id has to do
  }
}

/** @returns whether the process ended within the time */
export async function untilEnded(pid: number, dir: string, milliseconds: number): Promise<boolean> {
  for (const until = Date.now() + milliseconds; Date.now() < until;) {
    if (!isRunning(pid, dir)) return true;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return false;
}
