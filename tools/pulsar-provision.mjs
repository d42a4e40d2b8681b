// `npm run pulsar:provision`: what a Pulsar broker needs for the services, shown first; `-- --apply` makes it.
import { join } from 'node:path';
import { build, install, root, run } from './setup.mjs';

install();
build('@risk-budget/provision');
run(process.execPath, [join(root, 'apps', 'provision', 'dist', 'main.js'), 'broker', ...process.argv.slice(2)]);
