import { readdir, readFile } from 'node:fs/promises';

/** What a process and all its descendants use, from `/proc`. */
export interface TreeUsage {
  readonly processes: number;
  /** Proportional set size: pages shared by n processes count 1/n in each. */
  readonly pssBytes: number;
  /** Processor time since each began, that of children that have ended included. */
  readonly cpuSeconds: number;
}

/** Ticks of processor time a second in `/proc`: fixed in the kernel's interface to programs. */
const TICKS = 100;

interface ProcessStat {
  readonly pid: number;
  readonly parent: number;
  readonly cpuSeconds: number;
}

/** @throws Error on a system without `/proc` */
export async function usageOf(root: number): Promise<TreeUsage> {
  const tree = descendants(root, await processes());
  const sizes = await Promise.all(tree.map(({ pid }) => pssOf(pid)));
  return {
    processes: tree.length,
    pssBytes: sizes.reduce((sum, size) => sum + size, 0),
    cpuSeconds: tree.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0),
  };
}

/** A process with its children, their children and so on. */
export function descendants<P extends Pick<ProcessStat, 'pid' | 'parent'>>(root: number, all: readonly P[]): P[] {
  const found = all.filter(({ pid }) => pid === root);
  for (const one of found) found.push(...all.filter(({ parent }) => parent === one.pid));
  return found;
}

/** Reads a line of `/proc/<pid>/stat`; the name in brackets may hold blanks and brackets itself. */
export function parseStat(text: string): ProcessStat {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const ticks = [11, 12, 13, 14].reduce((sum, index) => sum + Number(fields[index]), 0);
  return { pid: Number.parseInt(text, 10), parent: Number(fields[1]), cpuSeconds: ticks / TICKS };
}

async function processes(): Promise<ProcessStat[]> {
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const stats = await Promise.all(ids.map((id) => readFile(`/proc/${id}/stat`, 'utf8').catch(() => undefined)));
  return stats.flatMap((text) => (text === undefined ? [] : [parseStat(text)]));
}

/** 0 for a process that has ended meanwhile. */
async function pssOf(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '');
  return Number(/^Pss:\s+(\d+) kB/m.exec(text)?.[1] ?? 0) * 1024;
}
