// The `test` script of every package: jest in ES modules, its counts written for the total at the end of `npm test`.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from './setup.mjs';

const { name } = JSON.parse(readFileSync('package.json', 'utf8'));
const results = join(root, '.cache', 'test-results');
const [suite, ...options] = process.argv[2] === 'e2e' ? process.argv.slice(2) : ['test', ...process.argv.slice(2)];
const file = join(results, `${name}.${suite}.json`);
mkdirSync(dirname(file), { recursive: true });
rmSync(file, { force: true });
const { status } = spawnSync(
  process.execPath,
  [
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    join(root, 'node_modules', 'jest', 'bin', 'jest.js'),
    '--json',
    `--outputFile=${file}`,
    '--testLocationInResults=false',
    ...(suite === 'e2e' ? ['--config', 'jest.e2e.config.js'] : []),
    ...options,
  ],
  { stdio: ['ignore', 'ignore', 'inherit'] },
);
process.exit(status ?? 1);
