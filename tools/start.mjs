// `npm start`: sets up, builds and runs all services on embedded parts. Options go to apps/standalone (`npm start -- --help`).
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { build, install, root } from './setup.mjs';

// How the services run: as processes of their own on the embedded broker or on Pulsar, or killed at random; all in one process otherwise.
const entries = ['processes', 'pulsar', 'chaos'];
const [entry, options] = entries.includes(process.argv[2])
  ? [process.argv[2], process.argv.slice(3)]
  : ['main', process.argv.slice(2)];
install();
console.log('Building');
build();
const child = spawn(
  process.execPath,
  ['--enable-source-maps', join(root, 'apps', 'standalone', 'dist', `${entry}.js`), ...options],
  {
    cwd: root,
    stdio: 'inherit',
  },
);
// Ctrl-C reaches the child by itself: it is in the same group of the terminal. A signal sent to this process alone is passed on.
process.on('SIGINT', () => undefined);
for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => process.exit(code ?? (signal === null ? 1 : 130)));
