import type pg from 'pg';
import { DataSource, type EntityManager, type EntitySchema, type QueryRunner } from 'typeorm';
import { columnTypes } from './column-types.js';
import { InfrastructureError } from './errors.js';
import { isStalePlan, isTransientConflict } from './infrastructure-error.js';
import { runPrepared } from './prepared-statements.js';
import { identifier } from './sql.js';
import { checkTimescale, type TimescaleMode } from './timescale.js';

/** An open transaction: TypeORM's entity manager bound to one connection. */
export type Tx = EntityManager;

/** Isolation of a transaction; PostgreSQL's default is `READ COMMITTED`. */
export type Isolation = 'READ COMMITTED' | 'REPEATABLE READ' | 'SERIALIZABLE';

/** A TypeORM entity: a decorated class or an EntitySchema. */
export type EntityDefinition = (new () => object) | EntitySchema;

/** What a parameter of a query may be; arrays become PostgreSQL arrays, plain objects JSON. */
export type SqlValue = unknown;

export interface PersistenceOptions {
  /** `postgresql://limits_app:…@host:port/database` */
  url: string;
  /** The service's own schema; all SQL is unqualified and resolves in it. */
  schema: string;
  /** Connections of this service's own pool, default 10. */
  poolSize?: number;
  applicationName?: string;
  entities?: EntityDefinition[];
  /** `required` refuses a server without TimescaleDB, `auto` (default) falls back to native partitions and says so. */
  timescale?: TimescaleMode;
  /** Milliseconds after which a statement is cancelled, default 60 000; 0 for never. */
  statementTimeoutMs?: number;
  /** Where warnings go; the default is standard error. */
  warn?: (message: string) => void;
}

export interface TransactionOptions {
  isolation?: Isolation;
  /** How often the work is run again after a deadlock or a serialization failure, default 4. */
  retries?: number;
}

const toStandardError = (message: string): void => void process.stderr.write(`${message}\n`);

interface CommitHooks {
  before: (() => Promise<void>)[];
  after: (() => void)[];
}

const commitHooks = new WeakMap<QueryRunner, CommitHooks>();

/**
 * Opens a service's own pool of connections.
 *
 * @throws an infrastructure error (see {@link isInfrastructureError}) when the server cannot be reached, and
 * `PERSISTENCE.TIMESCALE_REQUIRED` when TimescaleDB is required and missing
 */
export async function createPersistence(options: PersistenceOptions): Promise<Persistence> {
  const warn = options.warn ?? toStandardError;
  const dataSource = new DataSource({
    type: 'postgres',
    url: options.url,
    schema: options.schema,
    entities: options.entities ?? [],
    synchronize: false,
    migrationsRun: false,
    logging: false,
    installExtensions: false,
    poolSize: options.poolSize ?? 10,
    applicationName: options.applicationName ?? options.schema,
    connectTimeoutMS: 10_000,
    poolErrorHandler: (error: unknown) =>
      warn(`idle database connection of ${options.schema} was lost: ${String(error)}`),
    extra: {
      options: `-c search_path=${identifier(options.schema).slice(1, -1)} -c TimeZone=UTC`,
      statement_timeout: options.statementTimeoutMs ?? 60_000,
      idle_in_transaction_session_timeout: 120_000,
      types: columnTypes,
      keepAlive: true,
    },
  });
  await dataSource.initialize();
  try {
    const timescale = await checkTimescale((sql) => dataSource.query(sql), options.timescale ?? 'auto', warn);
    return new Persistence(dataSource, options.schema, timescale);
  } catch (error) {
    await dataSource.destroy();
    throw error;
  }
}

/** A service's door to its own schema. Made by {@link createPersistence}; closed once, by whoever made it. */
export class Persistence {
  constructor(
    /** TypeORM's data source on this service's own pool. */
    readonly dataSource: DataSource,
    readonly schema: string,
    /** Whether series tables are TimescaleDB hypertables here. */
    readonly timescale: boolean,
  ) {}

