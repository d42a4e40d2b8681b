import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { SEED } from '../data/market-model.js';
import { fromRoot } from '../data/paths.js';
import { activeKernel, enableEngineFeatures } from '../engine.js';
import { compareRow } from './compare.js';
import type { PeerRow } from './contract.js';
import { type RowFigures, milliseconds, missesOf, page, withKeptPart } from './page.js';

/** Compares every row of `rows/` with its peers, or those named as arguments; all of them write `docs/performance.md`. */
await enableEngineFeatures();
const folder = new URL('./rows/', import.meta.url);
const all = readdirSync(folder)
  .filter((file) => file.endsWith('.js'))
  .map((file) => basename(file, '.js'))
  .sort();
const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !all.includes(name));
if (unknown.length > 0) {
  console.error(`no such row: ${unknown.join(', ')}; there are ${all.join(', ')}`);
  process.exit(1);
}

console.log(`seed ${SEED}, kernels ${activeKernel()}`);
const rows: RowFigures[] = [];
for (const id of asked.length > 0 ? asked : all) {
  const { row } = (await import(new URL(`${id}.js`, folder).href)) as { row: PeerRow };
  const figures = await figuresOf(row);
  rows.push(figures);
  print(figures);
}
const misses = rows.flatMap((figures) => missesOf(figures).map((miss) => `${figures.row.job}, ${miss}`));
if (asked.length === 0) {
  const file = fromRoot('docs/performance.md');
  const before = existsSync(file) ? readFileSync(file, 'utf8') : '';
  writeFileSync(file, withKeptPart(page(rows, { kernel: activeKernel(), seed: SEED }), before));
  spawnSync(process.execPath, [
    fromRoot('node_modules/prettier/bin/prettier.cjs'),
    '--write',
    '--log-level=warn',
    file,
  ]);
  console.log('\nwrote docs/performance.md');
}
console.log(misses.length === 0 ? '\nevery goal reached' : `\nmissed:\n  ${misses.join('\n  ')}`);
process.exitCode = misses.length === 0 ? 0 : 1;

async function figuresOf(row: PeerRow): Promise<RowFigures> {
  try {
    return { row, cases: await compareRow(row) };
  } catch (error) {
    return { row, cases: [], failure: error instanceof Error ? error.message : String(error) };
  }
}

function print({ row, cases, failure }: RowFigures): void {
  console.log(`\n${row.job}: ${row.goal}`);
  if (failure !== undefined) console.log(`  failed: ${failure}`);
  for (const { name, ours, peers, beside, misses } of cases) {
    console.log(`  ${name.padEnd(24)}${'ours'.padEnd(34)}${milliseconds(ours.best).padStart(9)} ms`);
    for (const { name: other, times } of beside) {
      console.log(`${' '.repeat(26)}${`ours: ${other}`.padEnd(34)}${milliseconds(times.best).padStart(9)} ms`);
    }
    for (const peer of peers) {
      const goal = peer.atMost === undefined ? '' : ` of at most ${peer.atMost}`;
      console.log(
        `${' '.repeat(26)}${peer.name.padEnd(34)}${milliseconds(peer.times.best).padStart(9)} ms   ratio ${peer.ratio.toPrecision(3)}${goal}   ${peer.agreement.of} ${peer.difference.toExponential(1)}`,
      );
    }
    for (const miss of misses) console.log(`  MISSED ${miss}`);
  }
}
