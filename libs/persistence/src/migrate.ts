import { createHash } from 'node:crypto';
import type pg from 'pg';
import { withClient } from './client.js';
import { migrationMismatch } from './errors.js';
import { sqlState } from './infrastructure-error.js';
import type { Persistence } from './persistence.js';
import { identifier } from './sql.js';
import { checkTimescale, type TimescaleMode } from './timescale.js';

/** What a migration may need to know to write its SQL. */
export interface MigrationContext {
  schema: string;
  /** The role that the service runs as; it has data rights on every table by default privileges. */
  appRole: string;
  /** Whether series become hypertables. */
  timescale: boolean;
}

/**
 * One step of a schema, run once as the owner, in its own transaction. Its name is unique in a service's list
 * (libraries prefix theirs: `messaging-0001-tables`); what has run is never edited. Expand, then contract: the code
 * of the version before must run on the schema it leaves.
 */
export interface Migration {
  name: string;
  up: string | ((context: MigrationContext) => string | string[]);
}

export interface MigrateOptions {
  timescale?: TimescaleMode;
  /** Default `<schema>_app`. */
  appRole?: string;
  warn?: (message: string) => void;
  print?: (line: string) => void;
}

export interface MigrationReport {
  applied: string[];
  alreadyApplied: number;
}

/**
 * Brings a schema up to a list of migrations, in the list's order. Safe to run from several processes at once.
 *
 * @param ownerUrl connects as the schema's owner
 * @throws `PERSISTENCE.MIGRATION_MISMATCH` when a migration that has run was changed, or a name stands twice
 */
export async function migrate(
  ownerUrl: string,
  schema: string,
  migrations: readonly Migration[],
  options: MigrateOptions = {},
): Promise<MigrationReport> {
  checkNames(migrations);
  return withClient(
    ownerUrl,
    async (client) => {
      const lock = createHash('sha256').update(`migrate:${schema}`).digest().readInt32BE(0);
      await client.query('SELECT pg_advisory_lock($1)', [lock]);
      try {
        return await run(client, schema, migrations, options);
      } finally {
        await client.query('SELECT pg_advisory_unlock($1)', [lock]);
      }
    },
    { applicationName: `${schema}-migrate`, searchPath: schema },
  );
}

async function run(
  client: pg.Client,
  schema: string,
  migrations: readonly Migration[],
  options: MigrateOptions,
): Promise<MigrationReport> {
  const appRole = options.appRole ?? `${schema}_app`;
  const query = async (sql: string): Promise<unknown[]> => (await client.query(sql)).rows;
  const timescale = await checkTimescale(query, options.timescale ?? 'auto', options.warn ?? (() => undefined));
  await client.query(
    `CREATE TABLE IF NOT EXISTS schema_migration (
       name text PRIMARY KEY, checksum text, position integer NOT NULL, applied_at timestamptz NOT NULL DEFAULT clock_timestamp())`,
  );
  await client.query(`REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON schema_migration FROM ${identifier(appRole)}`);
  const known = new Map(
    (
      await client.query<{ name: string; checksum: string | null }>('SELECT name, checksum FROM schema_migration')
    ).rows.map((row) => [row.name, row.checksum] as const),
  );
  const applied: string[] = [];
  for (const migration of migrations) {
    const sum = checksum(migration);
    const recorded = known.get(migration.name);
    if (recorded !== undefined) {
      if (recorded !== null && sum !== null && recorded !== sum) {
        throw migrationMismatch(
          `migration ${migration.name} of schema ${schema} has run and was changed since; add a new one`,
        );
      }
      continue;
    }
    options.print?.(`${schema}: ${migration.name}`);
    await apply(client, migration, { schema, appRole, timescale }, sum, known.size + applied.length + 1);
    applied.push(migration.name);
  }
  return { applied, alreadyApplied: known.size };
}

async function apply(
  client: pg.Client,
  migration: Migration,
  context: MigrationContext,
  sum: string | null,
  position: number,
): Promise<void> {
  const up = typeof migration.up === 'string' ? migration.up : migration.up(context);
  await client.query('BEGIN');
  try {
    for (const statement of Array.isArray(up) ? up : [up]) await client.query(statement);
    await client.query('INSERT INTO schema_migration (name, checksum, position) VALUES ($1, $2, $3)', [
      migration.name,
      sum,
      position,
    ]);
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw new Error(`migration ${migration.name} of schema ${context.schema} failed`, { cause: error });
  }
}

/** How a schema stands to the code: `behind` must wait unready, `current` and `ahead` (expand-then-contract) may run. */
export interface SchemaStatus {
  state: 'behind' | 'current' | 'ahead';
  /** Migrations of the code that have not run. */
  missing: string[];
  /** Migrations that have run and are not in the code. */
  unknown: string[];
}

/** Compares the migrations that have run with those of the code. An empty database is `behind`. */
export async function schemaStatus(persistence: Persistence, migrations: readonly Migration[]): Promise<SchemaStatus> {
  const names = await appliedNames(persistence);
  const wanted = new Set(migrations.map((migration) => migration.name));
  const missing = [...wanted].filter((name) => !names.has(name));
  const unknown = [...names].filter((name) => !wanted.has(name));
  return { state: missing.length > 0 ? 'behind' : unknown.length > 0 ? 'ahead' : 'current', missing, unknown };
}

async function appliedNames(persistence: Persistence): Promise<Set<string>> {
  try {
    const found = await persistence.query<{ name: string }>('SELECT name FROM schema_migration ORDER BY position');
    return new Set(found.map((row) => row.name));
  } catch (error) {
    if (sqlState(error) === '42P01') return new Set();
    throw error;
  }
}

function checkNames(migrations: readonly Migration[]): void {
  const seen = new Set<string>();
  for (const { name } of migrations) {
    if (seen.has(name)) throw migrationMismatch(`two migrations are named ${name}`);
    seen.add(name);
  }
}

/** SQL that is generated depends on the server, so only written SQL is held to its first form. */
function checksum(migration: Migration): string | null {
  return typeof migration.up === 'string' ? createHash('sha256').update(migration.up).digest('hex') : null;
}

/** SQL that leaves the run-time role insert and select only on a table: for audit trails. */
export function insertOnly(context: MigrationContext, ...tables: string[]): string[] {
  return tables.map(
    (table) => `REVOKE UPDATE, DELETE, TRUNCATE ON ${identifier(table)} FROM ${identifier(context.appRole)}`,
  );
}
