// The Python environment behind the golden numbers and the peers of the benchmarks: made once in an ignored folder from
// exact versions. `REFERENCE_PYTHON` names an interpreter to use instead; its packages must be of these versions.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, run } from './setup.mjs';

const requirements = join(root, 'tools', 'reference', 'requirements.txt');
const folder = join(root, '.cache', 'reference', 'python');
const stamp = join(folder, 'requirements.sha256');

/** The path of an interpreter with every package of `tools/reference/requirements.txt`. */
export function python() {
  const given = process.env.REFERENCE_PYTHON;
  if (given !== undefined && given !== '') return checked(given);
  const wanted = createHash('sha256').update(readFileSync(requirements)).digest('hex');
  const own = process.platform === 'win32' ? join(folder, 'Scripts', 'python.exe') : join(folder, 'bin', 'python');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return own;
  console.log('Making the Python environment of the references (once, some minutes)');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  run(process.env.PYTHON ?? 'python3', ['-m', 'venv', folder]);
  run(own, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirements]);
  checked(own);
  writeFileSync(stamp, wanted);
  return own;
}

/** Ends this process when a package is missing or of another version. */
function checked(interpreter) {
  const program = [
    'import sys, importlib.metadata as m',
    'bad = []',
    'for line in open(sys.argv[1]):',
    '    name, _, version = line.strip().partition("==")',
    '    if not version: continue',
    '    try: found = m.version(name)',
    '    except m.PackageNotFoundError: found = "missing"',
    '    if found != version: bad.append(f"{name}: {found}, wanted {version}")',
    'sys.exit("\\n".join(bad) or 0)',
  ].join('\n');
  const { status, stderr, error } = spawnSync(interpreter, ['-c', program, requirements], { encoding: 'utf8' });
  if (error) throw error;
  if (status === 0) return interpreter;
  console.error(`The packages of this Python are not those of tools/reference/requirements.txt:\n${stderr}`);
  process.exit(1);
}