  /**
   * Runs `work` in one transaction and commits it. Run again from the start when it fails by a deadlock or a
   * serialization failure, so that `work` must have no effect outside the transaction; use {@link afterCommit} for those.
   */
  async transaction<T>(work: (tx: Tx) => Promise<T>, options: TransactionOptions = {}): Promise<T> {
    const retries = options.retries ?? 4;
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.attempt(work, options.isolation);
      } catch (error) {
        if (attempt >= retries || !isTransientConflict(error)) throw error;
        await new Promise((resolve) => setTimeout(resolve, 2 ** attempt * (2 + Math.random() * 6)));
      }
    }
  }

  /** Rows of one statement outside any transaction. For a statement inside one use {@link rows}. */
  async query<T = Record<string, unknown>>(sql: string, parameters: SqlValue[] = []): Promise<T[]> {
    // TypeORM's own way to the same pool costs as much again as the statement.
    const { master } = this.dataSource.driver as unknown as { master: pg.Pool };
    try {
      return (await runPrepared<Row>(master, sql, parameters)).rows as T[];
    } catch (error) {
      if (!isStalePlan(error)) throw error;
      return (await runPrepared<Row>(master, sql, parameters)).rows as T[];
    }
  }

  /** Answers whether the database answers. */
  async ping(): Promise<boolean> {
    return this.query('SELECT 1').then(
      () => true,
      () => false,
    );
  }

  async close(): Promise<void> {
    if (this.dataSource.isInitialized) await this.dataSource.destroy();
  }

  /** Begins and ends the transaction on the connection itself: TypeORM's own way there costs as much again. */
  private async attempt<T>(work: (tx: Tx) => Promise<T>, isolation: Isolation | undefined): Promise<T> {
    const runner = this.dataSource.createQueryRunner();
    const hooks: CommitHooks = { before: [], after: [] };
    let begun: pg.PoolClient | undefined;
    try {
      commitHooks.set(runner, hooks);
      const client = (await runner.connect()) as pg.PoolClient;
      await client.query(isolation === undefined ? 'BEGIN' : `BEGIN ISOLATION LEVEL ${isolation}`);
      begun = client;
      const result = await work(runner.manager);
      for (let next = hooks.before.shift(); next !== undefined; next = hooks.before.shift()) await next();
      await commit(runner, client);
      begun = undefined;
      for (const callback of hooks.after) callback();
      return result;
    } catch (error) {
      // The first error counts; a rollback over a lost connection fails too, and one that was given back is not ours to roll back.
      if (!runner.isReleased) await begun?.query('ROLLBACK').catch(() => undefined);
      throw error;
    } finally {
      commitHooks.delete(runner);
      await runner.release();
    }
  }
}

/** @throws InfrastructureError when the connection was lost meanwhile, Error when the server rolled back instead */
async function commit(runner: QueryRunner, client: pg.PoolClient): Promise<void> {
  if (runner.isReleased) throw transactionEnded();
  const { command } = await client.query('COMMIT');
  // A transaction in which a statement failed is rolled back by its COMMIT, without an error.
  if (command !== 'COMMIT') throw new Error('the transaction was rolled back: a statement in it had failed');
}

/**
 * Calls `callback` once the transaction has committed, and not at all when it is rolled back. It must not throw.
 *
 * @returns false when the transaction was not opened by {@link Persistence.transaction}: the callback is then never called
 */
export function afterCommit(tx: Tx, callback: () => void): boolean {
  const hooks = hooksOf(tx);
  hooks?.after.push(callback);
  return hooks !== undefined;
}

/**
 * Runs `work` as the last thing inside the transaction, after the work it was opened for; a failure rolls it back.
 * Meant for what locks rows that many transactions share, so that they are held as short as possible.
 *
 * @returns false when the transaction was not opened by {@link Persistence.transaction}: nothing will be run then
 */
export function beforeCommit(tx: Tx, work: () => Promise<void>): boolean {
  const hooks = hooksOf(tx);
  hooks?.before.push(work);
  return hooks !== undefined;
}

function hooksOf(tx: Tx): CommitHooks | undefined {
  return tx.queryRunner === undefined ? undefined : commitHooks.get(tx.queryRunner);
}

type Row = Record<string, unknown>;

/**
 * Rows of one statement in a transaction, whatever the statement is (TypeORM's own `query` wraps those of UPDATE and
 * DELETE, and takes longer).
 */
export async function rows<T = Row>(tx: Tx, sql: string, parameters: SqlValue[] = []): Promise<T[]> {
  const client = await clientOf(tx);
  return (await runPrepared<Row>(client, sql, parameters)).rows as T[];
}

/** Runs one statement in a transaction. @returns how many rows it touched */
export async function execute(tx: Tx, sql: string, parameters: SqlValue[] = []): Promise<number> {
  const client = await clientOf(tx);
  return (await runPrepared(client, sql, parameters)).rowCount ?? 0;
}

/**
 * The client of an open transaction. One that has ended, or whose connection was lost, has none: its client may serve
 * another transaction by now.
 */
export async function clientOf(tx: Tx): Promise<pg.PoolClient> {
  const runner = runnerOf(tx);
  if (runner.isReleased) throw transactionEnded();
  return (await runner.connect()) as pg.PoolClient;
}

function transactionEnded(): InfrastructureError {
  return new InfrastructureError(
    'PERSISTENCE.TRANSACTION_ENDED',
    'the transaction has ended, or its connection was lost',
  );
}

/** The connection of a transaction. */
export function runnerOf(tx: Tx): QueryRunner {
  if (tx.queryRunner === undefined) throw new TypeError('not inside a transaction: use Persistence.transaction');
  return tx.queryRunner;
}
