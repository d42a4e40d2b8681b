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
