import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/** Processors this process may use: those of the machine, or the container's quota where that is less. */
export function cpuLimit(readText: (path: string) => string | null = read): number {
  return Math.max(1, Math.min(availableParallelism(), quota(readText)));
}

/** Threads of a pool: the limit less one for the event loop, at least one. */
export function defaultThreads(limit = cpuLimit()): number {
  return Math.max(1, Math.floor(limit) - 1);
}

/** The control group's processors, version 2 (`cpu.max`) or 1; infinite without a quota. */
function quota(readText: (path: string) => string | null): number {
  const [allowed, period] = (readText('/sys/fs/cgroup/cpu.max') ?? '').trim().split(' ');
  if (allowed !== undefined && allowed !== '' && allowed !== 'max') return Number(allowed) / Number(period);
  const oldQuota = Number(readText('/sys/fs/cgroup/cpu/cpu.cfs_quota_us') ?? -1);
  const oldPeriod = Number(readText('/sys/fs/cgroup/cpu/cpu.cfs_period_us') ?? 100_000);
  return oldQuota > 0 && oldPeriod > 0 ? oldQuota / oldPeriod : Infinity;
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
