import pg from 'pg';
import { columnTypes } from '@risk-budget/persistence';

/** The driver's own small pool on the log's database; statements are prepared once per connection. */
export class BusDatabase {
  private readonly pool: pg.Pool;

  constructor(
    private readonly url: string,
    applicationName: string,
    poolSize: number,
  ) {
    this.pool = new pg.Pool({ ...this.config(applicationName), max: poolSize, statement_timeout: 60_000 });
    this.pool.on('error', () => undefined); // an idle connection was lost; the next statement opens another
  }

  /** Rows of one statement, prepared under a name that stands for its text. */
  async query<Row extends pg.QueryResultRow>(name: string, text: string, values: unknown[] = []): Promise<Row[]> {
    return (await this.pool.query<Row>({ name, text, values })).rows;
  }

  /** A connection of its own, not from the pool: for notifications. */
  async connect(applicationName: string): Promise<pg.Client> {
    const client = new pg.Client(this.config(applicationName));
    client.on('error', () => undefined); // shows as the end of the connection
    await client.connect();
    return client;
  }

  /** Names the database, so that drivers of one process know that they share it. */
  get identity(): string {
    const { host, pathname } = new URL(this.url);
    return `${host}${pathname}`;
  }

  async close(): Promise<void> {
    await this.pool.end();
  }

  private config(applicationName: string): pg.ClientConfig {
    return {
      connectionString: this.url,
      application_name: applicationName,
      connectionTimeoutMillis: 10_000,
      keepAlive: true,
      options: '-c search_path=bus -c TimeZone=UTC',
      types: columnTypes,
    };
  }
}
