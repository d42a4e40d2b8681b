import { spawn } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { startEmbeddedPostgres } from '@risk-budget/persistence/embedded';

async function ask(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

describe('the embedded PostgreSQL', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'risk-budget-embedded-'));
    await chmod(folder, 0o755);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('keeps its data over a restart, and ends a server whose owner is gone', async () => {
    const dataDir = join(folder, 'data');
    const first = await startEmbeddedPostgres({ dataDir, settings: { fsync: 'off' } });
    await ask(first.url, 'CREATE TABLE kept AS SELECT 1 AS one');
    await first.stop();

    const again = await startEmbeddedPostgres({ dataDir, settings: { fsync: 'off' } });
    expect(await ask(again.url, 'SELECT one FROM kept')).toEqual([{ one: 1 }]);
    const gone = spawn(process.execPath, ['-e', '0']);
    await new Promise((resolve) => gone.on('close', resolve));
    await writeFile(`${dataDir}.owner`, String(gone.pid));
    const third = await startEmbeddedPostgres({ dataDir, settings: { fsync: 'off' } });
    expect(await ask(third.url, 'SELECT one FROM kept')).toEqual([{ one: 1 }]);
    await third.stop();
    await again.stop();
  });

  it('refuses data that a live process has in use', async () => {
    const dataDir = join(folder, 'data');
    const server = await startEmbeddedPostgres({ dataDir, settings: { fsync: 'off' } });
    await expect(startEmbeddedPostgres({ dataDir })).rejects.toMatchObject({ code: 'PERSISTENCE.DATA_IN_USE' });
    await server.stop();
  });

  it('is started by one of two that begin on the same folder in the same moment', async () => {
    const dataDir = join(folder, 'raced');
    const both = [dataDir, dataDir].map((at) => startEmbeddedPostgres({ dataDir: at, settings: { fsync: 'off' } }));
    const outcomes = await Promise.allSettled(both);
    expect(outcomes.filter(({ status }) => status === 'rejected')).toMatchObject([
      { reason: { code: 'PERSISTENCE.DATA_IN_USE' } },
    ]);
    for (const outcome of outcomes) if (outcome.status === 'fulfilled') await outcome.value.stop();
  });

  it('takes no process for the owner that merely bears its number', async () => {
    const dataDir = join(folder, 'data');
    await writeFile(`${dataDir}.owner`, `${process.ppid} 1`);
    const server = await startEmbeddedPostgres({ dataDir, settings: { fsync: 'off' } });
    await server.stop();
  });

  it('can be started again where a start failed', async () => {
    const dataDir = join(folder, 'data');
    await expect(startEmbeddedPostgres({ dataDir, settings: { no_such_setting: '1' } })).rejects.toMatchObject({
      code: 'PERSISTENCE.SERVER_NOT_STARTED',
    });
    await (await startEmbeddedPostgres({ dataDir, settings: { fsync: 'off' } })).stop();
  });
});
