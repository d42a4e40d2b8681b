import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const docs = join(import.meta.dirname, '..', '..', '..', '..', 'docs');

export interface Example {
  readonly page: string;
  readonly line: number;
  readonly script: string;
}

/** Every fenced `sh` block of the pages about services. */
export function docsExamples(): Example[] {
  return readdirSync(docs)
    .filter((page) => page.endsWith('.md'))
    .flatMap((page) => {
      const text = readFileSync(join(docs, page), 'utf8');
      return [...text.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map((match) => ({
        page,
        line: text.slice(0, match.index).split('\n').length,
        script: match[1] ?? '',
      }));
    });
}

/** Runs a block as a reader would who has sourced access.env. Its curl calls must succeed: `-f` is set for all of them. */
export function runExample(
  example: Example,
  access: Record<string, string>,
): Promise<{ code: number | null; output: string }> {
  const script = `set -euo pipefail\ncurl() { command curl --fail-with-body --silent --show-error --max-time 20 "$@"; }\n${example.script}`;
  const child = spawn('bash', ['-c', script], {
    env: { ...process.env, ...access },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, output })));
}
