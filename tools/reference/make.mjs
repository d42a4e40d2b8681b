// `npm run reference [-- program…]`: makes the golden numbers again and ends non-zero, showing the difference, when one
// differs from the committed one by more than its program's tolerance.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { python } from '../python.mjs';
import { install, root, run } from '../setup.mjs';

install();
const written = join(root, '.cache', 'reference', 'written.txt');
mkdirSync(dirname(written), { recursive: true });
rmSync(written, { force: true });
const { status, error } = spawnSync(python(), [join(root, 'tools', 'reference', 'run.py'), ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, OMP_NUM_THREADS: '1', PYTHONHASHSEED: '0', REFERENCE_WRITTEN: written },
});
if (error) throw error;
const files = existsSync(written) ? readFileSync(written, 'utf8').split('\n').filter(Boolean) : [];
if (files.length > 0) {
  run(process.execPath, [
    join(root, 'node_modules', 'prettier', 'bin', 'prettier.cjs'),
    '--write',
    '--log-level=warn',
    ...files,
  ]);
}
process.exit(status ?? 1);
