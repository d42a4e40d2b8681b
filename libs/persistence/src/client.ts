import pg from 'pg';
import { columnTypes } from './column-types.js';

/** One connection for administration, closed when `work` is done. */
export async function withClient<T>(
  url: string,
  work: (client: pg.Client) => Promise<T>,
  options: { applicationName?: string; searchPath?: string } = {},
): Promise<T> {
  const client = new pg.Client({
    connectionString: url,
    application_name: options.applicationName ?? 'risk-budget-admin',
    connectionTimeoutMillis: 10_000,
    types: columnTypes,
    options: `-c TimeZone=UTC${options.searchPath === undefined ? '' : ` -c search_path=${options.searchPath}`}`,
  });
  client.on('error', () => undefined); // a lost connection also fails the statement in hand, which is where it counts
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}
