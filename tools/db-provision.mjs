// `npm run db:provision`: roles, schemas, extension and grants of a deployment's database (`-- --help`).
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { build, install, root } from './setup.mjs';

install();
build('@risk-budget/provision');
const { status } = spawnSync(
  process.execPath,
  ['--enable-source-maps', join(root, 'apps', 'provision', 'dist', 'main.js'), 'database', ...process.argv.slice(2)],
  { cwd: root, stdio: 'inherit' },
);
process.exit(status ?? 1);
