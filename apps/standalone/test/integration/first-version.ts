import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliDecompressSync } from 'node:zlib';
import { createPersistence, type Persistence } from '@risk-budget/persistence';

export const firstServices = ['forecasting', 'allocation', 'utilization', 'limits'] as const;
export type FirstService = (typeof firstServices)[number];
export const firstSchemas = [...firstServices, 'bus'] as const;

const folder = join(fileURLToPath(new URL('.', import.meta.url)), '..', 'fixtures', 'first-version');
const read = (file: string): string => brotliDecompressSync(readFileSync(join(folder, file))).toString('utf8');

/** What a service of the first version answered. */
export interface FirstAnswer {
  readonly service: FirstService;
  readonly path: string;
  readonly answer: object;
}

export function firstAnswers(): FirstAnswer[] {
  return JSON.parse(read('answers.json.br')) as FirstAnswer[];
}

/** Puts the first version's schemas in the place of empty ones. */
export async function restoreFirstVersion(adminUrl: string): Promise<void> {
  const admin = await createPersistence({ url: adminUrl, schema: 'public', timescale: 'off', poolSize: 1 });
  try {
    for (const schema of firstSchemas) await admin.query(`DROP SCHEMA ${schema} CASCADE`);
    await admin.query(read('database.sql.br'));
  } finally {
    await admin.close();
  }
}

/** A table as it was: its columns then, how many rows, and a digest of them that knows no order. */
export interface TableDigest {
  readonly table: string;
  readonly columns: readonly string[];
  readonly rows: number;
  readonly digest: string;
}

/** The tables of the first version, without the registers that migrations write into. */
export async function tablesOf(admin: Persistence): Promise<Pick<TableDigest, 'table' | 'columns'>[]> {
  return admin.query(
    `SELECT n.nspname || '.' || c.relname AS "table",
            array_agg(a.attname::text ORDER BY a.attnum) AS columns
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
     WHERE n.nspname = ANY($1) AND c.relkind IN ('r', 'p') AND NOT c.relispartition
       AND c.relname NOT IN ('schema_migration', 'series_table')
     GROUP BY 1 ORDER BY 1`,
    [firstSchemas],
  );
}

export async function digestOf(
  admin: Persistence,
  { table, columns }: Pick<TableDigest, 'table' | 'columns'>,
): Promise<TableDigest> {
  const list = columns.map((name) => `"${name}"`).join(', ');
  const [row] = await admin.query<{ rows: number; digest: string }>(
    `SELECT count(*) AS rows, md5(coalesce(string_agg(md5(t::text), '' ORDER BY md5(t::text)), '')) AS digest
     FROM (SELECT ${list} FROM ${table}) t`,
  );
  return { table, columns, rows: row?.rows ?? -1, digest: row?.digest ?? '' };
}
