import type pg from 'pg';
import type { QueryRunner } from 'typeorm';
import { transactionEnded } from './errors.js';
import { isPrepared, runGroup } from './grouped-query.js';
import { noteStale, preparedConfig, runPrepared, type PreparedConfig } from './prepared-statements.js';

type Row = pg.QueryResultRow;
type Result = pg.QueryResult<Row>;

/** A statement of a transaction, and who is told what became of it. */
interface Statement {
  readonly sql: string;
  readonly parameters: unknown[];
  /** Absent for one that nobody waits for: whoever waits for a later one is told of its failure. */
  readonly resolve?: (result: Result) => void;
  readonly reject?: (error: unknown) => void;
}

/** A statement that is to be the last of its transaction, and who is told of its rows once they are committed. */
interface LastStatement {
  readonly sql: string;
  readonly parameters: unknown[];
  readonly use: (rows: Row[]) => void;
}

/** What has to be written before the transaction ends, or before a savepoint in it does. */
export interface BoundWork {
  /** Writes it. */
  readonly bind: () => Promise<void>;
  /** Forgets it: a savepoint is rolled back. */
  readonly forget: () => void;
}

const transactions = new WeakMap<QueryRunner, OpenTransaction>();

/**
 * A transaction on its connection. Statements that are asked for in one turn of the event loop travel in one network message, those that
 * nobody waits for with the next that somebody waits for, `BEGIN` with the first and `COMMIT` with the last. Nothing is sent where nothing
 * is run.
 */
