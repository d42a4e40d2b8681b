import { limitWanted } from '@risk-budget/contracts';
import type { LimitOverrideView, LimitVersionView, LimitView } from '../../src/definitions/limit.schemas.js';
import { withClientOf } from './database.js';
import { approver, both, limitOf, riskManager, viewer, World } from './world.js';

const day = (number: number) => `2020-03-${String(number).padStart(2, '0')}T21:00:00.000Z`;

describe('limits', () => {
  let world: World;
  beforeAll(async () => {
    world = await World.start();
    await world.advance(day(2));
    await world.definePortfolio('P1');
  });
  afterAll(() => world.stop());

  it('counts for nothing until somebody else approves it', async () => {
    const proposed = await world.propose(limitOf({ limitId: 'four-eyes', portfolioId: 'P1' }), both);
    expect(proposed).toMatchObject({ inForce: null, proposed: { version: 1, status: 'proposed', source: 'rest' } });
    await world.snapshot('P1', 0.3, day(2));
    expect(await world.breaches('limitId=four-eyes')).toEqual([]);
    expect(await world.definitions('four-eyes')).toEqual([]);
    const approval = '/v1/limits/four-eyes/approval';
    const headers = { 'if-match': await world.etag('four-eyes') };
    expect(await world.refusal(approval, { as: both, method: 'POST', headers })).toEqual([403, 'LIMITS.OWN_APPROVAL']);
    const approved = await world.approve('four-eyes');
    expect(approved).toMatchObject({
      inForce: { version: 1, status: 'active', approvedBy: { subject: 'amir' }, approvedAt: day(2) },
      proposed: null,
    });
    await world.until(async () => (await world.definitions('four-eyes')).length > 0);
    expect(await world.definitions('four-eyes')).toMatchObject([
      { version: 1, status: 'active', proposedBy: 'bruno', approvedBy: 'amir' },
    ]);
    await world.snapshot('P1', 0.3, day(3));
    expect(await world.breach('four-eyes')).toMatchObject({ state: 'open' });
  });

  it('is approved by nobody who has proposed or edited it, whatever the code does', async () => {
    await world.propose(limitOf({ limitId: 'constraint', portfolioId: 'P1', measure: 'var' }));
    const approveAs = (subject: string) =>
      withClientOf(world, (query) =>
        query(
          `UPDATE limit_version SET status = 'active', approved_at = now(), approved_by = $1 WHERE limit_id = 'constraint'`,
          [JSON.stringify({ subject, issuer: 'https://issuer.test' })],
        ),
      );
    await expect(approveAs('maria')).rejects.toMatchObject({ constraint: 'limit_version_four_eyes' });
    await expect(
      withClientOf(world, (query) => query("UPDATE limit_version SET status = 'active' WHERE limit_id = 'constraint'")),
    ).rejects.toMatchObject({ constraint: 'limit_version_approved' });
  });

  it('keeps the editors of a proposal that was revised before it was approved', async () => {
    await world.propose(limitOf({ limitId: 'edited', portfolioId: 'P1', measure: 'es' }), riskManager);
    const { limitId: _, ...body } = limitOf({ limitId: 'edited', portfolioId: 'P1', measure: 'es', name: 'Edited' });
    const revised = await world.ok<LimitView>('/v1/limits/edited', {
      as: both,
      method: 'PUT',
      body,
      headers: { 'if-match': await world.etag('edited') },
    });
    expect(revised).toMatchObject({ proposed: { version: 2, change: 'revised' } });
    const headers = { 'if-match': await world.etag('edited') };
    const approval = '/v1/limits/edited/approval';
    const maria = { subject: 'maria', roles: ['approver'] } as const;
    expect(await world.refusal(approval, { as: maria, method: 'POST', headers })).toEqual([403, 'LIMITS.OWN_APPROVAL']);
    expect(await world.refusal(approval, { as: both, method: 'POST', headers })).toEqual([403, 'LIMITS.OWN_APPROVAL']);
    await world.approve('edited');
    const { items } = await world.ok<{ items: LimitVersionView[] }>('/v1/limits/edited/versions');
    expect(items.map(({ version, status }) => [version, status])).toEqual([
      [1, 'superseded'],
      [2, 'active'],
    ]);
  });

  it('refuses a limit that asks the same question at the same time, and takes one of another time', async () => {
    const first = { portfolioId: 'P1', measure: 'gross' } as const;
    await world.limit({ ...first, limitId: 'gross-1', effectiveTo: '2020-06-01T00:00:00.000Z' });
    expect(
      await world.refusal('/v1/limits', { as: riskManager, body: limitOf({ ...first, limitId: 'gross-2' }) }),
    ).toEqual([409, 'LIMITS.OVERLAPPING_LIMIT']);
    const otherQuestions = [
      { severity: 'hard' as const },
      { direction: 'lower' as const },
      { scope: { level: 'strategy' as const, strategy: 'Growth' } },
      { effectiveFrom: '2020-06-01T00:00:00.000Z' },
    ];
    for (const [index, change] of otherQuestions.entries()) {
      await world.propose(limitOf({ ...first, limitId: `gross-${index + 3}`, ...change }));
    }
    await expect(
      withClientOf(world, async (query) => {
        await query("INSERT INTO limit_head (limit_id, portfolio_id, created_at) VALUES ('gross-9', 'P1', now())");
        return query(
          `INSERT INTO limit_version SELECT (jsonb_populate_record(v, '{"limit_id": "gross-9"}')).*
           FROM limit_version v WHERE limit_id = 'gross-1'`,
        );
      }),
    ).rejects.toMatchObject({ constraint: 'limit_version_no_overlap' });
  });

  it('lets the version in force run until the day of its approved successor', async () => {
    await world.definePortfolio('SUCC');
    await world.limit({ limitId: 'succ', portfolioId: 'SUCC' });
    const { limitId: _, ...body } = limitOf({
      limitId: 'succ',
      portfolioId: 'SUCC',
      bound: { kind: 'absolute', value: 0.4 },
      effectiveFrom: day(5),
    });
    const headers = { 'if-match': await world.etag('succ') };
    await world.ok('/v1/limits/succ', { as: riskManager, method: 'PUT', body, headers });
    const approved = await world.approve('succ');
    expect(approved).toMatchObject({
      inForce: { version: 1, inForceTo: day(5) },
      latest: { version: 2, status: 'active' },
    });
    await world.advance(day(4));
    await world.snapshot('SUCC', 0.3, day(4));
    expect(await world.breach('succ')).toMatchObject({ state: 'open', limitVersion: 1 });
    await world.advance(day(5));
    await world.snapshot('SUCC', 0.3, day(5));
    expect(await world.breach('succ')).toMatchObject({ state: 'resolved', limitVersion: 2, bound: 0.4 });
    expect((await world.definitions('succ')).at(-1)).toMatchObject({ version: 2, bound: { value: 0.4 } });
    expect(await world.ok('/v1/limits/succ')).toMatchObject({ inForce: { version: 2 } });
  });

  it('ends by itself on its last day', async () => {
    await world.definePortfolio('LAST');
    await world.limit({ limitId: 'last', portfolioId: 'LAST', effectiveTo: day(7) });
    await world.snapshot('LAST', 0.3, day(6));
    expect(await world.breach('last')).toMatchObject({ state: 'open' });
    await world.advance(day(7));
    expect(await world.breach('last')).toMatchObject({ state: 'resolved', resolvedAt: day(7) });
    expect((await world.definitions('last')).at(-1)).toMatchObject({ status: 'retired', effectiveTo: day(7) });
    expect(await world.ok('/v1/limits/last')).toMatchObject({ inForce: null, latest: { status: 'retired' } });
  });

  it('has another bound for a while by an approved override', async () => {
    await world.definePortfolio('OVER');
    await world.limit({ limitId: 'over', portfolioId: 'OVER' });
    const body = {
      bound: { kind: 'absolute', value: 0.35 },
      effectiveFrom: day(7),
      effectiveTo: day(9),
      reason: 'Rebalancing in progress',
    };
    const path = '/v1/limits/over/overrides';
    const override = await world.ok<LimitOverrideView>(path, { as: both, body });
    await world.snapshot('OVER', 0.3, day(7));
    expect(await world.breach('over')).toMatchObject({ state: 'open', bound: 0.2 });
    const approval = `${path}/${override.overrideId}/approval`;
    const headers = { 'if-match': await world.etag('over') };
    expect(await world.refusal(approval, { as: both, method: 'POST', headers })).toEqual([403, 'LIMITS.OWN_APPROVAL']);
    await world.ok(approval, { as: approver, method: 'POST', headers });
    await world.snapshot('OVER', 0.3, day(8));
    expect(await world.breach('over')).toMatchObject({ state: 'resolved', bound: 0.35 });
    expect((await world.definitions('over')).at(-1)?.overrides).toMatchObject([{ effectiveTo: day(9) }]);
    await world.snapshot('OVER', 0.3, day(9));
    expect(await world.breach('over')).toMatchObject({ state: 'open', bound: 0.2 });
    expect(await world.refusal(path, { as: both, body: { ...body, effectiveFrom: day(8) } })).toEqual([
      409,
      'LIMITS.OVERLAPPING_OVERRIDE',
    ]);
    await expect(
      withClientOf(world, (query) =>
        query('UPDATE limit_override SET approved_by = proposed_by WHERE override_id = $1', [override.overrideId]),
      ),
    ).rejects.toMatchObject({ constraint: 'limit_override_four_eyes' });
  });

  it('keeps what makes it the limit that it is: a revision of the measure is refused', async () => {
    await world.limit({ limitId: 'identity', portfolioId: 'P1', measure: 'net' });
    const { limitId: _, ...body } = limitOf({ limitId: 'identity', portfolioId: 'P1', measure: 'leverage' });
    const headers = { 'if-match': await world.etag('identity') };
    expect(await world.refusal('/v1/limits/identity', { as: riskManager, method: 'PUT', body, headers })).toEqual([
      422,
      'LIMITS.BAD_LIMIT',
    ]);
  });

  it('is proposed by a topic as service:<name>, approved like any other, and unchanged when said twice', async () => {
    const wanted = limitOf({ limitId: 'by-topic', portfolioId: 'P1', measure: 'beta' });
    await world.publish(limitWanted, day(9), wanted);
    await world.publish(limitWanted, day(9), wanted);
    await world.settled();
    expect(await world.ok('/v1/limits/by-topic')).toMatchObject({
      inForce: null,
      proposed: { version: 1, source: 'topic', proposedBy: { subject: 'service:configuration' } },
    });
    await world.approve('by-topic');
    await world.publish(limitWanted, day(9), { ...wanted, bound: { kind: 'absolute', value: 1.1 } });
    await world.settled();
    expect(await world.ok('/v1/limits/by-topic')).toMatchObject({ inForce: { version: 1 }, proposed: { version: 2 } });
  });

  it('is parked when a topic wants what cannot be, and proposed when the operator replays it after it can', async () => {
    await world.definePortfolio('PARK');
    await world.propose(limitOf({ limitId: 'in-the-way', portfolioId: 'PARK' }));
    await world.publish(limitWanted, day(9), limitOf({ limitId: 'parked', portfolioId: 'PARK' }));
    await world.settled();
    const operator = { subject: 'olga', roles: ['operator'] } as const;
    const parked = await world.ok<{ items: { id: string; key: string; code: string }[] }>('/v1/messaging/parked-keys', {
      as: operator,
    });
    const [entry] = parked.items.filter(({ key }) => key === 'PARK');
    expect(JSON.stringify(entry)).toContain('LIMITS.OVERLAPPING_LIMIT');
    const headers = { 'if-match': await world.etag('in-the-way') };
    const body = { reason: 'Configuration has a better one' };
    await world.ok('/v1/limits/in-the-way/rejection', { as: approver, body, headers });
    await world.ok(`/v1/messaging/parked-keys/${entry?.id}/replay`, { as: operator, method: 'POST' });
    expect(await world.ok('/v1/limits/parked')).toMatchObject({ proposed: { source: 'topic' } });
  });

  it('is proposed by a file of either kind, all rows or none, and never in force without approval', async () => {
    const header = 'limitId,portfolioId,name,measure,level,direction,boundKind,bound,severity,effectiveFrom';
    const row = (id: string, measure: string) =>
      `${id},P1,From a file,${measure},portfolio,upper,absolute,0.5,soft,2020-01-01T00:00:00.000Z`;
    const csv = [header, row('file-1', 'topFiveWeight'), row('file-2', 'herfindahl')].join('\n');
    const path = '/v1/limit-uploads/csv';
    const proposed = {
      items: [
        { limitId: 'file-1', outcome: 'proposed' },
        { limitId: 'file-2', outcome: 'proposed' },
      ],
    };
    expect(await world.ok(path, { as: riskManager, body: csv })).toMatchObject(proposed);
    expect(await world.ok(path, { as: riskManager, body: csv })).toMatchObject({
      items: [{ version: 1, outcome: 'unchanged' }, { outcome: 'unchanged' }],
    });
    expect(await world.ok('/v1/limits/file-1')).toMatchObject({ inForce: null, proposed: { source: 'file' } });
    const clashing = [header, row('file-3', 'effectiveNumber'), row('file-4', 'topFiveWeight')].join('\n');
    const refused = await world.request(path, { as: riskManager, body: clashing });
    expect(refused).toMatchObject({
      status: 422,
      body: { code: 'LIMITS.BAD_UPLOAD', errors: [{ field: 'rows[1].effectiveFrom' }] },
    });
    expect((await world.request('/v1/limits/file-3')).status).toBe(404);
    const json = [limitOf({ limitId: 'file-5', portfolioId: 'P1', measure: 'largestWeight' })];
    expect(await world.ok('/v1/limit-uploads', { as: riskManager, body: json })).toMatchObject({
      items: [{ limitId: 'file-5', outcome: 'proposed' }],
    });
  });

  it('is rejected with a reason, and what is in force stays', async () => {
    await world.limit({ limitId: 'rejected', portfolioId: 'P1', measure: 'cash', direction: 'lower' });
    await world.ok('/v1/limits/rejected/retirement', { as: riskManager, body: { reason: 'Not needed' } });
    const headers = { 'if-match': await world.etag('rejected') };
    const body = { reason: 'Still needed' };
    await world.ok('/v1/limits/rejected/rejection', { as: approver, body, headers });
    expect(await world.ok('/v1/limits/rejected')).toMatchObject({
      inForce: { version: 1 },
      proposed: null,
      latest: { version: 2, status: 'rejected', rejectionReason: 'Still needed' },
    });
    expect(
      await world.refusal('/v1/limits/rejected/approval', {
        as: approver,
        method: 'POST',
        headers: { 'if-match': await world.etag('rejected') },
      }),
    ).toEqual([409, 'LIMITS.NOTHING_PROPOSED']);
  });

  it('is listed by portfolio, status and measure, page by page, within what one may see', async () => {
    const page = await world.ok<{ items: LimitView[]; nextCursor: string }>('/v1/limits?portfolioId=P1&limit=2');
    expect(page.items).toHaveLength(2);
    const next = await world.ok<{ items: LimitView[] }>(`/v1/limits?portfolioId=P1&limit=2&cursor=${page.nextCursor}`);
    expect(next.items[0]?.limitId.localeCompare(page.items[1]?.limitId ?? '')).toBe(1);
    const waiting = await world.ok<{ items: LimitView[] }>('/v1/limits?portfolioId=P1&status=proposed&measure=beta');
    expect(waiting.items.map(({ limitId }) => limitId)).toEqual(['by-topic']);
    const foreign = await world.ok<{ items: LimitView[] }>('/v1/limits', { as: viewer, portfolios: ['SUCC'] });
    expect(foreign.items.map(({ limitId }) => limitId)).toEqual(['succ']);
  });

  it('publishes its limits again when an operator asks', async () => {
    const operator = { subject: 'olga', roles: ['operator'] } as const;
    const before = await world.definitionEvents('four-eyes');
    const body = { topic: 'limits.definitions', key: 'four-eyes' };
    await world.ok('/v1/messaging/republish', { as: operator, body });
    await world.until(async () => (await world.definitionEvents('four-eyes')).length > before.length);
    expect(await world.definitionEvents('four-eyes')).toEqual([...before, before.at(-1)]);
    expect(before.at(-1)?.data).toMatchObject({ version: 1, status: 'active' });
  });
});
