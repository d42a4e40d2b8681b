import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { PersistenceError } from '../errors.js';

/** The user that PostgreSQL runs as. It refuses to run as root. */
export interface RunAs {
  uid: number;
  gid: number;
}

/** Who PostgreSQL is to run as: undefined for the present user, somebody unprivileged for root. */
export async function runAs(): Promise<RunAs | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const users = await readFile('/etc/passwd', 'utf8').catch(() => '');
  for (const wanted of ['postgres', 'nobody']) {
    const [, , uid, gid] =
      users
        .split('\n')
        .find((line) => line.startsWith(`${wanted}:`))
        ?.split(':') ?? [];
    if (uid !== undefined && gid !== undefined && Number(uid) > 0) return { uid: Number(uid), gid: Number(gid) };
  }
  throw new PersistenceError(
    'PERSISTENCE.NO_UNPRIVILEGED_USER',
    'PostgreSQL does not run as root, and there is no user "postgres" or "nobody" to run it as; run as an ordinary user',
  );
}

/**
 * A folder that PostgreSQL's user can reach: the one wanted, or, where that lies below a closed one (such as the home
 * folder of root), one of its own under /var/lib.
 */
export async function reachable(folder: string, user: RunAs | undefined): Promise<string> {
  if (user === undefined) return folder;
  for (let parent = dirname(resolve(folder)); ; parent = dirname(parent)) {
    const found = await stat(parent).catch(() => undefined);
    if (found !== undefined) {
      const bit = found.uid === user.uid ? 0o100 : found.gid === user.gid ? 0o010 : 0o001;
      if ((found.mode & bit) === 0) {
        return join('/var/lib/risk-budget', createHash('sha256').update(resolve(folder)).digest('hex').slice(0, 12));
      }
    }
    if (parent === dirname(parent)) return folder;
  }
}
