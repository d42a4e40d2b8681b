import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Workload } from './workload.js';

/**
 * Times every workload of `workloads/`, or of the subjects named as arguments, each in a process of its own: no
 * workload sees another's garbage or compiled code, and peak memory is its own.
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
  workloads.forEach((_, index) => {
    const { status } = spawnSync(process.execPath, ['--expose-gc', single, subject, String(index)], {
      stdio: 'inherit',
    });
    if (status !== 0) process.exitCode = 1;
  });
}
