import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';

/** Where `npm run differences` finds what a run of the tests has seen, a file a spec: row → figure → worst difference. */
const folder = new URL('../../../../.cache/differences/', import.meta.url);
const rows = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
  .split('\n')
  .flatMap((line) => /^\| (.+?) +\|/.exec(line)?.[1] ?? []);
const worst: Record<string, Record<string, number>> = {};

/**
 * The size of a difference from a reference, noted as seen for the README's table of references.
 *
 * @param row how the row's first cell begins, as no other's does
 * @param figure which of the row's figures it is, where there are several
 */
export function seen(row: string, difference: number, figure = ''): number {
  const [name, second] = rows.filter((cell) => cell.startsWith(row));
  if (name === undefined || second !== undefined) throw new Error(`the README has not one row that begins with ${row}`);
  const size = Math.abs(difference);
  const figures = (worst[name] ??= {});
  figures[figure] = Math.max(figures[figure] ?? 0, size);
  return size;
}

afterAll(() => {
  const [, spec] = /src[\\/](.+)\.spec\.ts$/.exec(expect.getState().testPath ?? '') ?? [];
  if (spec === undefined) throw new Error('not in a spec');
  mkdirSync(folder, { recursive: true });
  writeFileSync(new URL(`${spec.replaceAll(/[\\/]/g, '.')}.json`, folder), JSON.stringify(worst));
});
