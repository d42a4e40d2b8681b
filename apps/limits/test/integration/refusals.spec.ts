import { randomUUID } from 'node:crypto';
import { kitErrors } from '@risk-budget/service-kit';
import { limitsErrors } from '../../src/index.js';
import { approver, limitOf, riskManager, viewer, World, type Person, type RequestOptions } from './world.js';

const nobody = randomUUID();
const trades = { trades: [{ strategy: 'Growth', instrumentId: 'ALPHA', quantityChange: '1' }] };
const policy = { policyId: 'p', name: 'p', steps: [{ afterBusinessHours: 1, notify: ['cro'] }] };
const proposal = limitOf({ limitId: 'new', portfolioId: 'P1', measure: 'var' });
const { limitId: _, ...revision } = limitOf({ limitId: 'known', portfolioId: 'P1' });
const override = {
  bound: { kind: 'absolute', value: 1 },
  effectiveFrom: '2020-03-01T00:00:00.000Z',
  effectiveTo: '2020-04-01T00:00:00.000Z',
  reason: 'r',
};
const waiver = { expiresAt: '2020-04-01T00:00:00.000Z', reason: 'r' };
const remediation = { plan: 'p', dueAt: '2020-04-01T00:00:00.000Z' };

/** Every route that changes something: who may use it, and a body that fits. */
const commands: readonly { path: string; method?: string; by: 'riskManager' | 'approver'; body: unknown }[] = [
  { path: '/v1/limits', by: 'riskManager', body: proposal },
  { path: '/v1/limits/known', method: 'PUT', by: 'riskManager', body: revision },
  { path: '/v1/limits/known/approval', by: 'approver', body: {} },
  { path: '/v1/limits/known/rejection', by: 'approver', body: { reason: 'r' } },
  { path: '/v1/limits/known/retirement', by: 'riskManager', body: { reason: 'r' } },
  { path: '/v1/limits/known/overrides', by: 'riskManager', body: override },
  { path: `/v1/limits/known/overrides/${nobody}/approval`, by: 'approver', body: {} },
  { path: `/v1/limits/known/overrides/${nobody}/rejection`, by: 'approver', body: { reason: 'r' } },
  { path: '/v1/limit-uploads', by: 'riskManager', body: [proposal] },
  { path: '/v1/limit-uploads/csv', by: 'riskManager', body: 'limitId\nx\n' },
  { path: '/v1/escalation-policies', by: 'riskManager', body: policy },
  { path: `/v1/breaches/${nobody}/acknowledgement`, by: 'riskManager', body: {} },
  { path: `/v1/breaches/${nobody}/waiver`, by: 'approver', body: waiver },
  { path: `/v1/breaches/${nobody}/remediation`, by: 'riskManager', body: remediation },
  { path: '/v1/portfolios/P1/pre-trade-checks', by: 'riskManager', body: trades },
  { path: `/v1/portfolios/P1/reservations/${nobody}/release`, by: 'riskManager', body: {} },
];

const reads = [
  '/v1/limits',
  '/v1/limits/known',
  '/v1/limits/known/versions',
  '/v1/breaches',
  `/v1/breaches/${nobody}`,
  '/v1/escalation-policies',
  '/v1/escalation-policies/default',
  '/v1/notifications',
  '/v1/portfolios/P1/compliance',
  '/v1/portfolios/P1/compliance/history',
  '/v1/portfolios/P1/pre-trade-checks',
  `/v1/portfolios/P1/pre-trade-checks/${nobody}`,
  '/v1/portfolios/P1/reservations',
];

