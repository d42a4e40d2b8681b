import { literal } from '../sql.js';

/**
 * One statement of PL/pgSQL that does one thing where a series table is a hypertable, and another where it is not. The register
 * is asked and not the server: a table that was made before the extension was installed has partitions still.
 */
export function onHypertable(table: string, statements: readonly string[], otherwise: readonly string[] = []): string {
  const lines = (some: readonly string[]): string => some.map((statement) => `${statement};`).join('\n');
  const alternative = otherwise.length === 0 ? '' : `ELSE\n${lines(otherwise)}\n`;
  return `DO $series$ BEGIN
IF (SELECT kind FROM series_table WHERE name = ${literal(table)}) = 'hypertable' THEN
${lines(statements)}
${alternative}END IF;
END $series$`;
}
