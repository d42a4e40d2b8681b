import type pg from 'pg';
import { DataSource, type EntityManager, type EntitySchema, type QueryRunner } from 'typeorm';
import { columnTypes } from './column-types.js';
import { transactionEnded } from './errors.js';
import { isStalePlan, isTransientConflict } from './infrastructure-error.js';
import { OpenTransaction, type BoundWork } from './open-transaction.js';
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
    let open: OpenTransaction | undefined;
    try {
      open = new OpenTransaction(runner, (await runner.connect()) as pg.PoolClient, isolation);
      const result = await work(runner.manager);
      await open.commit();
      return result;
    } catch (error) {
      await open?.rollback(); // the first error counts
      throw error;
    } finally {
      await runner.release();
    }
  }
}

/**
 * Calls `callback` once the transaction has committed, and not at all when it is rolled back. It must not throw.
 *
 * @returns false when the transaction was not opened by {@link Persistence.transaction}: the callback is then never called
 */
export function afterCommit(tx: Tx, callback: () => void): boolean {
  const open = openTransactionOf(tx);
  open?.afterCommit.push(callback);
  return open !== undefined;
}

/**
 * Runs `work` as the last thing inside the transaction, after the work it was opened for; a failure rolls it back.
 * Meant for what locks rows that many transactions share, so that they are held as short as possible.
 *
 * @returns false when the transaction was not opened by {@link Persistence.transaction}: nothing will be run then
 */
export function beforeCommit(tx: Tx, work: () => Promise<void>): boolean {
  const open = openTransactionOf(tx);
  open?.beforeCommit.push(work);
  return open !== undefined;
}

/**
 * Has work written before all that {@link beforeCommit} was given, so that locks of two kinds are taken in one order everywhere; at a
 * savepoint earlier, see {@link bindNow}, or forgotten, see {@link dropUnsent}.
 *
 * @returns false when the transaction was not opened by {@link Persistence.transaction}: nothing will be run then
 */
export function bindBeforeCommit(tx: Tx, work: BoundWork): boolean {
  const open = openTransactionOf(tx);
  open?.bound.push(work);
  return open !== undefined;
}

/** Writes what {@link bindBeforeCommit} was given so far: before a savepoint is made, and before it is released. */
export async function bindNow(tx: Tx): Promise<void> {
  await openTransactionOf(tx)?.bindNow();
}

/**
 * Runs a statement as the last of the transaction, in one round trip with the commit, after whatever {@link beforeCommit} was given.
 * For what nothing in the transaction waits for.
 *
 * @param use is given the rows once they are committed, before the callbacks of {@link afterCommit}; it must not throw
 * @returns false when the transaction was not opened by {@link Persistence.transaction}: nothing will be run then
 */
export function runLast<T = Row>(
  tx: Tx,
  sql: string,
  parameters: SqlValue[],
  use: (rows: T[]) => void = () => undefined,
): boolean {
  const open = openTransactionOf(tx);
  open?.last({ sql, parameters, use: (found) => use(found as T[]) });
  return open !== undefined;
}

function openTransactionOf(tx: Tx): OpenTransaction | undefined {
  return tx.queryRunner === undefined ? undefined : OpenTransaction.of(tx.queryRunner);
}

type Row = Record<string, unknown>;

/**
 * Rows of one statement in a transaction, whatever the statement is (TypeORM's own `query` wraps those of UPDATE and
 * DELETE, and takes longer).
 */
export async function rows<T = Row>(tx: Tx, sql: string, parameters: SqlValue[] = []): Promise<T[]> {
  return (await run(tx, sql, parameters)).rows as T[];
}

/** Runs one statement in a transaction. @returns how many rows it touched */
export async function execute(tx: Tx, sql: string, parameters: SqlValue[] = []): Promise<number> {
  return (await run(tx, sql, parameters)).rowCount ?? 0;
}

/**
 * Runs a statement that nobody asks the outcome of: it travels with the next statement of the transaction that somebody waits for, or with
 * the commit, after those asked for before it. Should it fail, whoever waits for that one is told.
 *
 * Not for a statement whose failure is an answer, such as a name that is taken.
 */
export async function executeLater(tx: Tx, sql: string, parameters: SqlValue[] = []): Promise<void> {
  const open = OpenTransaction.of(runnerOf(tx));
  // A transaction that somebody else opened tells nothing of its end.
  if (open === undefined) await runPrepared<Row>(await clientOf(tx), sql, parameters);
  else open.runLater(sql, parameters);
}

/** Forgets what {@link executeLater} and {@link bindBeforeCommit} were given and has not been sent: before a savepoint is rolled back. */
export function dropUnsent(tx: Tx): void {
  openTransactionOf(tx)?.dropUnsent();
}

async function run(tx: Tx, sql: string, parameters: SqlValue[]): Promise<pg.QueryResult<Row>> {
  const open = OpenTransaction.of(runnerOf(tx));
  return open === undefined ? runPrepared<Row>(await clientOf(tx), sql, parameters) : open.run<Row>(sql, parameters);
}

/**
 * The client of an open transaction. One that has ended, or whose connection was lost, has none: its client may serve
 * another transaction by now.
 */
export async function clientOf(tx: Tx): Promise<pg.PoolClient> {
  const runner = runnerOf(tx);
  if (runner.isReleased) throw transactionEnded();
  return OpenTransaction.of(runner)?.begun() ?? ((await runner.connect()) as pg.PoolClient);
}

/** The connection of a transaction. */
export function runnerOf(tx: Tx): QueryRunner {
  if (tx.queryRunner === undefined) throw new TypeError('not inside a transaction: use Persistence.transaction');
  return tx.queryRunner;
}
