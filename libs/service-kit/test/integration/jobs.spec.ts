import { randomUUID } from 'node:crypto';
import { Persistence } from '@risk-budget/persistence';
import { JobService, Principal, PortfolioScope, type Job } from '@risk-budget/service-kit';
import { startTestService, type TestServiceHandle } from '@risk-budget/service-kit/testing';
import { JobLeaseLostError, JobRun } from '../../src/jobs/job-run.js';
import { JobStore } from '../../src/jobs/job.store.js';
import { sampleService } from '../sample/sample.service.js';
import { until } from '../../src/testing/until.js';

describe('jobs', () => {
  let handle: TestServiceHandle;
  let token: string;

  beforeAll(async () => {
    handle = await startTestService(sampleService);
    token = await handle.bearer({ subject: 'anna', roles: ['riskManager'] });
  });

  afterAll(() => handle?.stop());

  async function call(method: string, path: string, as = token, body?: unknown): Promise<{ status: number; job: Job }> {
    const response = await fetch(`${handle.service.url}${path}`, {
      method,
      headers: {
        authorization: as,
        'idempotency-key': randomUUID(),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, job: (await response.json()) as Job };
  }
  const submit = async (steps: number): Promise<string> =>
    (await call('POST', '/v1/notes/counts', token, { steps })).job.id;
  const state = async (id: string): Promise<string> => (await call('GET', `/v1/jobs/${id}`)).job.state;

  it('run, tell how far they are, and keep their result and seed', async () => {
    const id = await submit(60);
    const seen: number[] = [];
    await until(async () => {
      const { job } = await call('GET', `/v1/jobs/${id}`);
      seen.push(job.progress);
      return job.state === 'succeeded';
    });
    const { job } = await call('GET', `/v1/jobs/${id}`);
    expect(job).toMatchObject({ progress: 1, attempts: 1, result: { counted: 0, seed: job.seed }, error: null });
    expect(seen.some((progress) => progress > 0 && progress < 1)).toBe(true);
  });

  it('end within a second of a cancel, running or queued', async () => {
    const running = await submit(10_000);
    await until(async () => (await state(running)) === 'running');
    const before = Date.now();
    expect((await call('POST', `/v1/jobs/${running}/cancel`)).status).toBe(202);
    await until(async () => (await state(running)) === 'cancelled');
    expect(Date.now() - before).toBeLessThan(1000);
    expect((await call('POST', `/v1/jobs/${running}/cancel`)).status).toBe(409);
  });

  it('are seen by their owner and by operators only, when they are of no portfolio', async () => {
    const id = await submit(0);
    const other = await handle.bearer({ subject: 'otto', roles: ['riskManager'] });
    const operator = await handle.bearer({ subject: 'olga', roles: ['operator'] });
    expect((await call('GET', `/v1/jobs/${id}`, other)).status).toBe(404);
    expect((await call('POST', `/v1/jobs/${id}/cancel`, other)).status).toBe(404);
    expect((await call('GET', `/v1/jobs/${id}`, operator)).status).toBe(200);
  });

  it('are taken over within ten seconds of their instance being killed', async () => {
    const persistence = handle.service.get(Persistence);
    const jobs = handle.service.get(JobService);
    const job = await persistence.transaction(async (tx) => {
      const made = await jobs.submit(tx, {
        kind: 'note.count',
        input: { steps: 1 },
        owner: { subject: 'anna', issuer: 'https://issuer.test' },
      });
      // What a killed instance leaves behind: a job that runs, and a lease that nobody renews.
      await tx.query(
        `UPDATE job SET state = 'running', lease_owner = 'killed', lease_epoch = 1, attempts = 1, lease_until = clock_timestamp() + interval '7 seconds' WHERE id = $1`,
        [made.id],
      );
      return made;
    });
    const before = Date.now();
    await until(async () => (await state(job.id)) === 'succeeded', 12_000);
    expect(Date.now() - before).toBeLessThan(10_000);
    expect((await call('GET', `/v1/jobs/${job.id}`)).job.attempts).toBe(2);
  });

  it('write their result once: who lost the lease can write nothing more', async () => {
    const persistence = handle.service.get(Persistence);
    const jobs = handle.service.get(JobService);
    const store = new JobStore(persistence);
    const principal = new Principal(
      'anna',
      'https://issuer.test',
      'Anna',
      new Set(['riskManager']),
      PortfolioScope.everything,
    );
    const { id } = await persistence.transaction((tx) =>
      jobs.submit(tx, { kind: 'test.fenced', input: {}, owner: principal.actor }),
    );
    const first = await store.claim('one', ['test.fenced']);
    await persistence.query(`UPDATE job SET lease_until = '-infinity' WHERE id = $1`, [id]);
    const second = await store.claim('two', ['test.fenced']);
    if (first === undefined || second === undefined) throw new Error('the job was not claimed twice');
    const [slow, quick] = [new JobRun(first, store, persistence), new JobRun(second, store, persistence)];
    const insert = (key: string) => (tx: { query(sql: string, parameters: unknown[]): Promise<unknown> }) =>
      tx.query('INSERT INTO fired (key, due_at) VALUES ($1, now())', [key]);
    await quick.complete(async (tx) => {
      await insert('quick')(tx);
      return { by: 'two' };
    });
    await expect(slow.transaction(insert('slow-part'))).rejects.toThrow(JobLeaseLostError);
    await expect(slow.complete(async (tx) => insert('slow')(tx))).rejects.toThrow(JobLeaseLostError);
    expect(await persistence.query('SELECT key FROM fired')).toEqual([{ key: 'quick' }]);
    expect(await jobs.get(id, principal)).toMatchObject({ state: 'succeeded', result: { by: 'two' } });
  });

  it('are given back when their instance stops, and finished by another', async () => {
    const second = await handle.another();
    await handle.service.stop();
    await second.start();
    const id = await second.get(Persistence).transaction(
      async (tx) =>
        (
          await second.get(JobService).submit(tx, {
            kind: 'note.count',
            input: { steps: 100 },
            owner: { subject: 'anna', issuer: 'https://issuer.test' },
          })
        ).id,
    );
    const rowOf = async (service: typeof second): Promise<{ state: string; attempts: number } | undefined> =>
      (
        await service
          .get(Persistence)
          .query<{ state: string; attempts: number }>('SELECT state, attempts FROM job WHERE id = $1', [id])
      )[0];
    await until(async () => (await rowOf(second))?.state === 'running');
    await second.stop();
    const third = await handle.another();
    await third.start();
    await until(async () => (await rowOf(third))?.state === 'succeeded');
    expect((await rowOf(third))?.attempts).toBe(1);
  });
});
