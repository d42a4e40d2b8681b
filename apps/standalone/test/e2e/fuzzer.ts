import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const cache = join(import.meta.dirname, '..', '..', '..', '..', '.cache', 'python');
const versions = ['schemathesis==4.32.5', 'openapi-spec-validator==0.9.0'];

/** Programs that look at a service from outside, by its OpenAPI document. */
export interface PythonTools {
  readonly fuzzer: string;
  readonly validator: string;
}

/** Where they stand in an environment of the project's own, installed at its first use; undefined where there is no Python. */
export function pythonTools(): PythonTools | undefined {
  const tools = {
    fuzzer: join(cache, 'bin', 'schemathesis'),
    validator: join(cache, 'bin', 'openapi-spec-validator'),
  };
  if (Object.values(tools).every((program) => existsSync(program))) return tools;
  if (spawnSync('python3', ['-m', 'venv', cache]).status !== 0) return undefined;
  const { status, stderr } = spawnSync(join(cache, 'bin', 'pip'), ['install', '--quiet', ...versions], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${versions.join(', ')} do not install: ${stderr}`);
  return tools;
}

/** What the specification of OpenAPI has against a document; `stdin: OK` when nothing. */
export function validated({ validator }: PythonTools, document: string): string {
  const options = ['--subschema-errors', 'best-match', '--validation-errors', 'all', '-'];
  const { stdout, stderr } = spawnSync(validator, options, { input: document, encoding: 'utf8' });
  return `${stdout}${stderr}`.trim().slice(0, 4000);
}

/** What must never happen, whatever is sent. */
const checks = 'not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance';

/** @returns the exit code, and the failures as Schemathesis tells them */
export function fuzz(
  { fuzzer }: PythonTools,
  url: string,
  token: string,
): Promise<{ code: number | null; failures: string }> {
  const child = spawn(
    fuzzer,
    [
      'run',
      `${url}/docs/openapi.json`,
      ...['--header', `Authorization: Bearer ${token}`],
      ...['--phases', 'examples,coverage,fuzzing'],
      ...['--max-examples', '5', '--seed', '20200316', '--checks', checks],
      // A live stream does not end, so each case of it would wait for the time limit; its own tests speak for it.
      ...['--exclude-path-regex', '/stream$'],
      ...['--continue-on-failure', '--suppress-health-check', 'all', '--request-timeout', '20'],
    ],
    { cwd: cache, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, NO_COLOR: '1' } },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return new Promise((resolve) =>
    child.once('close', (code) => {
      const start = output.indexOf('FAILURES');
      resolve({ code, failures: code === 0 ? '' : output.slice(Math.max(0, start), start + 6000) });
    }),
  );
}
