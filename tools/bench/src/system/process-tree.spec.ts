import { descendants, parseStat, usageOf } from './process-tree.js';

describe('the usage of a tree of processes', () => {
  it('reads a stat line whose name holds blanks and brackets', () => {
    const fields = 'S 40 1 1 0 -1 0 0 0 0 0 150 50 30 20 20 0 1 0 5';
    expect(parseStat(`77 (postgres: a (b) c) ${fields}`)).toEqual({ pid: 77, parent: 40, cpuSeconds: 2.5 });
  });

  it('takes children of children, and nobody else', () => {
    const all = [
      { pid: 1, parent: 0 },
      { pid: 2, parent: 1 },
      { pid: 3, parent: 2 },
      { pid: 4, parent: 1 },
      { pid: 5, parent: 9 },
    ];
    expect(descendants(2, all).map(({ pid }) => pid)).toEqual([2, 3]);
    expect(descendants(1, all).map(({ pid }) => pid)).toEqual([1, 2, 4, 3]);
  });

  it('finds this process with memory and processor time', async () => {
    const usage = await usageOf(process.pid);
    expect(usage.processes).toBeGreaterThanOrEqual(1);
    expect(usage.pssBytes).toBeGreaterThan(1024 * 1024);
    expect(usage.cpuSeconds).toBeGreaterThan(0);
  });
});
