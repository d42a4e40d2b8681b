import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What BookKeeper's shell says where no bookie is registered; its exit code is 0 whatever happens. */
const NONE = 'No bookie exists';

/**
 * Takes the registration of a killed broker's bookie out of the metadata, which nobody may have open. Whoever lists the bookies under
 * Pulsar's RocksDB store removes what an earlier process has left there.
 *
 * A broker that finds it at its start removes it while it makes its own, and where the news of that comes late, as on a busy machine, takes
 * it for the loss of its own: it gives that up and makes it anew, which is news of a loss again, without end (`ResourceLockImpl`
 * compares `BookieServiceInfo`, which has no `equals`). Ledgers then fail to be created, half of the time, with "Not enough non-faulty
 * bookies available".
 *
 * @throws Error with the shell's output when the registration is still there
 */
export async function forgetKilledBookie(dir: string, jars: string): Promise<void> {
  const metadata = join(dir, 'metadata');
  if (!existsSync(metadata)) return;
  // The shell reads the path as a part of a URI, and a folder's name may hold what a URI may not.
  const folder = await mkdtemp(join(tmpdir(), 'risk-budget-bookie-'));
  try {
    await symlink(metadata, join(folder, 'metadata'));
    const configFile = join(folder, 'shell.conf');
    await writeFile(configFile, `metadataServiceUri=metadata-store:rocksdb://${folder}/metadata\n`);
    const output = await listBookies(dir, jars, configFile);
    if (!output.includes(NONE)) throw new Error(`The bookie of ${dir} is still registered after a crash:\n${output}`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function listBookies(dir: string, jars: string, configFile: string): Promise<string> {
  const driver = 'org.apache.pulsar.metadata.bookkeeper.PulsarMetadataClientDriver';
  const child = spawn(
    'java',
    [
      '-Xmx128m',
      '-XX:+UseSerialGC',
      '-XX:TieredStopAtLevel=1',
      `-Dbookkeeper.metadata.client.drivers=${driver}`,
      `-Dlog4j2.configurationFile=${join(dir, 'log4j2.properties')}`,
      '-cp',
      join(jars, '*'),
      'org.apache.bookkeeper.bookie.BookieShell',
      '-conf',
      configFile,
      'listbookies',
      '-rw',
    ],
    { cwd: dir, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output = (output + chunk.toString()).slice(-4_000)));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', () => resolve(output));
  });
}
