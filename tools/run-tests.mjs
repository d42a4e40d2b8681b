// `npm test`: sets up, then format, lint, boundaries, types, build, unit, integration and end to end; prints the true totals last.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { install, root } from './setup.mjs';

install();

const results = join(root, '.cache', 'test-results');
rmSync(results, { recursive: true, force: true });
mkdirSync(results, { recursive: true });
const env = { ...process.env, NX_DAEMON: 'false', NX_TUI: 'false', FORCE_COLOR: '0' };
const nx = join(root, 'node_modules', 'nx', 'dist', 'bin', 'nx.js');
const failedSteps = [];

function step(name, args) {
  const started = Date.now();
  console.log(`\n== ${name}`);
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit', env });
  console.log(`== ${name}: ${status === 0 ? 'ok' : 'FAILED'} in ${Math.round((Date.now() - started) / 1000)} s`);
  if (status !== 0) failedSteps.push(name);
  return status === 0;
}

step('format', [join(root, 'node_modules', 'prettier', 'bin', 'prettier.cjs'), '--check', '--log-level', 'warn', '.']);
const built = step('build', [nx, 'run-many', '-t', 'build', '--outputStyle=static']);
step('lint and boundaries', [nx, 'run-many', '-t', 'lint', '--parallel=2', '--outputStyle=static']);
step('types', [nx, 'run-many', '-t', 'typecheck', '--parallel=2', '--outputStyle=static']);
if (built) {
  const broker = await startBroker();
  step('unit and integration', [nx, 'run-many', '-t', 'test', '--parallel=1', '--outputStyle=static']);
  step('end to end', [nx, 'run-many', '-t', 'e2e', '--parallel=1', '--outputStyle=static']);
  await broker?.release();
}

/** One real broker for every test that wants one; undefined where it cannot run: those tests are then skipped, and said so. */
async function startBroker() {
  const { acquireTestBroker, brokerOrReason } = await import('./pulsar/dist/testing/index.js');
  if (brokerOrReason() !== undefined) return undefined;
  console.log('\n== a real Pulsar broker for the tests');
  const acquired = await acquireTestBroker();
  env.TEST_PULSAR_DIR = acquired.broker.dir;
  return acquired;
}

let passed = 0;
let failed = 0;
let skipped = 0;
for (const file of readdirSync(results, { recursive: true }).filter((name) => name.endsWith('.json'))) {
  const report = JSON.parse(readFileSync(join(results, file), 'utf8'));
  passed += report.numPassedTests;
  failed += report.numFailedTests + report.numRuntimeErrorTestSuites;
  skipped += report.numPendingTests + report.numTodoTests;
  for (const suite of report.testResults.filter((one) => one.status === 'failed')) {
    console.log(`\nFAILED ${suite.name.replace(root, '.')}\n${suite.message}`);
  }
}
// A step that failed without a failing test (lint, types, build) counts as one failure, so that the total cannot look green.
if (failed === 0) failed += failedSteps.length;
console.log(failedSteps.length > 0 ? `\nFailed steps: ${failedSteps.join(', ')}` : '\nEvery step passed.');
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
process.exit(failedSteps.length > 0 || failed > 0 ? 1 : 0);
