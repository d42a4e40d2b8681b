// The `test` script of every package: jest in ES modules, its counts written for the total at the end of `npm test`.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { root } from './setup.mjs';

/** How long after jest's end a process that its tests started may still hold its output. */
const GRACE_MS = 5_000;

/** How long jest may take to end once it has written its results: a test that left something open would keep it for ever. */
const HANG_MS = 60_000;

const { name } = JSON.parse(readFileSync('package.json', 'utf8'));
const results = join(root, '.cache', 'test-results');
const [suite, ...options] = process.argv[2] === 'e2e' ? process.argv.slice(2) : ['test', ...process.argv.slice(2)];
const file = join(results, `${name}.${suite}.json`);
mkdirSync(dirname(file), { recursive: true });
rmSync(file, { force: true });
// Its output goes through a pipe: who waits for the end of ours must not wait for a process that a test left behind.
const jest = spawn(
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
  { stdio: ['ignore', 'ignore', 'pipe'] },
);
jest.stderr.on('data', (chunk) => {
  process.stderr.write(chunk);
  if (chunk.includes('Test results written to')) setTimeout(giveUp, HANG_MS).unref();
});
const output = linkOf(`/proc/${jest.pid}/fd/2`);
const closed = once(jest.stderr, 'close').then(() => true);
const [code] = await once(jest, 'exit');
const clean = await Promise.race([closed, delay(GRACE_MS, false)]);
if (!clean) console.error(`Left running by the tests of ${name}: ${holders(output).join('; ') || 'not known'}`);
process.exit(code === 0 && !clean ? 1 : (code ?? 1));

function giveUp() {
  console.error(`The tests of ${name} left something open: jest did not end ${HANG_MS / 1000} s after its results.`);
  jest.kill('SIGKILL');
}

/** Command lines of the processes that write to an output, where the system shows them. */
function holders(output) {
  if (output === undefined) return [];
  const writes = (pid) => filesOf(`/proc/${pid}/fd`).some((fd) => linkOf(`/proc/${pid}/fd/${fd}`) === output);
  return filesOf('/proc')
    .filter((pid) => /^\d+$/.test(pid) && writes(pid))
    .map((pid) => `${pid} ${readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()}`);
}

function filesOf(folder) {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function linkOf(path) {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