export class OpenTransaction {
  readonly bound: BoundWork[] = [];
  readonly beforeCommit: (() => Promise<void>)[] = [];
  readonly afterCommit: (() => void)[] = [];
  private state: 'waiting' | 'begun' | 'ended' = 'waiting';
  /** Why it could not be begun: the connection may be in no transaction at all. */
  private failure: { readonly error: unknown } | undefined;
  private queue: Statement[] = [];
  private lasts: LastStatement[] = [];
  /** Ends when nothing is on its way to the server. */
  private sending: Promise<void> = Promise.resolve();
  private sendingSoon = false;
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
    this.assertOpen();
    try {
      return (await new Promise<Result>((resolve, reject) => {
        this.queue.push({ sql, parameters, resolve, reject });
        this.sendSoon();
      })) as pg.QueryResult<R>;
    } catch (error) {
      // The stack of an error that came by the socket begins there: who asked is of more use.
      if (error instanceof Error) Error.captureStackTrace(error);
      throw error;
    }
  }

  /** Sends a statement with the next one that somebody waits for, or with the commit. */
  runLater(sql: string, parameters: unknown[]): void {
    this.assertOpen();
    this.queue.push({ sql, parameters });
  }

  /** Runs what is bound to the transaction so far. */
  async bindNow(): Promise<void> {
    for (let next = this.bound.shift(); next !== undefined; next = this.bound.shift()) await next.bind();
  }

  /** Forgets what is bound to the transaction, and the statements that nobody waits for and that have not been sent yet. */
  dropUnsent(): void {
    for (const { forget } of this.bound.splice(0)) forget();
    this.queue = this.queue.filter(({ resolve }) => resolve !== undefined);
  }

  /** The connection, with the transaction begun on it and everything sent that was asked for before. */
  async begun(): Promise<pg.PoolClient> {
    this.assertOpen();
    await this.inTurn(async () => {
      const statements = this.queue.splice(0);
      if (this.state === 'waiting' || statements.length > 0) await this.send(statements);
    });
    this.assertOpen();
    return this.client;
  }

  /** Sends a statement with the commit, or before it when there are several. */
  last(statement: LastStatement): void {
    this.lasts.push(statement);
  }

  /** @throws InfrastructureError when the connection was lost meanwhile, Error when the server rolled back instead */
  async commit(): Promise<void> {
    await this.bindNow();
    for (let next = this.beforeCommit.shift(); next !== undefined; next = this.beforeCommit.shift()) {
      await next();
      await this.bindNow();
    }
    if (this.failure !== undefined) throw rolledBack(this.failure.error);
    await this.inTurn(() => this.sendWithCommit());
    this.state = 'ended';
    for (const callback of this.afterCommit) callback();
  }

  /** After a failure; a rollback over a lost connection fails too, and one that was given back is not ours to roll back. */
  async rollback(): Promise<void> {
    const { state } = this;
    this.state = 'ended';
    for (const { reject } of this.queue.splice(0)) reject?.(transactionEnded());
    await this.sending;
    if (state !== 'begun' || this.runner.isReleased) return;
    await this.client.query('ROLLBACK').catch(() => undefined);
  }

  private async sendWithCommit(): Promise<void> {
    const lasts = this.lasts.splice(0);
    const statements = this.queue.splice(0);
    if (this.state === 'waiting' && lasts.length + statements.length === 0) return;
    const results: Result[] = [];
    const last = lasts.map(({ sql, parameters }) => ({
      sql,
      parameters,
      resolve: (result: Result) => void results.push(result),
    }));
    const ended = await this.send([...statements, ...last], 'COMMIT');
    // A transaction in which a statement failed is rolled back by its COMMIT, without an error.
    if (ended?.command !== 'COMMIT') throw rolledBack();
    lasts.forEach(({ use }, index) => use(results[index]?.rows ?? []));
  }

  /** Sends what is asked for in this turn of the event loop, once it is over. */
  private sendSoon(): void {
    if (this.sendingSoon) return;
    this.sendingSoon = true;
    void this.inTurn(async () => {
      this.sendingSoon = false;
      // What comes behind the last that somebody waits for goes with a later one, who is told should it fail.
      const count = this.queue.findLastIndex(({ resolve }) => resolve !== undefined) + 1;
      // Whoever waits is told of the failure.
      if (count > 0) await this.send(this.queue.splice(0, count)).catch(() => undefined);
    });
  }

  /** Runs work that sends, after what is being sent. */
  private inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.sending.then(work);
    this.sending = done.catch(() => undefined);
    return done;
  }

  /**
   * Runs statements in order, and those in one round trip that the connection knows already.
   *
   * @returns the result of the command that ends them
   * @throws what the first of them failed with, after everybody who waits for it or one behind it was told
   */
  private async send(statements: readonly Statement[], end?: 'COMMIT'): Promise<Result | undefined> {
    let done = 0;
    try {
      if (this.runner.isReleased) throw transactionEnded();
      if (this.failure !== undefined) throw this.failure.error;
      let group: PreparedConfig[] = [];
      const endings: Result[] = [];
      const told = (result: Result): void => statements[done++]?.resolve?.(result);
      const sendGroup = async (): Promise<void> => {
        const [sent, begins] = [group, this.state === 'waiting'];
        group = [];
        if (sent.length === 0) return;
        this.state = 'begun';
        const { results, failure } = await runGroup(this.client, sent);
        if (begins && results.length === 0) this.failure = failure;
        results
          .slice(begins ? 1 : 0)
          .forEach((result) => (done < statements.length ? told(result) : endings.push(result)));
        if (failure === undefined) return;
        const failed = sent[results.length];
        if (failed !== undefined) noteStale(failed, failure.error);
        throw failure.error;
      };
      if (this.state === 'waiting') await this.enter(command(this.beginCommand), group);
      for (const { sql, parameters } of statements) {
        const config = preparedConfig(sql, parameters);
        if (config !== undefined && isPrepared(this.client, config)) {
          group.push(config);
        } else {
          await sendGroup();
          told(await runPrepared(this.client, sql, parameters));
        }
      }
      if (end !== undefined && isPrepared(this.client, command(end))) group.push(command(end));
      await sendGroup();
      return end === undefined ? undefined : (endings[0] ?? (await this.client.query(command(end))));
    } catch (error) {
      for (const { reject } of statements.slice(done)) reject?.(error);
      throw error;
    }
  }

  /** Begins, in one message with the first statements where the connection knows the command. */
  private async enter(begin: PreparedConfig, group: PreparedConfig[]): Promise<void> {
    if (isPrepared(this.client, begin)) {
      group.push(begin);
      return;
    }
    this.state = 'begun';
    try {
      await this.client.query(begin);
    } catch (error) {
      this.failure = { error };
      throw error;
    }
  }

  private assertOpen(): void {
    if (this.runner.isReleased || this.state === 'ended') throw transactionEnded();
    if (this.failure !== undefined) throw this.failure.error;
  }
}

/** Names of the commands that begin and end transactions; each is prepared once per connection. */
const commands = new Map<string, PreparedConfig>();

function command(text: string): PreparedConfig {
  const known = commands.get(text) ?? { name: `c${commands.size + 1}`, text, values: [] };
  commands.set(text, known);
  return known;
}

function rolledBack(cause?: unknown): Error {
  return new Error('the transaction was rolled back: a statement in it had failed', { cause });
}
