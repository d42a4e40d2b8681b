import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Who a process runs as. */
export interface User {
  readonly uid: number;
  readonly gid: number;
}

const root = join(import.meta.dirname, '..', '..', '..', '..');

/**
 * An ordinary user of this machine, where root runs the tests: `nobody`, who owns no file here and so shows that nothing needs to be one's
 * own or root's.
 *
 * @returns the user, or the reason why it cannot be tried
 */
export function ordinaryUser(): User | string {
  if (process.getuid?.() !== 0) return 'the tests run as an ordinary user themselves; only root can become another';
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith('nobody:'));
  const [, , uid = '', gid = ''] = line?.split(':') ?? [];
  if (!(Number(uid) > 0)) return 'there is no user nobody';
  const user = { uid: Number(uid), gid: Number(gid) };
  const program = join(root, 'apps', 'standalone', 'dist', 'main.js');
  const { status } = spawnSync(
    process.execPath,
    ['-e', `require('fs').accessSync(${JSON.stringify(program)}, 4)`],
    user,
  );
  return status === 0 ? user : 'nobody cannot read the folder that the clone stands in';
}
