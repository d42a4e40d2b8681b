// `npm run docs:operations`: writes the tables of variables and metrics, from the code, into docs/operations.md.
import { join } from 'node:path';
import { build, install, root, run } from './setup.mjs';

install();
build('@risk-budget/deployment');
run(process.execPath, [join(root, 'tools', 'deployment', 'dist', 'write-operations-page.js')]);
