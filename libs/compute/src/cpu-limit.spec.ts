import { availableParallelism } from 'node:os';
import { cpuLimit, defaultThreads } from './cpu-limit.js';

const files =
  (content: Record<string, string>) =>
  (path: string): string | null =>
    content[path] ?? null;

describe('the CPU limit', () => {
  it('is the container’s quota where that is less than the machine', () => {
    expect(cpuLimit(files({ '/sys/fs/cgroup/cpu.max': '50000 100000\n' }))).toBe(1);
    expect(cpuLimit(files({ '/sys/fs/cgroup/cpu.max': '150000 100000\n' }))).toBe(
      Math.min(1.5, availableParallelism()),
    );
    const old = { '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '100000', '/sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000' };
    expect(cpuLimit(files(old))).toBe(1);
  });

  it('is the machine’s without a quota', () => {
    expect(cpuLimit(files({ '/sys/fs/cgroup/cpu.max': 'max 100000\n' }))).toBe(availableParallelism());
    expect(cpuLimit(files({ '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '-1' }))).toBe(availableParallelism());
    expect(cpuLimit(files({}))).toBe(availableParallelism());
  });

  it('leaves one processor to the event loop, and always has a worker', () => {
    expect([1, 1.5, 2, 4, 7.9].map(defaultThreads)).toEqual([1, 1, 1, 3, 6]);
  });
});
