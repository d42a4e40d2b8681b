import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fromRoot } from '../data/paths.js';
import { activeKernel, enableEngineFeatures } from '../engine.js';
import { withGrowth } from './growth-table.js';
import type { Measured, Workload } from './workload.js';

/**
 * Times every workload of `workloads/`, or of the subjects named as arguments, each in a process of its own: no
 * workload sees another's garbage or compiled code, and peak memory is its own. `growth` by name writes its table.
 */
const folder = new URL('./workloads/', import.meta.url);
const subjects = readdirSync(folder)
  .filter((file) => file.endsWith('.js'))
  .map((file) => basename(file, '.js'))
  .sort();
const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !subjects.includes(name));
if (unknown.length > 0) {
  console.error(`no such subject: ${unknown.join(', ')}; there are ${subjects.join(', ')}`);
  process.exit(1);
}

const single = fileURLToPath(new URL('./single.js', import.meta.url));
console.log(`${''.padEnd(68)}${'median ms'.padStart(12)}${'best ms'.padStart(12)}${'peak MiB'.padStart(10)}`);
for (const subject of asked.length > 0 ? asked : subjects) {
  const { workloads } = (await import(new URL(`${subject}.js`, folder).href)) as { workloads: readonly Workload[] };
  console.log(subject);
  const measured = workloads.flatMap((_, index) => {
    const { status, stdout } = spawnSync(process.execPath, ['--expose-gc', single, subject, String(index)], {
      stdio: ['ignore', 'pipe', 'inherit'],
      encoding: 'utf8',
    });
    if (status !== 0) {
      process.exitCode = 1;
      return [];
    }
    const figures = JSON.parse(stdout) as Measured;
    const { name, median, best, peakMiB } = figures;
    console.log(`  ${name.padEnd(66)}${inColumn(median)}${inColumn(best)}${peakMiB.toFixed(1).padStart(10)}`);
    return [figures];
  });
  if (subject === 'growth' && asked.includes(subject)) await writeGrowth(measured);
}

function inColumn(milliseconds: number): string {
  return milliseconds.toFixed(milliseconds < 1 ? 4 : 2).padStart(12);
}

async function writeGrowth(measured: readonly Measured[]): Promise<void> {
  await enableEngineFeatures();
  const path = fromRoot('docs/performance.md');
  const [cpu] = cpus();
  const machine = `${cpu?.model.trim() ?? 'an unknown processor'}, ${cpus().length} cores, Node ${process.versions.node}, kernels ${activeKernel()}`;
  const about = `Best times in milliseconds, each size in a process of its own; 1,000 days. ${machine}.`;
  const made = withGrowth(readFileSync(path, 'utf8'), measured, about);
  if (made === null) throw new Error(`${path} has no place for the table of growth`);
  writeFileSync(path, made);
  const prettier = fromRoot('node_modules/prettier/bin/prettier.cjs');
  spawnSync(process.execPath, [prettier, '--write', '--log-level=warn', path], { stdio: 'inherit' });
}
