import { connect } from 'node:net';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { freshFetch } from './fresh-fetch.js';
import { eventsOf2026, publishSettled, refusedBy } from './older-events.js';
import { ordinaryUser } from './ordinary-user.js';
import { StandaloneProcess } from './standalone-process.js';

describe('npm start', () => {
  let first: StandaloneProcess;

  beforeAll(async () => {
    first = await StandaloneProcess.start(['--empty']);
    await first.access();
  });
  afterAll(() => first.remove());

  it('says in one sentence that a second one on the same data cannot start', async () => {
    const second = await StandaloneProcess.start(['--empty'], { dataDir: first.dataDir });
    const { code, output } = await second.ended;
    expect(code).toBe(1);
    expect(output).toMatch(/is in use by process \d+; stop it, or choose another data folder/);
    expect(output).not.toMatch(/^\s+at /m);
  });

  it('says in one sentence that a port is in use', async () => {
    const second = await StandaloneProcess.start(['--empty'], { portBase: first.portBase });
    const { code, output } = await second.ended;
    await second.remove();
    expect(code).toBe(1);
    expect(output).toMatch(new RegExp(`Port ${first.portBase + 1} on 127.0.0.1 is in use`));
  });

  it('refuses a bad option and names what it takes', async () => {
    const second = await StandaloneProcess.start(['--twice']);
    const { code, output } = await second.ended;
    await second.remove();
    expect(code).toBe(2);
    expect(output).toMatch(/--port-base N/);
  });

  it('ends clean on Ctrl-C, and keeps its keys over a restart', async () => {
    const before = await first.access();
    first.kill('SIGINT');
    expect(await first.ended).toMatchObject({ code: 0 });
    await expect(answers(first.portBase + 1)).resolves.toBe(false);
    const dataDir = first.dataDir;
    first = await StandaloneProcess.start(['--empty'], { dataDir });
    const after = await first.access();
    const headers = { authorization: `Bearer ${before['TOKEN_VIEWER'] ?? ''}` };
    const answer = await freshFetch(`${after['UTILIZATION_URL'] ?? ''}/v1/portfolios`, { headers });
    expect(answer.status).toBe(200);
  });

  it('begins afresh with --reset, and resets nothing that is in use', async () => {
    const before = await first.access();
    const policy = {
      policyId: 'kept',
      name: 'Kept',
      onOpen: ['riskManager'],
      steps: [{ afterBusinessHours: 2, notify: ['approver'] }],
    };
    const made = await ask(before, '/v1/escalation-policies', 'TOKEN_RISK_MANAGER', policy);
    expect(made.status).toBe(201);
    const second = await StandaloneProcess.start(['--empty', '--reset'], { dataDir: first.dataDir });
    expect(await second.ended).toMatchObject({ code: 1, output: expect.stringMatching(/is in use by process \d+/) });
    expect((await ask(before, '/v1/escalation-policies/kept', 'TOKEN_VIEWER')).status).toBe(200);

    first.kill('SIGINT');
    await first.ended;
    first = await StandaloneProcess.start(['--empty', '--reset'], { dataDir: first.dataDir });
    const after = await first.access();
    expect((await ask(after, '/v1/escalation-policies/kept', 'TOKEN_VIEWER')).status).toBe(404);
    expect((await ask(after, '/v1/escalation-policies/default', 'TOKEN_VIEWER')).status).toBe(200);
    // The key pair is new too: who had a token has none.
    const old = { ...after, TOKEN_VIEWER: before['TOKEN_VIEWER'] ?? '' };
    expect((await ask(old, '/v1/escalation-policies/default', 'TOKEN_VIEWER')).status).toBe(401);
  });

  it('takes what older versions have left on the topics: every service, every event, nothing parked and nothing unreadable', async () => {
    const access = await first.access();
    await publishSettled(access, await eventsOf2026());
    const services = ['FORECASTING', 'ALLOCATION', 'UTILIZATION', 'LIMITS', 'STRESS', 'ATTRIBUTION'];
    const refused = await Promise.all(services.map(async (service) => [service, await refusedBy(access, service)]));
    expect(refused).toEqual(services.map((service) => [service, []]));
    // They were applied: a portfolio is known, and a limit that was wanted then waits for its approval.
    const limits = await ask(access, '/v1/limits?portfolioId=GLOBAL-CORE', 'TOKEN_VIEWER');
    expect(await limits.json()).toMatchObject({ items: [{ limitId: expect.any(String) as string, inForce: null }] });
  });
});

describe('npm start by somebody else than the one who runs the tests', () => {
  const user = ordinaryUser();
  if (typeof user === 'string') console.warn(`SKIPPED: npm start as another user: ${user}.`);

  (typeof user === 'string' ? it.skip : it)('runs as an ordinary user as it does as root', async () => {
    if (typeof user === 'string') return;
    const run = await StandaloneProcess.start(['--empty'], { user });
    try {
      const access = await run.access();
      expect((await ask(access, '/v1/escalation-policies/default', 'TOKEN_VIEWER')).status).toBe(200);
      // Its own PostgreSQL on its own data: nothing of it belongs to root or to the user that root's PostgreSQL runs as.
      for (const file of ['postgres', 'access.env', 'token-key.json']) {
        expect([file, (await stat(join(run.dataDir, file))).uid]).toEqual([file, user.uid]);
      }
      run.kill('SIGINT');
      expect(await run.ended).toMatchObject({ code: 0 });
    } finally {
      await run.remove();
    }
  });
});

/** Asks limits: a GET, or a POST of a body. */
function ask(
  access: Record<string, string>,
  path: string,
  token: 'TOKEN_VIEWER' | 'TOKEN_RISK_MANAGER',
  body?: unknown,
): Promise<Response> {
  return freshFetch(`${access['LIMITS_URL'] ?? ''}${path}`, {
    headers: {
      authorization: `Bearer ${access[token] ?? ''}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json', 'idempotency-key': 'kept-policy' }),
    },
    ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
  });
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
