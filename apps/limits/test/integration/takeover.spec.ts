import { join } from 'node:path';
import { clockAdvanced } from '@risk-budget/contracts';
import { ServiceProcess } from '@risk-budget/service-kit/testing';
import pg from 'pg';
import { riskManager, World } from './world.js';

const portfolioId = 'DOOMED';
const friday = '2020-03-06T21:00:00.000Z';
/** Four business hours later. */
const deadline = '2020-03-09T18:30:00.000Z';
const ladder = {
  policyId: 'one-step',
  name: 'One step',
  onOpen: ['desk'],
  steps: [{ afterBusinessHours: 4, notify: ['riskManager'] }],
};
const TAKEOVER_MS = 10_000;

/** A timer is held by nothing but its transaction: what dies with it in the middle is undone, and fires at another instance. */
describe('an instance that is killed while a deadline fires', () => {
  let world: World;
  let database: pg.Client;
  let doomed: ServiceProcess | undefined;
  beforeAll(async () => {
    world = await World.start();
    database = new pg.Client({ connectionString: world.handle.database.adminUrl });
    await database.connect();
  });
  afterAll(async () => {
    await doomed?.kill();
    await database?.end();
    await world?.stop();
  });

  it('is followed by another within ten seconds: the breach climbs one step, told once, with one entry in its audit', async () => {
    await world.ok('/v1/escalation-policies', { as: riskManager, body: ladder });
    await world.advance(friday);
    await world.definePortfolio(portfolioId);
    await world.limit({ limitId: 'doomed', portfolioId, escalationPolicyId: 'one-step' });
    await world.snapshot(portfolioId, 0.3, friday);
    expect(await steps()).toEqual([]);
    doomed = await ServiceProcess.start(join(import.meta.dirname, '..', '..', 'dist', 'main.js'), world.handle.config);
    await doomed.ready();
    await world.stopService();

    // The portfolio is taken by somebody else, so that the deadline is due and cannot be done with.
    await database.query('BEGIN');
    await database.query('SELECT FROM limits.portfolio_evaluation WHERE portfolio_id = $1 FOR UPDATE', [portfolioId]);
    await world.publish(clockAdvanced, deadline, { time: deadline, sequence: 2 });
    await world.until(async () => (await waiting()).some((instance) => doomed?.isNamedBy(instance)));
    await world.startAnother();

    await doomed.kill();
    const killed = performance.now();
    await database.query('COMMIT');
    await world.until(async () => (await steps()).length > 0);
    expect(performance.now() - killed).toBeLessThan(TAKEOVER_MS);
    await world.settled();
    expect(await steps()).toEqual([[1, deadline]]);
    const told = (await world.notifications(portfolioId)).map((one) => [one.escalationStep, one.recipient, one.at]);
    expect(told).toEqual([
      [0, 'desk', friday],
      [1, 'riskManager', deadline],
    ]);
    const audit = `/v1/audit/${portfolioId}`;
    expect(await world.ok(`${audit}/verification`, { as: riskManager })).toMatchObject({ valid: true });
    const { items } = await world.ok<{ items: { action: string }[] }>(`${audit}?limit=100`, { as: riskManager });
    expect(items.filter(({ action }) => action === 'breach.escalated')).toHaveLength(1);
  });

  const steps = async () =>
    (await world.breachEvents(portfolioId))
      .filter(({ transition }) => transition === 'escalated')
      .map(({ escalationStep, at }) => [escalationStep, at]);

  /** Instances that wait for a lock. */
  async function waiting(): Promise<string[]> {
    const { rows } = await database.query<{ instance: string }>(
      `SELECT application_name AS instance FROM pg_stat_activity WHERE wait_event_type = 'Lock'`,
    );
    return rows.map(({ instance }) => instance);
  }
});
