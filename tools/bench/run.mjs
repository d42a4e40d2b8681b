// `npm run bench [-- subject…]` and `npm run bench:peers [-- row…]`: sets up, builds and runs what is asked for.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { python } from '../python.mjs';
import { install, root, run } from '../setup.mjs';

const [what, ...options] = process.argv.slice(2);
install();
run(
  process.execPath,
  [join(root, 'node_modules', 'nx', 'dist', 'bin', 'nx.js'), 'run', '@risk-budget/bench:build', '--outputStyle=static'],
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
