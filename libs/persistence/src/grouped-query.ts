import pg from 'pg';
import type { PreparedConfig } from './prepared-statements.js';

/** What of node-postgres' connection is not in its types. */
interface Wire extends pg.Connection {
  readonly parsedStatements: Readonly<Record<string, string | undefined>>;
  bind(message: { statement: string; values: PreparedConfig['values'] }): void;
  describe(message: { type: 'P'; name: '' }): void;
  execute(message: object): void;
}

/** What of node-postgres' query is not in its types: the results so far, in an array once there are several. */
interface Answered {
  readonly _results: pg.QueryResult | pg.QueryResult[];
}

/** What became of the statements of a group. */
export interface GroupOutcome {
  /** Results of those that were run, in order. */
  readonly results: readonly pg.QueryResult[];
  /** Why the next one failed and those behind it were not run. */
  readonly failure?: { readonly error: unknown };
}

/**
 * Statements that travel in one network message under one `Sync`: one round trip for all. The server runs them in order and skips
 * the rest at the first error, so that none runs without those before it.
 */
class GroupedQuery extends pg.Query {
  /** Node-postgres calls this when the connection is free. */
  override submit = (connection: pg.Connection): void => {
    const wire = connection as Wire;
    wire.stream.cork();
    try {
      for (const { name, values } of this.statements) {
        wire.bind({ statement: name, values });
        wire.describe({ type: 'P', name: '' });
        wire.execute({});
      }
      wire.sync();
    } finally {
      wire.stream.uncork();
    }
  };

  constructor(
    private readonly statements: readonly PreparedConfig[],
    done: (outcome: GroupOutcome) => void,
  ) {
    super({ text: 'statements of a group' }, (error) => {
      const results = completed(this as unknown as Answered);
      done({ results, ...(error === undefined || error === null ? {} : { failure: { error } }) });
    });
  }
}

/** Runs statements together on a connection. Each must be prepared there, see {@link isPrepared}. */
export function runGroup(client: pg.PoolClient, statements: readonly PreparedConfig[]): Promise<GroupOutcome> {
  return new Promise((resolve) => {
    client.query(new GroupedQuery(statements, resolve));
  });
}

/** Whether the server has the statement prepared on a connection under its name. */
export function isPrepared(client: pg.PoolClient, { name, text }: Pick<PreparedConfig, 'name' | 'text'>): boolean {
  const { connection } = client as unknown as { connection: Wire };
  return connection.parsedStatements[name] === text;
}

function completed({ _results: results }: Answered): pg.QueryResult[] {
  // The one in hand has no command yet.
  return [results].flat().filter(({ command }) => (command as string | null) !== null);
}
