import type pg from 'pg';
import { withClient } from './client.js';
import { timescaleRequired } from './errors.js';
import { sqlState } from './infrastructure-error.js';
import { scramVerifier, verifierMatches } from './scram.js';
import { identifier, literal } from './sql.js';
import type { TimescaleMode } from './timescale.js';

/** A service to make room for: a schema of its name, and the roles `<name>_owner` and `<name>_app`. */
export interface ServiceRoles {
  name: string;
  ownerPassword: string;
  appPassword: string;
}

export interface ProvisionOptions {
  /** False only plans. */
  apply: boolean;
  timescale?: TimescaleMode;
  /** Receives the plan, line by line, before anything is done. */
  print?: (line: string) => void;
}

/** One step of a plan. The statement holds no password, only its SCRAM verifier. */
export interface ProvisionStep {
  description: string;
  sql: string;
}

export interface ProvisionPlan {
  database: string;
  /** Empty when there is nothing left to do. */
  steps: ProvisionStep[];
  warnings: string[];
  applied: boolean;
}

/**
 * Makes what services need on a server: the TimescaleDB extension, and for each service a schema, an owner role for
 * migrations and a run-time role with data rights in that schema alone. Looks first, plans only what is missing,
 * prints the plan, then carries it out; run again it finds nothing to do.
 *
 * @param adminUrl a superuser or a role with CREATEROLE, on the database in which the schemas are to be
 * @throws `PERSISTENCE.TIMESCALE_REQUIRED` when the server has no such extension and `timescale` is `required`
 */
export async function provision(
  adminUrl: string,
  services: readonly ServiceRoles[],
  options: ProvisionOptions,
): Promise<ProvisionPlan> {
  return withClient(adminUrl, async (client) => {
    const plan = await makePlan(adminUrl, client, services, options.timescale ?? 'auto');
    const print = options.print ?? (() => undefined);
    print(`Database ${plan.database}: ${plan.steps.length === 0 ? 'nothing to do' : `${plan.steps.length} steps`}`);
    for (const step of plan.steps) print(`  ${step.description}`);
    for (const warning of plan.warnings) print(`  WARNING ${warning}`);
    if (options.apply) for (const step of plan.steps) await applyStep(client, step);
    return { ...plan, applied: options.apply };
  });
}

async function makePlan(
  adminUrl: string,
  client: pg.Client,
  services: readonly ServiceRoles[],
  timescale: TimescaleMode,
): Promise<Omit<ProvisionPlan, 'applied'>> {
  const { database, superuser, open } = await look(client);
  const db = identifierOfDatabase(database);
  const steps: ProvisionStep[] = [];
  const warnings: string[] = [];
  if (timescale !== 'off') await planTimescale(client, timescale, steps, warnings);
  if (open) {
    steps.push({
      description: 'close the database to roles without a grant',
      sql: `REVOKE ALL ON DATABASE ${db} FROM PUBLIC`,
    });
    steps.push({ description: 'close schema public to creation', sql: 'REVOKE CREATE ON SCHEMA public FROM PUBLIC' });
  }
  for (const service of services) steps.push(...(await planService(adminUrl, client, db, service, superuser)));
  return { database, steps, warnings };
}

async function look(client: pg.Client): Promise<{ database: string; superuser: boolean; open: boolean }> {
  const found = await client.query<{ database: string; superuser: boolean; open: boolean }>(
    `SELECT current_database() AS database,
            (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AS superuser,
            has_database_privilege('public', current_database(), 'CONNECT') AS open`,
  );
  return found.rows[0] ?? { database: 'postgres', superuser: false, open: false };
}

async function planTimescale(
  client: pg.Client,
  mode: TimescaleMode,
  steps: ProvisionStep[],
  warnings: string[],
): Promise<void> {
  const found = await client.query<{ installed_version: string | null }>(
    "SELECT installed_version FROM pg_available_extensions WHERE name = 'timescaledb'",
  );
  const extension = found.rows[0];
  if (extension === undefined) {
    const text = 'the server has no TimescaleDB';
    if (mode === 'required') throw timescaleRequired(`${text}; install its package, or set TIMESCALE=auto`);
    warnings.push(`TIMESCALE=auto: ${text}; series will be kept in native partitions`);
  } else if (extension.installed_version === null) {
    steps.push({
      description: 'create extension timescaledb',
      sql: 'CREATE EXTENSION IF NOT EXISTS timescaledb SCHEMA public',
    });
  }
}

