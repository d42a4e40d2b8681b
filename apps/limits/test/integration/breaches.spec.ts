import { budgetPlanChanged, defaultRiskPolicy, snapshotTaken, type BudgetPlan } from '@risk-budget/contracts';
import { withClientOf } from './database.js';
import { node } from '@risk-budget/market-data/testing';
import { approver, both, riskManager, World } from './world.js';

const day = (number: number, time = '21:00') => `2020-03-${String(number).padStart(2, '0')}T${time}:00.000Z`;

describe('breaches', () => {
  let world: World;
  beforeAll(async () => {
    world = await World.start();
    await world.advance(day(2));
  });
  afterAll(() => world.stop());

  it('opens once, strictly beyond the bound, and resolves as far inside as the hysteresis says', async () => {
    await world.definePortfolio('HYST');
    await world.limit({ limitId: 'hyst', portfolioId: 'HYST', hysteresis: 0.1 });
    for (const [index, volatility] of [0.2, 0.21, 0.25, 0.19, 0.18].entries()) {
      await world.snapshot('HYST', volatility, day(3 + index));
    }
    const events = await world.breachEvents('HYST');
    expect(events.map(({ transition, state, at, value }) => [transition, state, at, value])).toEqual([
      ['opened', 'open', day(4), 0.21],
      ['resolved', 'resolved', day(7), 0.18],
    ]);
    expect(events[1]).toMatchObject({ worstValue: 0.25, bound: 0.2, nature: 'passive', by: null });
    const [breach] = await world.breaches('portfolioId=HYST');
    expect(breach).toMatchObject({ state: 'resolved', openedAt: day(4), resolvedAt: day(7) });
    const history = await world.ok<{ items: { state: string; from: string; to: string | null }[] }>(
      '/v1/portfolios/HYST/compliance/history',
    );
    expect(history.items.map(({ state, from, to }) => [state, from, to])).toEqual([
      ['compliant', day(3), day(4)],
      ['breached', day(4), day(7)],
      ['compliant', day(7), null],
    ]);
    const part = await world.ok<{ items: { state: string }[] }>(
      `/v1/portfolios/HYST/compliance/history?from=${day(5)}&to=${day(6)}`,
    );
    expect(part.items).toMatchObject([{ state: 'breached' }]);
  });

  it('opens no second breach for a duplicate, nor for the same snapshot sent anew by another event', async () => {
    await world.definePortfolio('DUP');
    await world.limit({ limitId: 'dup', portfolioId: 'DUP' });
    const taken = world.nextSnapshot('DUP', 0.3, day(3));
    const publisher = world.publisherOf('utilization');
    const event = await publisher.publish(snapshotTaken, { occurredAt: day(3), data: taken });
    await publisher.send(event);
    await publisher.publish(snapshotTaken, { occurredAt: day(3), data: taken });
    await world.settled();
    expect((await world.breachEvents('DUP')).map(({ transition }) => transition)).toEqual(['opened']);
  });

  it('opens and resolves each time the figure goes beyond the bound and back, also within one moment', async () => {
    await world.definePortfolio('MOMENT');
    await world.limit({ limitId: 'moment', portfolioId: 'MOMENT' });
    const taken = Array.from({ length: 20 }, (_, turn) =>
      world.nextSnapshot('MOMENT', turn % 2 === 0 ? 0.3 : 0.1, day(3)),
    );
    await world.publisherOf('utilization').publishMany(
      snapshotTaken,
      taken.map((data) => ({ occurredAt: day(3), data })),
    );
    await world.settled();
    const events = await world.breachEvents('MOMENT');
    expect(events.map(({ transition, at }) => [transition, at])).toEqual(
      taken.map((_, turn) => [turn % 2 === 0 ? 'opened' : 'resolved', day(3)]),
    );
    expect(new Set(events.map(({ breachId }) => breachId)).size).toBe(10);
  });

  it('neither opens nor resolves on an incomplete snapshot', async () => {
    await world.definePortfolio('INC');
    await world.limit({ limitId: 'inc', portfolioId: 'INC' });
    await world.snapshot('INC', 0.3, day(3), { state: 'incomplete' });
    expect((await world.compliance('INC')).limits).toMatchObject([{ state: 'incomplete', breach: null }]);
    await world.snapshot('INC', 0.3, day(4));
    await world.snapshot('INC', 0.1, day(5), { state: 'incomplete' });
    expect(await world.compliance('INC')).toMatchObject({
      state: 'softBreach',
      snapshot: { sequence: 3, state: 'incomplete' },
      limits: [{ state: 'breached', value: 0.3, bound: 0.2, since: day(4), breach: { state: 'open' } }],
    });
    await world.snapshot('INC', 0.1, day(6));
    expect((await world.compliance('INC')).limits).toMatchObject([{ state: 'compliant', value: 0.1, headroom: 0.1 }]);
  });

  it('goes on after a snapshot that never came, and says that one is missing', async () => {
    await world.definePortfolio('GAP');
    await world.limit({ limitId: 'gap', portfolioId: 'GAP' });
    await world.snapshot('GAP', 0.1, day(3));
    world.nextSnapshot('GAP', 0.1, day(4));
    await world.snapshot('GAP', 0.3, day(5));
    expect(await world.compliance('GAP')).toMatchObject({ state: 'softBreach', missingSnapshots: 1 });
  });

  it('takes its bound from the node’s budget and follows it when the plan changes', async () => {
    await world.definePortfolio('SHARE');
    await world.limit({
      limitId: 'share',
      portfolioId: 'SHARE',
      scope: { level: 'strategy', strategy: 'Growth' },
      bound: { kind: 'shareOfBudget', share: 0.8 },
    });
    const growth = (budget: number | null, version: number | null) => ({
      nodes: [node({ nodeId: 'strategy:Growth', consumption: 0.09, budget })],
      lineage: {
        positionSequence: 1,
        priceTime: day(3),
        modelId: '00000000-0000-4000-8000-000000000001',
        policy: defaultRiskPolicy,
        planId: version === null ? null : '00000000-0000-4000-8000-00000000000a',
        planVersion: version,
        historicalWindow: null,
        codeVersion: 'test',
      },
    });
    await world.snapshot('SHARE', 0.3, day(3), growth(null, null));
    expect((await world.compliance('SHARE')).limits).toMatchObject([{ state: 'unbudgeted' }]);
    await world.publish(budgetPlanChanged, day(4), plan('SHARE', 1, 0.12));
    await world.snapshot('SHARE', 0.3, day(4), { ...growth(0.12, 1), cause: 'budget' });
    expect((await world.compliance('SHARE')).limits).toMatchObject([{ state: 'compliant', bound: 0.8 * 0.12 }]);
    await world.publish(budgetPlanChanged, day(5), plan('SHARE', 2, 0.11));
    await world.snapshot('SHARE', 0.3, day(5), { ...growth(0.11, 2), cause: 'budget' });
    expect(await world.breach('share')).toMatchObject({ state: 'open', value: 0.09, bound: 0.8 * 0.11 });
    // A snapshot that carries no budgets is held against those of the plan in force.
    await world.snapshot('SHARE', 0.3, day(6), growth(null, null));
    expect(await world.breach('share')).toMatchObject({ state: 'open', bound: 0.8 * 0.11 });
  });

  it('is acknowledged, waived by another person, and open again when the waiver expires', async () => {
    await world.definePortfolio('WAIVE');
    await world.limit({ limitId: 'waive', portfolioId: 'WAIVE', severity: 'hard' });
    await world.advance(day(9));
    await world.snapshot('WAIVE', 0.3, day(9));
    const { breachId } = await world.breach('waive');
    const waiver = { expiresAt: day(11), reason: 'Accepted until the committee meets' };
    expect(await world.refusal(`/v1/breaches/${breachId}/waiver`, { as: both, body: waiver })).toEqual([
      409,
      'LIMITS.BREACH_TRANSITION_REFUSED',
    ]);
    await world.act(breachId, 'acknowledgement', { reason: 'Seen' }, both);
    expect(await world.refusal(`/v1/breaches/${breachId}/acknowledgement`, { as: riskManager, body: {} })).toEqual([
      409,
      'LIMITS.BREACH_TRANSITION_REFUSED',
    ]);
    expect(await world.refusal(`/v1/breaches/${breachId}/waiver`, { as: both, body: waiver })).toEqual([
      403,
      'LIMITS.OWN_WAIVER',
    ]);
    expect(
      await world.refusal(`/v1/breaches/${breachId}/waiver`, { as: approver, body: { ...waiver, expiresAt: day(9) } }),
    ).toEqual([422, 'LIMITS.MUST_LIE_AHEAD']);
    const waived = await world.act(breachId, 'waiver', waiver, approver);
    expect(waived).toMatchObject({ state: 'waived', waiverExpiresAt: day(11), waivedBy: { subject: 'amir' } });
    await world.snapshot('WAIVE', 0.31, day(10));
    expect(await world.breach('waive')).toMatchObject({ state: 'waived', worstValue: 0.31 });
    await world.advance(day(12));
    const { history, ...breach } = await world.ok<{ history: { transition: string; at: string; to: string }[] }>(
      `/v1/breaches/${breachId}`,
    );
    expect(breach).toMatchObject({ state: 'open', waivedBy: null, waiverExpiresAt: null });
    expect(history.slice(0, 4).map(({ transition, to, at }) => [transition, to, at])).toEqual([
      ['opened', 'open', day(9)],
      ['acknowledged', 'acknowledged', day(9)],
      ['waived', 'waived', day(9)],
      ['waiverExpired', 'open', day(11)],
    ]);
  });

  it('is waived by nobody who has acknowledged it, whatever the code does', async () => {
    await world.definePortfolio('EYES');
    await world.limit({ limitId: 'eyes', portfolioId: 'EYES', severity: 'hard' });
    await world.snapshot('EYES', 0.3, day(12));
    const { breachId } = await world.breach('eyes');
    const waiveAs = (subject: string, state = 'waived') =>
      withClientOf(world, (query) =>
        query(
          `UPDATE breach SET state = $3, waived_by = jsonb_build_object('issuer', 'https://issuer.test', 'subject', $2::text),
             waiver_expires_at = now() WHERE breach_id = $1`,
          [breachId, subject, state],
        ),
      );
    await expect(waiveAs('amir')).rejects.toMatchObject({ constraint: 'breach_waiver_four_eyes' });
    const acknowledged = await world.act(breachId, 'acknowledgement', {}, riskManager);
    const { acknowledgedBy } = acknowledged as { acknowledgedBy: { issuer: string; subject: string } };
    expect(acknowledgedBy.issuer).toBe('https://issuer.test');
    await expect(waiveAs(acknowledgedBy.subject)).rejects.toMatchObject({ constraint: 'breach_waiver_four_eyes' });
    await world.act(breachId, 'remediation', { plan: 'Sell', dueAt: day(20) }, both);
    await expect(waiveAs('bruno')).rejects.toMatchObject({ constraint: 'breach_waiver_no_remediation_author' });
  });

  it('is waived by nobody who has planned its remediation, though somebody else has planned it anew', async () => {
    await world.definePortfolio('AUTHOR');
    await world.limit({ limitId: 'author', portfolioId: 'AUTHOR' });
    await world.snapshot('AUTHOR', 0.3, day(12));
    const { breachId } = await world.breach('author');
    await world.act(breachId, 'acknowledgement', {}, riskManager);
    await world.act(breachId, 'remediation', { plan: 'Sell', dueAt: day(20) }, both);
    await world.act(breachId, 'remediation', { plan: 'Sell more', dueAt: day(20) }, riskManager);
    const waiver = { expiresAt: day(20), reason: 'Accepted after all' };
    expect(await world.refusal(`/v1/breaches/${breachId}/waiver`, { as: both, body: waiver })).toEqual([
      403,
      'LIMITS.OWN_WAIVER',
    ]);
    expect(await world.act(breachId, 'waiver', waiver, approver)).toMatchObject({ state: 'waived' });
  });

  it('is remediated by a plan with a due date, and resolved by the snapshot that is back inside', async () => {
    await world.definePortfolio('PLAN');
    await world.limit({ limitId: 'plan', portfolioId: 'PLAN' });
    await world.snapshot('PLAN', 0.3, day(12));
    const { breachId } = await world.breach('plan');
    await world.act(breachId, 'acknowledgement', {});
    const body = { plan: 'Sell a fifth of everything', dueAt: day(16) };
    const planned = await world.act(breachId, 'remediation', body);
    expect(planned).toMatchObject({ state: 'remediating', remediation: body });
    await world.snapshot('PLAN', 0.15, day(13));
    await world.advance(day(17));
    const events = await world.breachEvents('PLAN');
    expect(events.map(({ transition, by }) => [transition, by])).toEqual([
      ['opened', null],
      ['acknowledged', 'maria'],
      ['remediationPlanned', 'maria'],
      ['resolved', null],
    ]);
  });

  it('goes back to open and is escalated when the remediation is due and nothing has come of it', async () => {
    await world.definePortfolio('DUE');
    await world.limit({ limitId: 'due', portfolioId: 'DUE' });
    await world.snapshot('DUE', 0.3, day(17));
    const { breachId } = await world.breach('due');
    await world.act(breachId, 'acknowledgement', {});
    await world.act(breachId, 'remediation', { plan: 'Wait', dueAt: day(18) });
    await world.advance(day(18, '21:30'));
    expect(await world.breach('due')).toMatchObject({ state: 'open', escalationStep: 0 });
    expect((await world.breachEvents('DUE')).at(-1)).toMatchObject({ transition: 'escalated', at: day(18) });
  });

  it('ends with its limit', async () => {
    await world.definePortfolio('END');
    await world.limit({ limitId: 'end', portfolioId: 'END' });
    await world.snapshot('END', 0.3, day(19));
    await world.ok('/v1/limits/end/retirement', { as: riskManager, body: { reason: 'No longer needed' } });
    expect(await world.breach('end')).toMatchObject({ state: 'open' });
    await world.approve('end');
    expect(await world.breach('end')).toMatchObject({ state: 'resolved', reason: 'The limit is no longer in force.' });
    expect((await world.compliance('END')).limits).toEqual([]);
  });

  it('keeps its history from being changed, by the rights of the database', async () => {
    await expect(
      withClientOf(world, (query) => query("UPDATE breach_transition SET transition = 'resolved'")),
    ).rejects.toMatchObject({ code: '42501' });
    await expect(withClientOf(world, (query) => query('DELETE FROM breach_transition'))).rejects.toMatchObject({
      code: '42501',
    });
  });

  it('puts every decision into the portfolio’s audit chain, which verifies', async () => {
    const chain = await world.ok<{ items: { action: string; actor: { subject: string } }[] }>('/v1/audit/WAIVE', {
      as: riskManager,
    });
    expect(chain.items.map(({ action, actor }) => [action, actor.subject]).slice(0, 6)).toEqual([
      ['limit.proposed', 'maria'],
      ['limit.approved', 'amir'],
      ['breach.opened', 'service:limits'],
      ['breach.acknowledged', 'bruno'],
      ['breach.waived', 'amir'],
      ['breach.waiverExpired', 'service:limits'],
    ]);
    expect(await world.ok('/v1/audit/WAIVE/verification', { as: riskManager })).toMatchObject({ valid: true });
  });
});

