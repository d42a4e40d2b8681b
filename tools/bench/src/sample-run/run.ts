/**
 * The sample run in figures: cold start on empty data, days replayed a second, memory of the whole process tree at its
 * highest in the replay, PostgreSQL included. Run: `npm run bench:run [-- times]`; ends non-zero when a goal is missed.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { judge, type Goal } from '../system/goal.js';
import { machine, median } from '../system/report.js';
import { usageOf, type TreeUsage } from '../system/process-tree.js';
import { Standalone } from '../system/standalone.js';

const portBase = 4700;
const sampleEveryMs = 500;

interface Figures {
  readonly readySeconds: number;
  readonly daysPerSecond: number;
  readonly cpuSecondsPerDay: number;
  readonly highestPssMiB: number;
  readonly processes: number;
}

const print = (line: string): void => void process.stdout.write(`${line}\n`);

async function measure(): Promise<Figures> {
  const started = performance.now();
  const system = await Standalone.start(['--once'], portBase);
  try {
    await system.line(/^Ready in /);
    const readySeconds = (performance.now() - started) / 1000;
    await system.line(/^Replaying /);
    const before = await usageOf(system.pid);
    const replayed = system.line(/(\d+) days replayed in ([\d.]+) s/);
    const [highest, after] = await follow(system, before, replayed);
    const [, days, seconds] = await replayed;
    // A run that is wrong has no speed.
    if ((await system.ended()) !== 0) throw new Error('the run did not verify');
    return {
      readySeconds,
      daysPerSecond: Number(days) / Number(seconds),
      cpuSecondsPerDay: (after.cpuSeconds - before.cpuSeconds) / Number(days),
      highestPssMiB: highest.pssBytes / 2 ** 20,
      processes: highest.processes,
    };
  } finally {
    await system.stop();
  }
}

/** @returns the usage when memory was highest, and the last */
async function follow(system: Standalone, first: TreeUsage, end: Promise<unknown>): Promise<[TreeUsage, TreeUsage]> {
  let [highest, last, over] = [first, first, false];
  const settled = end.finally(() => (over = true));
  while (!over) {
    last = await usageOf(system.pid);
    if (last.pssBytes > highest.pssBytes) highest = last;
    await Promise.race([settled, wait(sampleEveryMs)]);
  }
  return [highest, last];
}

function goals(runs: readonly Figures[]): Goal[] {
  return [
    { name: 'cold start to ready', value: median(runs.map((run) => run.readySeconds)), unit: 's', below: 15 },
    { name: 'days replayed', value: median(runs.map((run) => run.daysPerSecond)), unit: 'days/s', atLeast: 10 },
    {
      name: 'highest memory of the tree in the replay (PSS)',
      value: Math.max(...runs.map((run) => run.highestPssMiB)),
      unit: 'MiB',
      below: 1.2 * 1024,
    },
  ];
}

const times = Number(process.argv[2] ?? 1);
if (!Number.isInteger(times) || times < 1) throw new RangeError('bench:run takes how many runs to make, from 1');
print(machine());
const runs: Figures[] = [];
for (let run = 1; run <= times; run++) {
  const figures = await measure();
  runs.push(figures);
  print(
    `run ${run}: ready in ${figures.readySeconds.toFixed(1)} s, ${figures.daysPerSecond.toFixed(1)} days/s ` +
      `(${(1000 * figures.cpuSecondsPerDay).toFixed(0)} ms of processor time a day), ` +
      `${figures.highestPssMiB.toFixed(0)} MiB in ${figures.processes} processes`,
  );
}
if (!judge(goals(runs), print)) process.exitCode = 1;
