import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { PersistenceError } from '../errors.js';
import { commandOutput, isAlive } from './postmaster.js';

/**
 * Makes this process the owner of a data folder, before anything is made or started there: of two that begin in the same moment one is
 * refused. The claim of a process that is gone, or whose number another process bears by now, does not count.
 *
 * @returns how to give it up
 * @throws `PERSISTENCE.DATA_IN_USE` when a live process owns the folder
 */
export async function claim(dataDir: string): Promise<() => Promise<void>> {
  const file = `${dataDir}.owner`;
  const own = `${process.pid} ${await startOf(process.pid)}`;
  for (;;) {
    try {
      await writeFile(file, own, { flag: 'wx' });
      return () => rm(file, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    await assertLeft(file, dataDir);
    // Moved aside by one process only, which looks again whether it took a claim that was made meanwhile.
    const aside = `${file}.${process.pid}`;
    await rename(file, aside).catch(() => undefined);
    try {
      await assertLeft(aside, dataDir);
    } catch (error) {
      await rename(aside, file).catch(() => undefined);
      throw error;
    }
    await rm(aside, { force: true });
  }
}

async function assertLeft(file: string, dataDir: string): Promise<void> {
  const [pid = '', ...start] = (await readFile(file, 'utf8').catch(() => '')).split(' ');
  const owner = Number(pid);
  if (!(owner > 0) || !isAlive(owner) || (await startOf(owner)) !== start.join(' ')) return;
  throw new PersistenceError(
    'PERSISTENCE.DATA_IN_USE',
    `the data in ${dataDir} is in use by process ${owner}; stop it, or choose another data folder`,
    { status: 503 },
  );
}

/** When a process began, in whatever way the system tells it: numbers of processes come round again. */
async function startOf(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  // The second field is the name in parentheses, which may hold anything; the start is the twenty-second.
  if (stat !== undefined) return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  return (await commandOutput('ps', ['-o', 'lstart=', '-p', String(pid)])).trim();
}
