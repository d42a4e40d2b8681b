// `npm run pulsar -- start`: a real Pulsar broker on this machine (tools/pulsar). Sets up and builds that package first.
import { join } from 'node:path';
import { install, root, run } from './setup.mjs';

install();
run(process.execPath, [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-b', 'tools/pulsar/tsconfig.lib.json']);
run(process.execPath, [join(root, 'tools', 'pulsar', 'dist', 'cli.js'), ...process.argv.slice(2)]);
