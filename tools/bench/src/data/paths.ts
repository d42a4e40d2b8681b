import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** An absolute path of the clone; this file runs as `tools/bench/dist/data/paths.js`. */
export function fromRoot(path: string): string {
  return fileURLToPath(new URL(`../../../../${path}`, import.meta.url));
}

/** The same, with its folder made. */
export function inMadeFolder(path: string): string {
  const whole = fromRoot(path);
  mkdirSync(dirname(whole), { recursive: true });
  return whole;
}
