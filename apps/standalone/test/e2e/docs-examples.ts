import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const docs = join(import.meta.dirname, '..', '..', '..', '..', 'docs');

export interface Example {
  readonly page: string;
  readonly script: string;
}

/** The fenced `sh` blocks of each page about a service, from top to bottom: later ones use what earlier ones have set. */
export function docsExamples(): Example[] {
  return readdirSync(docs)
    .filter((page) => page.endsWith('.md'))
    .map((page) => {
      const blocks = [...readFileSync(join(docs, page), 'utf8').matchAll(/^```sh\n([\s\S]*?)^```$/gm)];
      return { page, script: blocks.map((block) => block[1] ?? '').join('\n') };
    })
    .filter(({ script }) => script !== '');
}

/** Runs a page's examples as a reader would who has sourced access.env. Every command must succeed; a refused request ends `curl -f`. */
export function runExample(
  example: Example,
  access: Record<string, string>,
): Promise<{ code: number | null; output: string }> {
  const script = `set -euo pipefail\n${example.script}`;
  const child = spawn('bash', ['-c', script], {
    env: { ...process.env, ...access },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, output })));
}