describe('refusals', () => {
  let world: World;
  beforeAll(async () => {
    world = await World.start();
    await world.advance('2020-03-02T21:00:00.000Z');
    await world.definePortfolio('P1');
    await world.propose(limitOf({ limitId: 'known', portfolioId: 'P1' }));
  });
  afterAll(() => world.stop());

  const send = (command: (typeof commands)[number], options: RequestOptions) =>
    world.refusal(command.path, { method: command.method ?? 'POST', body: command.body, ...options });
  const person = (role: 'riskManager' | 'approver'): Person => (role === 'approver' ? approver : riskManager);

  it.each(commands)(
    '$path is refused without a token, with the wrong role, and for a foreign portfolio',
    async (command) => {
      expect(await send(command, { as: null })).toEqual([401, 'TOKEN_MISSING']);
      const other = person(command.by === 'approver' ? 'riskManager' : 'approver');
      expect(await send(command, { as: other })).toEqual([403, 'ROLE_REQUIRED']);
      expect(await send(command, { as: viewer })).toEqual([403, 'ROLE_REQUIRED']);
      if (command.path.includes('escalation') || command.path.includes('uploads')) return;
      const headers = { 'if-match': '*' };
      const [status] = await send(command, { as: person(command.by), portfolios: ['OTHER'], headers });
      expect(status).toBe(404);
    },
  );

  it.each(reads)('%s is refused without a token and shows nothing of a foreign portfolio', async (path) => {
    expect(await world.refusal(path, { as: null })).toEqual([401, 'TOKEN_MISSING']);
    const { status, body } = await world.request<{ items?: unknown[] }>(path, { portfolios: ['OTHER'] });
    if (path.startsWith('/v1/escalation-policies')) expect(status).toBe(200);
    else if (status === 200) expect(body.items).toEqual([]);
    else expect(status).toBe(404);
  });

  it('refuses an expired token', async () => {
    const authorization = await world.handle.bearer({ subject: 'late', roles: ['viewer'], expiresInSeconds: -60 });
    expect(await world.refusal('/v1/limits', { as: null, headers: { authorization } })).toEqual([401, 'TOKEN_EXPIRED']);
  });

  it('hides the portfolios of an upload that one may not see', async () => {
    const body = [limitOf({ limitId: 'hidden', portfolioId: 'P1', measure: 'es' })];
    const refused = await world.request('/v1/limit-uploads', { as: riskManager, portfolios: ['OTHER'], body });
    expect(refused).toMatchObject({ status: 422, body: { errors: [{ field: 'rows[0].portfolioId' }] } });
  });

  it.each([
    ['/v1/limits', { ...proposal, measure: 'happiness' }, 'measure'],
    ['/v1/limits', { ...proposal, bound: { kind: 'absolute', value: 'much' } }, 'bound.value'],
    ['/v1/limits', { ...proposal, limitId: 'a/b' }, 'limitId'],
    ['/v1/limits', { ...proposal, effectiveFrom: 'yesterday' }, 'effectiveFrom'],
    ['/v1/portfolios/P1/pre-trade-checks', { trades: [] }, 'trades'],
    [
      '/v1/portfolios/P1/pre-trade-checks',
      { trades: [{ strategy: 'Growth', instrumentId: 'ALPHA', quantityChange: '0' }] },
      'trades[0].quantityChange',
    ],
    ['/v1/escalation-policies', { ...policy, steps: [] }, 'steps'],
  ])('%s names the field at fault of a bad body (%#)', async (path, body, field) => {
    const refused = await world.request(path, { as: riskManager, body });
    expect(refused).toMatchObject({
      status: 400,
      body: { code: 'VALIDATION_FAILED', errors: [{ field: expect.stringContaining(field) }] },
    });
  });

  it('refuses a limit that could never be held against a figure', async () => {
    const body = { ...proposal, limitId: 'odd', measure: 'cash', scope: { level: 'issuer', issuer: 'Alpha Group' } };
    expect(await world.refusal('/v1/limits', { as: riskManager, body })).toEqual([422, 'LIMITS.BAD_LIMIT']);
    const unknown = { ...proposal, limitId: 'odd', escalationPolicyId: 'nowhere' };
    expect(await world.refusal('/v1/limits', { as: riskManager, body: unknown })).toEqual([
      404,
      'LIMITS.UNKNOWN_ESCALATION_POLICY',
    ]);
    const nowhere = { ...proposal, limitId: 'odd', portfolioId: 'NOWHERE' };
    expect(await world.refusal('/v1/limits', { as: riskManager, body: nowhere })).toEqual([
      404,
      'LIMITS.UNKNOWN_PORTFOLIO',
    ]);
  });

  it('answers unknown ids with 404 and ids that are none with 400', async () => {
    expect(await world.refusal('/v1/limits/unknown')).toEqual([404, 'LIMITS.UNKNOWN_LIMIT']);
    expect(await world.refusal(`/v1/breaches/${nobody}`)).toEqual([404, 'LIMITS.UNKNOWN_BREACH']);
    expect(await world.refusal('/v1/breaches/no-uuid')).toEqual([400, 'VALIDATION_FAILED']);
    expect(await world.refusal('/v1/escalation-policies/unknown')).toEqual([404, 'LIMITS.UNKNOWN_ESCALATION_POLICY']);
    expect(await world.refusal('/v1/portfolios/NOWHERE/compliance')).toEqual([404, 'LIMITS.UNKNOWN_PORTFOLIO']);
    expect(await world.refusal(`/v1/portfolios/P1/pre-trade-checks/${nobody}`)).toEqual([
      404,
      'LIMITS.UNKNOWN_PRE_TRADE_CHECK',
    ]);
    const release = `/v1/portfolios/P1/reservations/${nobody}/release`;
    expect(await world.refusal(release, { as: riskManager, body: {} })).toEqual([404, 'LIMITS.UNKNOWN_RESERVATION']);
    const headers = { 'if-match': await world.etag('known') };
    const approval = `/v1/limits/known/overrides/${nobody}/approval`;
    expect(await world.refusal(approval, { as: approver, body: {}, headers })).toEqual([
      404,
      'LIMITS.UNKNOWN_OVERRIDE',
    ]);
    expect(await world.refusal('/v1/breaches?cursor=abc')).toEqual([400, 'CURSOR_INVALID']);
  });

  it('asks for the version that a decision is about, and refuses a stale one', async () => {
    const approval = '/v1/limits/known/approval';
    expect(await world.refusal(approval, { as: approver, body: {} })).toEqual([428, 'PRECONDITION_REQUIRED']);
    expect(await world.refusal(approval, { as: approver, body: {}, headers: { 'if-match': '"0"' } })).toEqual([
      412,
      'PRECONDITION_FAILED',
    ]);
    const stale = { 'if-match': '"99"' };
    expect(
      await world.refusal('/v1/limits/known', { as: riskManager, method: 'PUT', body: revision, headers: stale }),
    ).toEqual([412, 'PRECONDITION_FAILED']);
  });

  it('wants an idempotency key where something is created, and refuses it with another body', async () => {
    const headers = { 'idempotency-key': '' };
    expect(await world.refusal('/v1/limits', { as: riskManager, body: proposal, headers })).toEqual([
      400,
      'IDEMPOTENCY_KEY_REQUIRED',
    ]);
    const key = { 'idempotency-key': 'limit-1' };
    const first = await world.request('/v1/limits', { as: riskManager, body: proposal, headers: key });
    const again = await world.request('/v1/limits', { as: riskManager, body: proposal, headers: key });
    expect([first.status, again.status]).toEqual([201, 201]);
    expect(again.body).toEqual(first.body);
    const other = { ...proposal, name: 'Another' };
    const { status } = kitErrors.IDEMPOTENCY_KEY_REUSED;
    expect(await world.refusal('/v1/limits', { as: riskManager, body: other, headers: key })).toEqual([
      status,
      'IDEMPOTENCY_KEY_REUSED',
    ]);
    expect(await world.refusal('/v1/limits', { as: riskManager, body: proposal })).toEqual([
      409,
      'LIMITS.LIMIT_EXISTS',
    ]);
  });

  it('documents every code that its routes are said to answer with', async () => {
    const document = await world.ok<{ paths: Record<string, unknown> }>('/docs/openapi.json', { as: null });
    const codes = new Set(JSON.stringify(document).match(/LIMITS\.[A-Z_]+/g) ?? []);
    expect([...codes].filter((code) => !(code in limitsErrors))).toEqual([]);
    expect(Object.keys(document.paths)).toEqual(
      expect.arrayContaining(['/v1/limits', '/v1/breaches', '/v1/portfolios/{portfolioId}/compliance']),
    );
  });
});
