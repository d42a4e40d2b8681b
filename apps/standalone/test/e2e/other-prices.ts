import { spawnSync } from 'node:child_process';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { temporaryFolder, userEnvironment } from './standalone-process.js';

const root = join(import.meta.dirname, '..', '..', '..', '..');

/** A copy of the input files in which one share closed one day a cent higher. */
export async function withAnotherPrice(): Promise<string> {
  const folder = await temporaryFolder();
  cpSync(join(root, 'tools', 'replay', 'data'), folder, { recursive: true });
  const file = join(folder, 'us-equities-1990-2022.csv.gz');
  const text = gunzipSync(readFileSync(file)).toString('utf8');
  const changed = text.replace(
    /^(2020-03-16),([\d.]+)/m,
    (_, day: string, close: string) => `${day},${(Number(close) + 0.01).toFixed(4)}`,
  );
  if (changed === text) throw new Error('no price was changed');
  writeFileSync(file, gzipSync(changed));
  return folder;
}

/** Runs the verification as its page says, on a system that is up. @param dataDir the files that the run is said to be made from */
export function verifiedAgainst(
  access: Readonly<Record<string, string>>,
  dataDir: string,
): { readonly code: number | null; readonly output: string } {
  const { status, stdout, stderr } = spawnSync(
    'npm',
    ['run', 'verify', '-w', '@risk-budget/verify-run', '--', dataDir],
    {
      cwd: root,
      encoding: 'utf8',
      env: { ...userEnvironment(), ...access },
    },
  );
  return { code: status, output: stdout + stderr };
}
