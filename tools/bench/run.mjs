// `npm run bench [-- subject…]`, `bench:peers [-- row…]`, `bench:run [-- times]`, `bench:what-if` and the others: sets up, builds and runs what is asked for.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { python } from '../python.mjs';
import { install, root, run } from '../setup.mjs';

const [what, ...options] = process.argv.slice(2);
install();
// These measure services, in processes of their own.
const projects = [
  '@risk-budget/bench',
  ...(['sample-run', 'what-if', 'ready', 'breaches', 'load', 'backlog'].includes(what)
    ? ['@risk-budget/standalone']
    : []),
];
run(
  process.execPath,
  [
    join(root, 'node_modules', 'nx', 'dist', 'bin', 'nx.js'),
    'run-many',
    '-t',
    'build',
    '-p',
    projects.join(','),
    '--outputStyle=static',
  ],
  { env: { ...process.env, NX_DAEMON: 'false', NX_TUI: 'false' }, stdio: ['ignore', 'ignore', 'inherit'] },
);
const environment = what === 'peers' ? { ...process.env, REFERENCE_PYTHON: python() } : process.env;
const { status, error } = spawnSync(
  process.execPath,
  ['--expose-gc', join(root, 'tools', 'bench', 'dist', what, 'run.js'), ...options],
  { cwd: root, stdio: 'inherit', env: environment },
);
if (error) throw error;
process.exit(status ?? 1);
