import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..', '..');

/** Seconds within which a second run must be through, with room for a busy machine: alone it takes about two. */
const seconds = 30;

/** Runs build and tests of one package by Nx, as `npm test` does; variables of the Nx that may run this test are left out. */
function run(): { readonly output: string; readonly seconds: number } {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('NX_')));
  const started = performance.now();
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [
      join(root, 'node_modules', 'nx', 'dist', 'bin', 'nx.js'),
      ...['run-many', '-t', 'build', 'test', '-p', '@risk-budget/contracts', '--outputStyle=static'],
    ],
    { cwd: root, encoding: 'utf8', env: { ...env, NX_DAEMON: 'false', NX_TUI: 'false' } },
  );
  if (status !== 0) throw new Error(`nx ended with ${String(status)}:\n${stdout}\n${stderr}`);
  return { output: stdout, seconds: (performance.now() - started) / 1000 };
}

describe('a second build and test run with nothing changed', () => {
  it('takes seconds: every task comes from the cache', () => {
    run();
    const again = run();
    expect(again.output).toMatch(/from the cache instead of running the command for (\d+) out of \1 tasks/);
    expect(again.seconds).toBeLessThan(seconds);
  }, 300_000);
});
