import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import ignore from 'ignore';
import { readText, root } from '../../src/index.js';

/** Files that `docker build` is given: those of the clone that .dockerignore lets in. */
export function imageContext(): string[] {
  const left = ignore().add(readText('.dockerignore'));
  return execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  })
    .split('\n')
    .filter((file) => file !== '' && !left.ignores(file) && existsSync(join(root, file)));
}
