import { badDefinition } from './errors.js';
import { executeLater, type SqlValue, type Tx } from './persistence.js';
import { identifier } from './sql.js';

/**
 * Inserts rows in one statement by arrays, for what needs a conflict clause (COPY has none). It is sent as {@link executeLater} does.
 *
 * @param columns column name → SQL type, such as `{ instrument_id: 'text', close: 'numeric' }`; a `jsonb` cell is given as text
 * @param conflict what follows `ON CONFLICT`, such as `(instrument_id, time, revision) DO NOTHING`
 */
export async function insertMany(
  tx: Tx,
  table: string,
  columns: Readonly<Record<string, string>>,
  rows: readonly Readonly<Record<string, SqlValue>>[],
  conflict?: string,
): Promise<void> {
  if (rows.length === 0) return;
  const names = Object.keys(columns);
  const clause = conflict === undefined ? '' : ` ON CONFLICT ${conflict}`;
  const arrays = names.map((name, index) => `$${index + 1}::${sqlType(columns[name] ?? 'text')}[]`).join(', ');
  const sql = `INSERT INTO ${identifier(table)} (${names.map(identifier).join(', ')}) SELECT * FROM unnest(${arrays})${clause}`;
  return executeLater(
    tx,
    sql,
    names.map((name) => rows.map((row) => row[name] ?? null)),
  );
}

function sqlType(type: string): string {
  if (!/^[a-z][a-z0-9 ]*(\(\d+(, ?\d+)?\))?$/.test(type)) throw badDefinition(`"${type}" is no SQL type`);
  return type;
}
