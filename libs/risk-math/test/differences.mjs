// `npm run differences [-- pattern…]`: runs the tests and writes the worst differences that they have seen (`support/seen.ts`)
// into the README's table of references, rounded up to a digit. Rows without such a figure stay as they are; after a run of all
// tests a row whose figure nothing has seen any more is an error.
import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { root } from '../../../tools/setup.mjs';

const folder = join(root, '.cache', 'differences');
const readme = join(dirname(fileURLToPath(import.meta.url)), '..', 'README.md');
const patterns = process.argv.slice(2);

rmSync(folder, { recursive: true, force: true });
const tests = spawnSync(process.execPath, [join(root, 'tools', 'test-package.mjs'), ...patterns], { stdio: 'inherit' });
if (tests.status !== 0) process.exit(tests.status ?? 1);

/** Row → figure → worst difference. */
const worst = {};
for (const file of readdirSync(folder).sort()) {
  for (const [row, figures] of Object.entries(JSON.parse(readFileSync(join(folder, file), 'utf8')))) {
    worst[row] ??= {};
    for (const [figure, size] of Object.entries(figures)) {
      worst[row][figure] = Math.max(worst[row][figure] ?? 0, size);
    }
  }
}

const unseen = [];
const lines = readFileSync(readme, 'utf8')
  .split('\n')
  .map((line) => {
    const cells = line.split('|').map((cell) => cell.trim());
    if (cells.length !== 6) return line;
    const figures = worst[cells[1]];
    if (figures === undefined) {
      if (/\de-\d/.test(cells[3])) unseen.push(cells[1]);
      return line;
    }
    cells[3] = Object.entries(figures)
      .map(([figure, size]) => `${figure} ${roundedUp(size)}`.trim())
      .join('; ');
    return cells.join(' | ').trim();
  });
writeFileSync(readme, lines.join('\n'));
const prettier = join(root, 'node_modules', 'prettier', 'bin', 'prettier.cjs');
spawnSync(process.execPath, [prettier, '--write', '--log-level=warn', readme], { stdio: 'inherit' });
if (patterns.length === 0 && unseen.length > 0) {
  console.error(`These rows of the README state figures that no test has seen:\n${unseen.join('\n')}`);
  process.exit(1);
}

/** To one digit, never less than the number. */
function roundedUp(size) {
  if (size === 0) return '0';
  const exponent = Math.floor(Math.log10(size));
  const digit = Math.ceil(Number((size / 10 ** exponent).toPrecision(12)));
  return digit === 10 ? `1e${exponent + 1}` : `${digit}e${exponent}`;
}
