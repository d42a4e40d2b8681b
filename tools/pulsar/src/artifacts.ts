import { spawn, spawnSync } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const packageDir = join(dirname(fileURLToPath(import.meta.url)), '..');
const workspace = join(packageDir, '..', '..');

/** The oldest Java that the broker runs on. */
const JAVA = 17;

/** Where the jars are kept: beside the other caches of the workspace, ignored by git. */
export const cacheDir = join(workspace, '.cache', 'pulsar');

/** What is missing to run a broker on this machine, in words; undefined when nothing is. */
export function missingRequirement(): string | undefined {
  const java = spawnSync('java', ['-version'], { encoding: 'utf8' });
  const version = Number(/version "(\d+)/.exec(java.stderr ?? '')?.[1] ?? 0);
  if (version < JAVA) return version === 0 ? `no Java (${JAVA} or newer)` : `Java ${version}, and ${JAVA} is needed`;
  const maven = spawnSync('mvn', ['--version'], { encoding: 'utf8', shell: process.platform === 'win32' });
  return maven.status === 0 ? undefined : 'no Maven (mvn)';
}

/**
 * The folder with the broker's jars, fetched from Maven Central at the first call (about 235 MB, under a minute). The
 * folder's name stands for the pom, so that a change of version fetches anew; it appears only when it is whole.
 *
 * @throws Error with Maven's output when an artifact cannot be fetched
 */
export async function fetchJars(say: (line: string) => void = () => undefined): Promise<string> {
  const pom = join(packageDir, 'pom.xml');
  const version = createHash('sha256')
    .update(await readFile(pom))
    .digest('hex')
    .slice(0, 12);
  const folder = join(cacheDir, `lib-${version}`);
  if (existsSync(join(folder, '.complete'))) return folder;
  say('Fetching the broker from Maven Central (once, about 235 MB)');
  await mkdir(cacheDir, { recursive: true });
  const partial = join(cacheDir, `partial-${randomUUID()}`);
  try {
    await maven(['-B', '-q', '-f', pom, 'dependency:copy-dependencies', '-DincludeScope=runtime'], partial);
    await writeFile(join(partial, '.complete'), `${(await readdir(partial)).length} jars\n`);
    // Another process may have been as fast.
    await rename(partial, folder).catch((error: unknown) => {
      if (!existsSync(join(folder, '.complete'))) throw error;
    });
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
  return folder;
}

function maven(args: readonly string[], outputDirectory: string): Promise<void> {
  const child = spawn('mvn', [...args, `-DoutputDirectory=${outputDirectory}`], {
    cwd: workspace,
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: process.platform === 'win32',
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output = (output + chunk.toString()).slice(-4_000)));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`Maven could not fetch the broker:\n${output}`)),
    );
  });
}
