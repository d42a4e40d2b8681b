import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..', '..', '..');
const environment = join(root, '.cache', 'python-pulsar');
const packages = ['pulsar-client==3.13.0', 'jsonschema==4.26.0'];

/** Python with Pulsar's own client, installed at its first use; undefined where there is no Python. */
export function pythonWithPulsar(): string | undefined {
  const python = join(environment, 'bin', 'python');
  if (spawnSync(python, ['-c', 'import pulsar, jsonschema']).status === 0) return python;
  if (!existsSync(python) && spawnSync('python3', ['-m', 'venv', environment]).status !== 0) return undefined;
  const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...packages];
  const { status, stderr } = spawnSync(python, install, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${packages.join(' and ')} do not install: ${stderr}`);
  return python;
}

/** What the client of `outside_client.py` has seen. */
export interface Outside {
  published: number;
  /** Messages by type. */
  seen: Record<string, number>;
  /** Sources that said how they are. */
  services: string[];
  expectedNav: number;
  nav: number | null;
  volatilityAnnual: number | null;
}

/** Runs the client. @throws Error with what it said when it ends with another code than 0 */
export function runOutsideClient(python: string, serviceUrl: string, tenant: string, token: string): Promise<Outside> {
  const document = join(root, 'libs', 'contracts', 'schemas', 'asyncapi.json');
  const program = join(import.meta.dirname, 'outside_client.py');
  const child = spawn(python, [program, document, serviceUrl, tenant, token], { stdio: ['ignore', 'pipe', 'pipe'] });
  let [output, errors] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  return new Promise((resolve, reject) =>
    child.once('close', (code) =>
      code === 0 ? resolve(JSON.parse(output) as Outside) : reject(new Error(`ended with ${String(code)}: ${errors}`)),
    ),
  );
}
