import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../embedded/index.js';

export interface TestServer {
  url: string;
  release(): Promise<void>;
}

let running: Promise<{ server: EmbeddedPostgres; folder: string }> | undefined;
let users = 0;

/** The server for tests: that of TEST_POSTGRES_URL, or one shared by all test databases of this module's lifetime. */
export async function acquireTestServer(): Promise<TestServer> {
  const given = process.env['TEST_POSTGRES_URL'];
  if (given !== undefined && given !== '') return { url: given, release: () => Promise.resolve() };
  users++;
  running ??= start();
  try {
    const { server } = await running;
    return { url: server.url, release };
  } catch (error) {
    users--;
    running = undefined;
    throw error;
  }
}

async function start(): Promise<{ server: EmbeddedPostgres; folder: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'risk-budget-test-'));
  await chmod(folder, 0o755); // PostgreSQL runs as another user when root runs the tests
  const settings = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '200' };
  return { server: await startEmbeddedPostgres({ dataDir: join(folder, 'data'), settings }), folder };
}

async function release(): Promise<void> {
  users--;
  if (users > 0 || running === undefined) return;
  const { server, folder } = await running;
  running = undefined;
  await server.stop();
  await rm(folder, { recursive: true, force: true });
}
