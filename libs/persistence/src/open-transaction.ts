import type pg from 'pg';
import type { QueryRunner } from 'typeorm';
import { transactionEnded } from './errors.js';
import { mayFrame, runCommand, runFramed } from './framed-query.js';
import { preparedConfig, runPrepared, type PreparedConfig } from './prepared-statements.js';

type Row = pg.QueryResultRow;

/** A statement that is to be the last of its transaction, and who is told of its rows once they are committed. */
interface LastStatement {
  readonly sql: string;
  readonly parameters: unknown[];
  readonly use: (rows: Row[]) => void;
}

const transactions = new WeakMap<QueryRunner, OpenTransaction>();

/**
 * A transaction on its connection. `BEGIN` is sent with the first statement, `COMMIT` with the last where that is known, and neither
 * where nothing is run.
 */
export class OpenTransaction {
  readonly beforeCommit: (() => Promise<void>)[] = [];
  readonly afterCommit: (() => void)[] = [];
  private state: 'waiting' | 'begun' | 'ended' = 'waiting';
  /** Why it could not be begun with its first statement: the connection may be in no transaction at all. */
  private failure: { readonly error: unknown } | undefined;
  private beginning: Promise<void> | undefined;
  private lasts: LastStatement[] = [];
  private readonly beginCommand: string;

  constructor(
    private readonly runner: QueryRunner,
    private readonly client: pg.PoolClient,
    isolation: string | undefined,
  ) {
    this.beginCommand = isolation === undefined ? 'BEGIN' : `BEGIN ISOLATION LEVEL ${isolation}`;
    transactions.set(runner, this);
    // TypeORM's own ways to the connection lead through these two.
    const { query, stream } = runner;
    runner.query = async (...given: Parameters<typeof query>) => {
      await this.begun();
      return query.apply(runner, given);
    };
    runner.stream = async (...given) => {
      await this.begun();
      return stream.apply(runner, given);
    };
  }

  /** The transaction that a runner stands for; undefined when somebody else opened it. */
  static of(runner: QueryRunner): OpenTransaction | undefined {
    return transactions.get(runner);
  }

  async run<R extends Row>(sql: string, parameters: unknown[]): Promise<pg.QueryResult<R>> {
    if (this.state === 'waiting' && mayFrame(this.client, this.beginCommand)) {
      const config = preparedConfig(sql, parameters);
      if (config !== undefined) return this.runFirst(config);
    }
    return runPrepared<R>(await this.begun(), sql, parameters);
  }

  /** The connection, with the transaction begun on it. */
  async begun(): Promise<pg.PoolClient> {
    if (this.runner.isReleased) throw transactionEnded();
    if (this.state === 'waiting') this.begin(runCommand(this.client, this.beginCommand));
    // Whoever comes while it begins waits: were `BEGIN` refused, its statement would run by itself.
    if (this.beginning !== undefined) await this.beginning;
    if (this.failure !== undefined) throw this.failure.error;
    if (this.runner.isReleased || this.state === 'ended') throw transactionEnded();
    return this.client;
  }

  /** Sends a statement with the commit, or before it when there are several. */
  last(statement: LastStatement): void {
    this.lasts.push(statement);
  }

  /** @throws InfrastructureError when the connection was lost meanwhile, Error when the server rolled back instead */
  async commit(): Promise<void> {
    for (let next = this.beforeCommit.shift(); next !== undefined; next = this.beforeCommit.shift()) await next();
    const lasts = this.lasts.splice(0);
    if (this.state === 'waiting' && lasts.length === 0) return this.succeed();
    if (this.failure !== undefined) throw rolledBack(this.failure.error);
    const results: pg.QueryResult[] = [];
    for (const { sql, parameters } of lasts.slice(0, -1)) results.push(await this.run(sql, parameters));
    results.push(...(await this.commitWith(lasts.at(-1))));
    const ended = results.pop();
    // A transaction in which a statement failed is rolled back by its COMMIT, without an error.
    if (ended?.command !== 'COMMIT') throw rolledBack();
    lasts.forEach(({ use }, index) => use(results[index]?.rows ?? []));
    this.succeed();
  }

  /** After a failure; a rollback over a lost connection fails too, and one that was given back is not ours to roll back. */
  async rollback(): Promise<void> {
    if (this.state === 'waiting' || this.runner.isReleased) return;
    await this.client.query('ROLLBACK').catch(() => undefined);
  }

  /** @returns the result of the last statement, if there is one, and that of the commit */
  private async commitWith(last: LastStatement | undefined): Promise<pg.QueryResult[]> {
    if (last === undefined) return [await runCommand(await this.begun(), 'COMMIT')];
    const config = preparedConfig(last.sql, last.parameters);
    // The first statement of all carries the BEGIN already.
    if (config !== undefined && this.state === 'begun' && mayFrame(this.client, 'COMMIT'))
      return runFramed(await this.begun(), config, { after: 'COMMIT' });
    return [await this.run(last.sql, last.parameters), await runCommand(await this.begun(), 'COMMIT')];
  }

  private async runFirst<R extends Row>(config: PreparedConfig): Promise<pg.QueryResult<R>> {
    if (this.runner.isReleased) throw transactionEnded();
    const both = runFramed<R>(this.client, config, { before: this.beginCommand });
    this.begin(both);
    const [, result] = await both;
    if (result === undefined) throw new TypeError('the first statement of a transaction gave no result');
    return result;
  }

  private begin(sent: Promise<unknown>): void {
    this.state = 'begun';
    this.beginning = sent.then(
      () => void (this.beginning = undefined),
      (error: unknown) => {
        this.beginning = undefined;
        this.failure = { error };
      },
    );
  }

  private succeed(): void {
    this.state = 'ended';
    for (const callback of this.afterCommit) callback();
  }
}

function rolledBack(cause?: unknown): Error {
  return new Error('the transaction was rolled back: a statement in it had failed', { cause });
}
