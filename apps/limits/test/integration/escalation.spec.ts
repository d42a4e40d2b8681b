import { createHmac } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import { riskManager, World } from './world.js';

const day = (number: number, time = '21:00') => `2020-03-${String(number).padStart(2, '0')}T${time}:00.000Z`;
const ladder = {
  policyId: 'two-steps',
  name: 'Two steps',
  onOpen: ['desk'],
  steps: [
    { afterBusinessHours: 4, notify: ['riskManager'] },
    { afterBusinessHours: 10, notify: ['approver', 'cro'] },
  ],
};

describe('escalation', () => {
  let world: World;
  beforeAll(async () => {
    world = await World.start();
    await world.ok('/v1/escalation-policies', { as: riskManager, body: ladder });
    await world.advance(day(2));
  });
  afterAll(() => world.stop());

  const steps = async (portfolioId: string) =>
    (await world.breachEvents(portfolioId))
      .filter(({ transition }) => transition === 'escalated')
      .map(({ escalationStep, at }) => [escalationStep, at]);

  it('climbs one step at each deadline, once, across a restart in the middle', async () => {
    await world.definePortfolio('STEPS');
    await world.limit({ limitId: 'steps', portfolioId: 'STEPS', escalationPolicyId: 'two-steps' });
    await world.advance(day(6));
    await world.snapshot('STEPS', 0.3, day(6));
    // Opened at the close of a Friday: four hours into Monday's session, then ten hours, which is 3.5 into Tuesday's.
    await world.advance(day(9, '18:29'));
    expect(await steps('STEPS')).toEqual([]);
    await world.advance(day(9, '18:30'));
    expect(await steps('STEPS')).toEqual([[1, day(9, '18:30')]]);
    await world.restart();
    expect(await steps('STEPS')).toEqual([[1, day(9, '18:30')]]);
    await world.advance(day(11));
    expect(await steps('STEPS')).toEqual([
      [1, day(9, '18:30')],
      [2, day(10, '18:00')],
    ]);
    const told = (await world.notifications('STEPS')).map(({ escalationStep, recipient, at }) => [
      escalationStep,
      recipient,
      at,
    ]);
    expect(told).toEqual([
      [0, 'desk', day(6)],
      [1, 'riskManager', day(9, '18:30')],
      [2, 'approver', day(10, '18:00')],
      [2, 'cro', day(10, '18:00')],
    ]);
    const listed = await world.ok<{ items: unknown[] }>('/v1/notifications?portfolioId=STEPS');
    expect(listed.items).toHaveLength(4);
  });

  it('fires what came due while the service was away, once, though two instances come back', async () => {
    await world.definePortfolio('AWAY');
    await world.limit({ limitId: 'away', portfolioId: 'AWAY', escalationPolicyId: 'two-steps' });
    await world.snapshot('AWAY', 0.3, day(11));
    const [first, second] = await Promise.all([world.handle.another(), world.handle.another()]);
    await world.stopService();
    await Promise.all([first.start(), second.start()]);
    await world.startAnother();
    await world.advance(day(13));
    expect(await steps('AWAY')).toEqual([
      [1, day(12, '18:30')],
      [2, day(13, '18:00')],
    ]);
    await Promise.all([first.stop(), second.stop()]);
  });

  it('stops when somebody acknowledges, and starts again from the bottom when a waiver expires', async () => {
    await world.definePortfolio('STOP');
    await world.limit({ limitId: 'stop', portfolioId: 'STOP', escalationPolicyId: 'two-steps' });
    await world.snapshot('STOP', 0.3, day(13));
    await world.advance(day(16, '19:00'));
    const { breachId } = await world.breach('stop');
    await world.act(breachId, 'acknowledgement', { reason: 'Seen' });
    await world.advance(day(18));
    expect(await steps('STOP')).toEqual([[1, day(16, '18:30')]]);
    const approver = { subject: 'amir', roles: ['approver'] } as const;
    await world.act(breachId, 'waiver', { expiresAt: day(19, '15:00'), reason: 'Accepted' }, approver);
    await world.advance(day(20, '15:30'));
    expect(await steps('STOP')).toEqual([
      [1, day(16, '18:30')],
      [1, day(19, '19:00')],
    ]);
    expect(await world.breach('stop')).toMatchObject({ state: 'open', escalationStep: 1 });
    await world.snapshot('STOP', 0.1, day(20, '15:45'));
    await world.advance(day(25));
    expect(await steps('STOP')).toHaveLength(2);
  });

  it('has a named default, and policies that never change', async () => {
    expect(await world.ok('/v1/escalation-policies/default')).toMatchObject({
      policyId: 'default',
      onOpen: ['riskManager'],
    });
    expect(await world.refusal('/v1/escalation-policies', { as: riskManager, body: ladder })).toEqual([
      409,
      'LIMITS.ESCALATION_POLICY_EXISTS',
    ]);
    const { items } = await world.ok<{ items: { policyId: string }[] }>('/v1/escalation-policies');
    expect(items.map(({ policyId }) => policyId)).toEqual(['default', 'two-steps']);
    const body = { ...ladder, policyId: 'leaking', onOpen: ['https://evil.example.com/hook'] };
    expect(await world.refusal('/v1/escalation-policies', { as: riskManager, body })).toEqual([
      422,
      'LIMITS.WEBHOOK_TARGET_REFUSED',
    ]);
  });
});

