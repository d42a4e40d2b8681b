import { badDefinition } from './errors.js';

/** Quotes a name for SQL. Only plain lower-case names are in use here; anything else is refused rather than escaped. */
export function identifier(name: string): string {
  if (!/^[a-z_][a-z0-9_]{0,62}$/.test(name)) throw badDefinition(`"${name}" is no plain lower-case SQL name`);
  return `"${name}"`;
}

/** Quotes a text for SQL. */
export function literal(text: string): string {
  return text.includes('\\')
    ? ` E'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`
    : `'${text.replaceAll("'", "''")}'`;
}
