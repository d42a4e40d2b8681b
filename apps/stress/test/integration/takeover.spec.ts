import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { stressRunCompleted, type StressRun } from '@risk-budget/contracts';
import { Persistence } from '@risk-budget/persistence';
import { ServiceProcess, until } from '@risk-budget/service-kit/testing';
import { lastDay, riskManager, World } from './world.js';

const TAKEOVER_MS = 10_000;
/** Long enough that the instance dies in the middle; its numbers are the same whoever computes them. */
const request = { portfolioId: 'P1', kind: 'monteCarlo', paths: 2_000_000, horizonDays: 1, seed: 11 };

interface JobRow {
  readonly owner: string | null;
  readonly attempts: number;
  readonly state: string;
  readonly progress: number;
}

/** What is under way in one instance is carried out by another when it dies: here runs, which are jobs. */
describe('an instance that is killed in the middle of a run', () => {
  let world: World;
  let doomed: ServiceProcess | undefined;
  beforeAll(async () => {
    world = await World.start();
    await world.upstream.advance(`${lastDay}T21:30:00.000Z`);
    doomed = await ServiceProcess.start(join(import.meta.dirname, '..', '..', 'dist', 'main.js'), world.handle.config);
    await doomed.ready();
  }, 120_000);
  afterAll(async () => {
    await doomed?.kill();
    await world?.stop();
  });

  it('is followed by another within ten seconds: the run is finished, stored and published once, with the same numbers', async () => {
    const runId = await startedAtTheDoomed();
    await until(async () => (await job(runId)).progress > 0);
    await doomed?.kill();
    const killed = performance.now();
    expect(await job(runId)).toMatchObject({ state: 'running', attempts: 1 });

    await until(async () => (await job(runId)).owner === world.handle.service.instance);
    expect(performance.now() - killed).toBeLessThan(TAKEOVER_MS);
    const view = await world.ended<{ summary: StressRun }>(runId);
    expect(view.job).toMatchObject({ state: 'succeeded', attempts: 2 });
    const alone = await world.ended<{ summary: StressRun }>((await world.submit(request)).runId);
    expect(view.summary.results).toEqual(alone.summary.results);
    await world.handle.published();
    const events = await world.upstream.events(stressRunCompleted);
    expect(events.filter(({ data }) => data.runId === runId)).toHaveLength(1);
  });

  /** Asks the instance that will die for a run; it claims at once what it is asked for, unless the other happens to look just then. */
  async function startedAtTheDoomed(): Promise<string> {
    for (;;) {
      const response = await fetch(`${doomed?.url}/v1/runs`, {
        method: 'POST',
        headers: {
          authorization: await world.handle.bearer(riskManager),
          'content-type': 'application/json',
          'idempotency-key': randomUUID(),
        },
        body: JSON.stringify(request),
      });
      const { runId } = (await response.json()) as { runId: string };
      await until(async () => (await job(runId)).state === 'running');
      if (doomed?.isNamedBy((await job(runId)).owner ?? '')) return runId;
      await world.ended(runId);
    }
  }

  async function job(runId: string): Promise<JobRow> {
    const persistence = world.handle.service.get<Persistence>(Persistence);
    const [row] = await persistence.query<JobRow>(
      `SELECT lease_owner AS owner, attempts, state, progress FROM job WHERE input->>'runId' = $1`,
      [runId],
    );
    if (row === undefined) throw new Error(`no job of the run ${runId}`);
    return row;
  }
});
