import { rows, type Persistence, type SqlValue, type Tx } from '@risk-budget/persistence';

/** Rows of a statement, in the transaction given or outside of any. */
export function read<T>(
  persistence: Persistence,
  tx: Tx | undefined,
  sql: string,
  parameters: SqlValue[] = [],
): Promise<T[]> {
  return tx === undefined ? persistence.query<T>(sql, parameters) : rows<T>(tx, sql, parameters);
}

/** Runs `work` in the transaction given, or in one of its own. */
export function write<T>(persistence: Persistence, tx: Tx | undefined, work: (tx: Tx) => Promise<T>): Promise<T> {
  return tx === undefined ? persistence.transaction(work) : work(tx);
}

/**
 * A PostgreSQL array literal of texts, to be cast (`$1::text[]`). The driver's own conversion of arrays looks at every
 * element with a regular expression, which costs more than the insert of a bar.
 */
export function textArray(values: readonly (string | null | undefined)[]): string {
  let literal = '{';
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (i > 0) literal += ',';
    literal += value === null || value === undefined ? 'NULL' : quoted(value);
  }
  return `${literal}}`;
}

/** As {@link textArray} for decimals, instants and days, which never need quotes. */
export function plainArray(values: readonly (string | number | null | undefined)[]): string {
  let literal = '{';
  for (let i = 0; i < values.length; i++) {
    if (i > 0) literal += ',';
    literal += values[i] ?? 'NULL';
  }
  return `${literal}}`;
}

function quoted(value: string): string {
  const escaped = value.includes('"') || value.includes('\\') ? value.replace(/["\\]/g, '\\$&') : value;
  return `"${escaped}"`;
}