describe('two instances side by side', () => {
  it('hold every snapshot against the limits once, in order', async () => {
    const world = await World.start();
    try {
      const other = await world.handle.another();
      await other.start();
      await world.advance(day(2));
      const ids = ['A', 'B', 'C', 'D', 'E', 'F'];
      for (const id of ids) {
        await world.definePortfolio(id);
        await world.limit({ limitId: `limit-${id}`, portfolioId: id });
      }
      const volatilities = [0.1, 0.3, 0.25, 0.1, 0.4, 0.15, 0.3, 0.2];
      const all = volatilities.flatMap((volatility, index) =>
        ids.map((id) => world.nextSnapshot(id, volatility, day(3 + index))),
      );
      await world.publisherOf('utilization').publishMany(
        snapshotTaken,
        all.map((data) => ({ occurredAt: data.asOf, data })),
      );
      await world.settled();
      for (const id of ids) {
        expect((await world.breachEvents(id)).map(({ transition, at }) => [transition, at])).toEqual([
          ['opened', day(4)],
          ['resolved', day(6)],
          ['opened', day(7)],
          ['resolved', day(8)],
          ['opened', day(9)],
          ['resolved', day(10)],
        ]);
      }
    } finally {
      await world.stop();
    }
  });
});

function plan(portfolioId: string, version: number, growth: number): BudgetPlan {
  const budgetNode = (nodeId: string, budget: number) => ({
    nodeId,
    parentId: nodeId === 'portfolio' ? null : 'portfolio',
    kind: nodeId === 'portfolio' ? ('portfolio' as const) : ('strategy' as const),
    share: budget,
    budget,
    targetConsumption: budget,
  });
  return {
    planId: '00000000-0000-4000-8000-00000000000a',
    portfolioId,
    version,
    change: version === 1 ? 'activated' : 'adjusted',
    status: 'active',
    effectiveFrom: null,
    policy: defaultRiskPolicy,
    method: 'customRiskShares',
    trees: [
      {
        measure: 'volatility',
        total: 0.2,
        reserve: 0,
        nodes: [budgetNode('portfolio', 0.2), budgetNode('strategy:Growth', growth)],
      },
    ],
    targetWeights: [],
    rebalancingBand: 0.02,
    modelId: null,
    proposedBy: 'maria',
    approvedBy: 'amir',
  };
}
