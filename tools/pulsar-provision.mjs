// `npm run pulsar:provision`: what a Pulsar broker needs for the services, shown first; `-- --apply` makes it.
import { join } from 'node:path';
import { build, install, root, run } from './setup.mjs';

install();
build();
run(process.execPath, [join(root, 'apps', 'standalone', 'dist', 'provision-pulsar.js'), ...process.argv.slice(2)]);
