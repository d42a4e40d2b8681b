import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The clone that this package is part of. */
export const root = join(import.meta.dirname, '..', '..', '..');

export function readText(file: string): string {
  return readFileSync(join(root, file), 'utf8');
}