describe('webhooks', () => {
  const secret = 'the-secret-of-the-desk';
  let world: World;
  let server: Server;
  let calls: { id: string; signature: string; body: string }[] = [];
  let failures = 2;

  beforeAll(async () => {
    server = createServer((request, response) => {
      void text(request).then((body) => {
        const header = (name: string) => String(request.headers[name]);
        calls.push({ id: header('x-risk-budget-notification'), signature: header('x-risk-budget-signature'), body });
        response.writeHead(failures-- > 0 ? 503 : 200).end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    world = await World.start({
      config: { WEBHOOK_ALLOWED_TARGETS: origin, ALLOW_PRIVATE_WEBHOOKS: 'true', WEBHOOK_SECRET: secret },
    });
    const policy = { policyId: 'hooked', name: 'Hooked', onOpen: [`${origin}/hook`], steps: ladder.steps };
    await world.ok('/v1/escalation-policies', { as: riskManager, body: policy });
    await world.advance(day(2));
  });
  afterAll(async () => {
    await world.stop();
    await new Promise((resolve) => server.close(resolve));
  });

  it('calls until it is answered, signed and with one id, and tells of every attempt', async () => {
    await world.definePortfolio('HOOK');
    await world.limit({ limitId: 'hook', portfolioId: 'HOOK', escalationPolicyId: 'hooked' });
    await world.snapshot('HOOK', 0.3, day(3));
    await world.until(() => Promise.resolve(calls.length >= 3));
    await world.until(async () => {
      const { items } = await world.ok<{ items: { state: string }[] }>('/v1/notifications?portfolioId=HOOK');
      return items[0]?.state === 'sent';
    });
    await wait(200);
    expect(calls).toHaveLength(3);
    expect(new Set(calls.map(({ id }) => id)).size).toBe(1);
    for (const { signature, body } of calls) {
      const seconds = /^t=(\d+),/.exec(signature)?.[1] ?? '';
      const expected = createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex');
      expect(signature).toBe(`t=${seconds},v1=${expected}`);
    }
    const told = (await world.notifications('HOOK')).map(({ channel, attempt, outcome }) => [
      channel,
      attempt,
      outcome,
    ]);
    expect(told).toEqual([
      ['webhook', 1, 'failed'],
      ['webhook', 2, 'failed'],
      ['webhook', 3, 'sent'],
    ]);
    calls = [];
  });
});