async function planService(
  adminUrl: string,
  client: pg.Client,
  db: string,
  service: ServiceRoles,
  superuser: boolean,
): Promise<ProvisionStep[]> {
  const { name } = service;
  const [owner, app, schema] = [identifier(`${name}_owner`), identifier(`${name}_app`), identifier(name)];
  const steps = [
    ...(await planRole(adminUrl, client, `${name}_owner`, service.ownerPassword, superuser)),
    ...(await planRole(adminUrl, client, `${name}_app`, service.appPassword, superuser)),
  ];
  if (!superuser && steps.length > 0) {
    steps.push({ description: `let this administrator act as ${name}_owner`, sql: `GRANT ${owner} TO CURRENT_USER` });
  }
  const present = await client.query<{ schema: boolean; granted: boolean }>(
    `SELECT EXISTS (SELECT 1 FROM pg_namespace n JOIN pg_roles r ON r.oid = n.nspowner WHERE n.nspname = $1 AND r.rolname = $2) AS schema,
            EXISTS (SELECT 1 FROM pg_default_acl d JOIN pg_namespace n ON n.oid = d.defaclnamespace JOIN pg_roles r ON r.oid = d.defaclrole
                     WHERE n.nspname = $1 AND r.rolname = $2 AND d.defaclobjtype = 'f') AS granted`,
    [name, `${name}_owner`],
  );
  if (present.rows[0]?.schema !== true) {
    steps.push({ description: `create schema ${name}`, sql: `CREATE SCHEMA ${schema} AUTHORIZATION ${owner}` });
  }
  if (present.rows[0]?.granted === true) return steps;
  const defaults = `ALTER DEFAULT PRIVILEGES FOR ROLE ${owner} IN SCHEMA ${schema}`;
  steps.push(
    {
      description: `let ${name}_owner and ${name}_app connect`,
      sql: `GRANT CONNECT ON DATABASE ${db} TO ${owner}, ${app}`,
    },
    { description: `let ${name}_app see schema ${name}`, sql: `GRANT USAGE ON SCHEMA ${schema} TO ${app}` },
    {
      description: `data rights for ${name}_app on tables of ${name}`,
      sql: `${defaults} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO ${app}`,
    },
    {
      description: `sequences of ${name} for ${name}_app`,
      sql: `${defaults} GRANT USAGE, SELECT ON SEQUENCES TO ${app}`,
    },
    {
      description: `no functions of ${name}_owner for everybody`,
      sql: `ALTER DEFAULT PRIVILEGES FOR ROLE ${owner} REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC`,
    },
    ...[owner, app].map((role) => ({
      description: `search path of ${role} is ${name}`,
      sql: `ALTER ROLE ${role} IN DATABASE ${db} SET search_path = ${schema}`,
    })),
    // The last step: its presence says that the ones before it were carried out.
    { description: `functions of ${name} for ${name}_app`, sql: `${defaults} GRANT EXECUTE ON FUNCTIONS TO ${app}` },
  );
  return steps;
}

async function planRole(
  adminUrl: string,
  client: pg.Client,
  role: string,
  password: string,
  superuser: boolean,
): Promise<ProvisionStep[]> {
  const found = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [role]);
  const rights = 'NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION';
  const login = `LOGIN PASSWORD ${literal(scramVerifier(password))}`;
  if (found.rowCount === 0)
    return [{ description: `create role ${role}`, sql: `CREATE ROLE ${identifier(role)} ${rights} ${login}` }];
  if (superuser) {
    const stored = await client.query<{ rolpassword: string | null }>(
      'SELECT rolpassword FROM pg_authid WHERE rolname = $1',
      [role],
    );
    if (verifierMatches(stored.rows[0]?.rolpassword ?? null, password)) return [];
  } else if (await canLogIn(adminUrl, role, password)) return [];
  // Only a superuser may as much as name the right of a superuser.
  const change = superuser ? `${rights} ${login}` : login;
  return [{ description: `set the password of role ${role}`, sql: `ALTER ROLE ${identifier(role)} ${change}` }];
}

/** How an administrator finds out who may not look at the verifiers. */
async function canLogIn(adminUrl: string, role: string, password: string): Promise<boolean> {
  const url = new URL(adminUrl);
  url.username = role;
  url.password = password;
  return withClient(url.toString(), () => Promise.resolve(true)).catch(() => false);
}

/** Roles belong to the whole server: another run may have made one in between, or be changing the same one. */
async function applyStep(client: pg.Client, step: ProvisionStep): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      await client.query(step.sql);
      return;
    } catch (error) {
      const state = sqlState(error);
      const madeMeanwhile = state === '42710' || (state === '23505' && step.sql.startsWith('CREATE ROLE'));
      if (madeMeanwhile && attempt < 5) {
        if (step.sql.startsWith('CREATE ROLE')) step = { ...step, sql: step.sql.replace('CREATE ROLE', 'ALTER ROLE') };
        else return;
      } else if (attempt >= 20 || !String(error).includes('tuple concurrently')) {
        throw new Error(`provisioning failed at: ${step.description}`, { cause: error });
      }
      await new Promise((resolve) => setTimeout(resolve, 10 + Math.random() * 40));
    }
  }
}

function identifierOfDatabase(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
