import { limitWanted, type Clock } from '@risk-budget/contracts';
import { createTestDatabase, type TestDatabase } from '@risk-budget/persistence/testing';
import { CLOCK, migrateService } from '@risk-budget/service-kit';
import type { LimitView } from '../../src/definitions/limit.schemas.js';
import { limitsService } from '../../src/index.js';
import { approver, both, limitOf, riskManager, World } from './world.js';

const day = (number: number, time = '21:00') => `2020-03-${String(number).padStart(2, '0')}T${time}:00.000Z`;
const portfolios = ['ONE', 'TWO'];

/** What is known of a portfolio from outside: limits in force, how they stand, breaches with their lives. */
async function seen(world: World, portfolioId: string) {
  const { items: limits } = await world.ok<{ items: LimitView[] }>(`/v1/limits?portfolioId=${portfolioId}&limit=50`);
  const breaches = await world.breaches(`portfolioId=${portfolioId}`);
  const compliance = await world.compliance(portfolioId);
  return {
    limits: limits.map(({ limitId, inForce }) => ({
      limitId,
      ...{ version: inForce?.version, definition: inForce?.definition, inForceTo: inForce?.inForceTo },
      approvedBy: inForce?.approvedBy,
    })),
    breaches: await Promise.all(breaches.map(({ breachId }) => world.ok(`/v1/breaches/${breachId}`))),
    // A decision between two snapshots shows from the next one on: since when a limit stands so is not what it was.
    compliance: { ...compliance, limits: compliance.limits.map((limit) => ({ ...limit, since: null })) },
  };
}

describe('limits with an empty schema', () => {
  let world: World;
  let empty: TestDatabase;

  beforeAll(async () => {
    world = await World.start();
    empty = await createTestDatabase({ services: ['limits'] });
    await migrateService(limitsService, empty.service('limits').ownerUrl, { timescale: 'off' });
  });
  afterAll(async () => {
    await world?.stop();
    await empty?.drop();
  });

  it('rebuild definitions and breaches from their own topics, read the rest again, and go on as if nothing had been', async () => {
    await world.advance(day(2));
    for (const portfolioId of portfolios) {
      await world.definePortfolio(portfolioId);
      await world.limit({ limitId: `${portfolioId}-soft`, portfolioId });
      await world.limit({ limitId: `${portfolioId}-hard`, portfolioId, severity: 'hard', bound: absolute(0.25) });
    }
    const wanted = limitOf({ limitId: 'wanted', portfolioId: 'TWO', direction: 'lower', bound: absolute(0.05) });
    await world.publish(limitWanted, day(2), wanted);
    await world.settled();
    await world.approve('wanted');
    const path = [0.1, 0.22, 0.27, 0.24, 0.26];
    for (const [index, volatility] of path.entries()) {
      await world.advance(day(3 + index));
      for (const portfolioId of portfolios) await world.snapshot(portfolioId, volatility, day(3 + index));
    }
    // Lives of every kind: waived, remediated, and open.
    const waived = await world.breach('ONE-soft');
    await world.act(waived.breachId, 'acknowledgement', { reason: 'Seen' }, both);
    await world.act(waived.breachId, 'waiver', { expiresAt: day(20), reason: 'Until the committee meets' }, approver);
    const planned = await world.breach('TWO-soft');
    await world.act(planned.breachId, 'acknowledgement', { reason: 'Seen' }, both);
    await world.act(planned.breachId, 'remediation', { plan: 'Sell a third', dueAt: day(18) }, riskManager);
    // A version in the place of another, and a limit that is no more.
    await world.ok(`/v1/limits/TWO-hard`, {
      as: riskManager,
      method: 'PUT',
      headers: { 'if-match': await world.etag('TWO-hard') },
      body: limitOf({ limitId: 'TWO-hard', portfolioId: 'TWO', severity: 'hard', bound: absolute(0.28) }),
    });
    await world.approve('TWO-hard');
    await world.ok(`/v1/limits/wanted/retirement`, { as: riskManager, body: { reason: 'Nobody wants it' } });
    await world.approve('wanted');
    for (const portfolioId of portfolios) await world.snapshot(portfolioId, 0.26, day(8));
    const before = await Promise.all(portfolios.map((portfolioId) => seen(world, portfolioId)));
    const told = await Promise.all(portfolios.map((portfolioId) => world.breachEvents(portfolioId)));
    const transitions = told.map((events) => events.map(({ limitId, transition }) => `${limitId} ${transition}`));
    const common = (id: string) => [
      `${id}-soft opened`,
      `${id}-hard opened`,
      `${id}-hard resolved`,
      `${id}-hard opened`,
    ];
    expect(transitions[0]).toEqual(expect.arrayContaining([...common('ONE'), 'ONE-soft escalated', 'ONE-soft waived']));
    expect(transitions[1]).toEqual(expect.arrayContaining([...common('TWO'), 'TWO-soft remediationPlanned']));
    expect(transitions[1]?.at(-1)).toBe('TWO-hard resolved');

    await world.stopService();
    // What comes while nobody is there to see it.
    const missed = world.nextSnapshot('ONE', 0.24, day(9));
    await world.publishSnapshot(missed);
    const joined = await world.startAnother({ DATABASE_URL: empty.service('limits').appUrl });
    await world.settled();
    const clock = joined.get<Clock & { position: { sequence: number } }>(CLOCK);
    await world.until(() => Promise.resolve(clock.now() === day(7)));

    const [one, two] = await Promise.all(portfolios.map((portfolioId) => seen(world, portfolioId)));
    expect(two).toEqual(before[1]);
    // The missed snapshot has resolved one breach, once.
    expect(one?.limits).toEqual(before[0]?.limits);
    const events = await world.breachEvents('ONE');
    expect(events.slice(0, told[0]?.length)).toEqual(told[0]);
    expect(events.slice(told[0]?.length)).toMatchObject([
      { limitId: 'ONE-hard', transition: 'resolved', at: day(9), value: 0.24, snapshotId: missed.snapshotId },
    ]);
    expect(await world.breachEvents('TWO')).toEqual(told[1]);

    // The timers of before run: the waiver ends, the remediation is due.
    await world.advance(day(23));
    expect(await world.breach('ONE-soft')).toMatchObject({ breachId: waived.breachId, state: 'open' });
    const due = { breachId: planned.breachId, transition: 'escalated', at: day(18) };
    expect(await world.breachEvents('TWO')).toContainEqual(expect.objectContaining(due));
  }, 180_000);
});

function absolute(value: number): { kind: 'absolute'; value: number } {
  return { kind: 'absolute', value };
}
