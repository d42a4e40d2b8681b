import pg from 'pg';
import { noteStale, type PreparedConfig } from './prepared-statements.js';

/** What is sent in one network message with a statement, all of it under one `Sync`. */
export interface Frame {
  /** Sent before the statement: when it fails, the statement is not run. */
  readonly before?: string;
  /** Sent behind the statement: run only when that has succeeded. */
  readonly after?: string;
}

/** What of node-postgres' connection is not in its types. */
interface Wire extends pg.Connection {
  readonly parsedStatements: Readonly<Record<string, string | undefined>>;
  bind(message: { statement: string }): void;
  execute(message: object): void;
}

/** Names of the commands that may frame a statement; each is prepared once per connection. */
const commands = new Map<string, string>();

/**
 * A statement that travels together with `BEGIN` before it, or with `COMMIT` behind it: one round trip instead of two. The server runs
 * what stands under one `Sync` in order and skips the rest at the first error, so that no statement runs outside its transaction.
 */
class FramedQuery extends pg.Query {
  /** Node-postgres calls this when the connection is free. */
  override submit = (connection: pg.Connection): void => {
    const { before, after } = this.frame;
    const wire = connection as Wire;
    const framed = Object.create(wire) as Wire;
    framed.execute = (message) => {
      wire.execute(message);
      if (after !== undefined) run(wire, after);
    };
    wire.stream.cork();
    try {
      if (before !== undefined) run(wire, before);
      return pg.Query.prototype.submit.call(this, framed);
    } finally {
      wire.stream.uncork();
    }
  };

  constructor(
    config: PreparedConfig,
    private readonly frame: Frame,
    done: (error: unknown, results: unknown) => void,
  ) {
    super(config, done);
  }
}

function run(wire: Wire, command: string): void {
  wire.bind({ statement: nameOf(command) });
  wire.execute({});
}

/**
 * Runs a statement in its frame, on a connection with nothing else in hand.
 *
 * @returns the results of all that was run, in order
 */
export async function runFramed<Row extends pg.QueryResultRow>(
  client: pg.PoolClient,
  config: PreparedConfig,
  frame: Frame,
): Promise<pg.QueryResult<Row>[]> {
  return new Promise((resolve, reject) => {
    const done = (error: unknown, results: unknown): void => {
      // As node-postgres hands over several results of one query.
      if (error === undefined || error === null) return resolve(results as pg.QueryResult<Row>[]);
      noteStale(config, error);
      reject(withOwnStack(error));
    };
    client.query(new FramedQuery(config, frame, done));
  });
}

/** Whether a command may frame a statement on a connection: once {@link runCommand} has run it there. */
export function mayFrame(client: pg.PoolClient, command: string): boolean {
  const { connection } = client as unknown as { connection: Wire };
  return connection.parsedStatements[nameOf(command)] === command;
}

/** Runs a command by itself, and prepares it for framing. */
export function runCommand(client: pg.PoolClient, command: string): Promise<pg.QueryResult> {
  return client.query({ name: nameOf(command), text: command });
}

function nameOf(command: string): string {
  const name = commands.get(command) ?? `c${commands.size + 1}`;
  commands.set(command, name);
  return name;
}

/** The stack of an error that came by the socket begins there: who asked is of more use. */
function withOwnStack(error: unknown): Error {
  if (!(error instanceof Error)) return new Error(String(error));
  Error.captureStackTrace(error);
  return error;
}
