import { rebalancingWanted, type BudgetPlan } from '@risk-budget/contracts';
import { RiskModelStore } from '@risk-budget/market-data';
import { Persistence } from '@risk-budget/persistence';
import { evaluatePortfolio } from '@risk-budget/risk-math';
import { AuditService } from '@risk-budget/service-kit';
import { Person } from './desk.js';
import { idOf, PlanDesk, refused, unknownId } from './plan-desk.js';

describe('a budget plan from its draft to its end', () => {
  let desk: PlanDesk;
  beforeAll(async () => {
    desk = await PlanDesk.start();
  }, 120_000);
  afterAll(() => desk?.stop());

  let planId: string;
  let etag: string | null;

  it('is drafted from an allocation, with one tree a measure', async () => {
    const answer = await desk.draft({
      trees: [
        { measure: 'volatility', total: 0.2, reserve: 0.1 },
        { measure: 'var', total: 0.02 },
        { measure: 'historicalEs', total: 0.03, reserve: 0.05 },
        { measure: 'trackingError', total: 0.1 },
      ],
      reason: 'first plan',
    });
    expect(answer).toMatchObject({
      status: 201,
      body: {
        status: 'draft',
        version: 1,
        method: 'riskParity',
        proposer: { subject: 'anna' },
        approver: null,
        allocationId: desk.allocationId,
      },
    });
    expect(answer.etag).toBe('"1"');
    planId = idOf(answer);
    await desk.upstream.settled();
    expect((await desk.events()).at(-1)).toMatchObject({
      planId,
      change: 'drafted',
      status: 'draft',
      reason: 'first plan',
    });
  });

  it('is edited only with the version that was read', async () => {
    const body = { allocationId: desk.allocationId, trees: [{ measure: 'volatility', total: 0.25, reserve: 0.1 }] };
    expect(await desk.bert.put(`P1/plans/${planId}`, body)).toMatchObject(refused(428, 'PRECONDITION_REQUIRED'));
    expect(await desk.bert.put(`P1/plans/${planId}`, body, { ifMatch: '"7"' })).toMatchObject(
      refused(412, 'PRECONDITION_FAILED'),
    );
    const answer = await desk.bert.put(`P1/plans/${planId}`, body, { ifMatch: '"1"' });
    expect(answer).toMatchObject({
      status: 200,
      body: { version: 2, editors: [{ subject: 'anna' }, { subject: 'bert' }] },
    });
    etag = answer.etag;
  });

  it('is not approved by whoever wrote it, nor by whoever edited it', async () => {
    expect(await desk.annaApproving.post(`P1/plans/${planId}/approval`, {}, { ifMatch: etag })).toMatchObject(
      refused(403, 'ALLOCATION.OWN_APPROVAL'),
    );
    const bertApproving = await Person.withRoles(desk.handle, 'bert', ['approver']);
    expect(await bertApproving.post(`P1/plans/${planId}/approval`, {}, { ifMatch: etag })).toMatchObject(
      refused(403, 'ALLOCATION.OWN_APPROVAL'),
    );
    expect(await desk.anna.post(`P1/plans/${planId}/approval`, {}, { ifMatch: etag })).toMatchObject(
      refused(403, 'ROLE_REQUIRED'),
    );
  });

  it('is not approved by its editor past the service either', async () => {
    const persistence = desk.handle.service.get(Persistence);
    const [row] = await persistence.query<{ editors: string[] }>('SELECT editors FROM budget_plan WHERE plan_id = $1', [
      planId,
    ]);
    const approve = persistence.query(
      "UPDATE budget_plan SET approved_by = $2, status = 'approved' WHERE plan_id = $1",
      [planId, row?.editors[1]],
    );
    await expect(approve).rejects.toThrow('four_eyes');
    await expect(persistence.query('DELETE FROM budget_plan_version')).rejects.toThrow('permission denied');
  });

  it('is approved as it was read, and put in force by a call', async () => {
    expect(await desk.clara.post(`P1/plans/${planId}/approval`, {}, { ifMatch: '"1"' })).toMatchObject(
      refused(412, 'PRECONDITION_FAILED'),
    );
    const answer = await desk.clara.post(`P1/plans/${planId}/approval`, { reason: 'agreed' }, { ifMatch: etag });
    expect(answer).toMatchObject({
      status: 200,
      body: { status: 'approved', approver: { subject: 'clara' }, version: 3 },
    });
    expect(await desk.clara.post(`P1/plans/${planId}/approval`, {}, { ifMatch: answer.etag })).toMatchObject(
      refused(409, 'ALLOCATION.WRONG_STATE'),
    );
    expect(
      await desk.bert.put(`P1/plans/${planId}`, { allocationId: desk.allocationId }, { ifMatch: answer.etag }),
    ).toMatchObject(refused(409, 'ALLOCATION.WRONG_STATE'));
    const active = await desk.clara.post(`P1/plans/${planId}/activation`, {}, { ifMatch: answer.etag });
    expect(active).toMatchObject({
      status: 200,
      body: {
        status: 'active',
        version: 4,
        effectiveFrom: '2020-03-06T21:30:00.000Z',
        modelId: desk.model.modelId,
        awaitsModel: false,
      },
    });
  });

  it('publishes trees whose children sum to what their parents have, and targets that the evaluator confirms', async () => {
    await desk.upstream.settled();
    const plan = (await desk.events()).at(-1) as BudgetPlan;
    expect(plan).toMatchObject({ planId, change: 'activated', status: 'active' });
    const [tree] = plan.trees;
    const childrenOf = (nodeId: string) => tree?.nodes.filter((node) => node.parentId === nodeId) ?? [];
    for (const node of tree?.nodes ?? []) {
      const children = childrenOf(node.nodeId);
      if (children.length === 0) continue;
      const share = node.nodeId === 'portfolio' ? 1 - (tree?.reserve ?? 0) : node.share;
      expect(children.reduce((sum, child) => sum + child.share, 0)).toBeCloseTo(share, 12);
      expect(node.budget).toBeCloseTo(node.share * 0.25, 15);
    }
    const { evaluation } = await desk.handle.service.get(RiskModelStore).get(desk.model.modelId);
    const direct = evaluatePortfolio({
      nav: 1_000_000,
      leaves: plan.targetWeights.map((leaf) => ({
        strategy: leaf.strategy,
        instrumentId: leaf.instrumentId,
        issuer: leaf.instrumentId,
        sector: { AAA: 'Technology', BBB: 'Staples', CCC: 'Technology', DDD: 'Energy' }[leaf.instrumentId] ?? '',
        value: leaf.weight * 1_000_000,
      })),
      model: evaluation,
      specification: { confidence: 0.95, horizonDays: 1, scaling: 'sqrt', quantileRule: 'type7' },
    });
    for (const node of tree?.nodes ?? []) {
      const consumption = direct.nodes.find((one) => one.nodeId === node.nodeId)?.contributions.volatility ?? NaN;
      expect(Math.abs(consumption - node.targetConsumption)).toBeLessThan(1e-12);
      expect(Math.abs(consumption / node.budget - node.targetConsumption / node.budget)).toBeLessThan(1e-9);
    }
  });

  it('asks for the trades to its targets when it comes into force', async () => {
    const [wanted, ...others] = (await desk.upstream.events(rebalancingWanted)).map((event) => event.data);
    expect(others).toEqual([]);
    expect(wanted).toMatchObject({ planId, planVersion: 4, reason: 'activation', portfolioId: 'P1' });
    expect(wanted?.trades.length).toBeGreaterThan(0);
    const listed = await desk.anna.get('P1/rebalancings');
    expect(listed.body.items).toEqual([wanted]);
    expect((await desk.anna.get(`P1/rebalancings/${String(wanted?.rebalancingId)}`)).body).toEqual(wanted);
  });

  it('stays known to whoever sees only the last event, which may be of a draft', async () => {
    const answer = await desk.draft();
    await desk.upstream.settled();
    const last = (await desk.events()).at(-1);
    expect(last).toMatchObject({
      planId: idOf(answer),
      status: 'draft',
      active: { planId, status: 'active', version: 4 },
    });
    const withdrawn = await desk.anna.post(
      `P1/plans/${idOf(answer)}/withdrawal`,
      { reason: 'mistake' },
      { ifMatch: answer.etag },
    );
    expect(withdrawn).toMatchObject({ status: 200, body: { status: 'withdrawn', reason: 'mistake' } });
    expect(await desk.anna.post(`P1/plans/${idOf(answer)}/withdrawal`, {}, { ifMatch: withdrawn.etag })).toMatchObject(
      refused(409, 'ALLOCATION.WRONG_STATE'),
    );
  });

  it('shows what another changes against it', async () => {
    const answer = await desk.draft({
      trees: [{ measure: 'volatility', total: 0.3, reserve: 0.1 }],
      rebalancingBand: 0.05,
    });
    const diff = await desk.anna.get(`P1/plans/${idOf(answer)}/diff`);
    expect(diff).toMatchObject({
      status: 200,
      body: {
        againstPlanId: planId,
        rebalancingBand: { from: 0.02, to: 0.05 },
        trees: [{ measure: 'volatility', total: { from: 0.25, to: 0.3 } }],
        targetWeights: [],
        policy: [],
      },
    });
    const own = await desk.anna.get(`P1/plans/${planId}/diff?against=${planId}&againstVersion=1`);
    expect(own.body).toMatchObject({
      againstVersion: 1,
      trees: expect.arrayContaining([
        { measure: 'var', total: { from: 0.02, to: null }, reserve: { from: 0, to: null }, nodes: expect.anything() },
      ]),
    });
    expect(await desk.anna.get(`P1/plans/${planId}/diff?against=${unknownId}`)).toMatchObject(
      refused(404, 'ALLOCATION.UNKNOWN_PLAN'),
    );
    expect(
      await desk.clara.post(`P1/plans/${idOf(answer)}/rejection`, { reason: 'too much' }, { ifMatch: answer.etag }),
    ).toMatchObject({ status: 200, body: { status: 'rejected' } });
  });

  it('gives way at the time of its successor, which is told first', async () => {
    const next = await desk.approved({ effectiveFrom: '2020-03-09T14:00:00.000Z', rebalancingBand: 0.03 });
    expect(next.body['status']).toBe('approved');
    expect(await desk.clara.post(`P1/plans/${idOf(next)}/activation`, {}, { ifMatch: next.etag })).toMatchObject(
      refused(409, 'ALLOCATION.WRONG_STATE'),
    );
    await desk.upstream.advance('2020-03-09T13:59:00.000Z');
    expect((await desk.anna.get('P1/plans/active')).body['planId']).toBe(planId);
    await desk.upstream.advance('2020-03-09T14:30:00.000Z');
    expect((await desk.anna.get('P1/plans/active')).body).toMatchObject({
      planId: idOf(next),
      status: 'active',
      effectiveFrom: '2020-03-09T14:00:00.000Z',
    });
    expect((await desk.anna.get('P1/plans/active?asOf=2020-03-09T13:00:00.000Z')).body).toMatchObject({
      planId,
      version: 4,
    });
    const [activated, superseded] = (await desk.events()).slice(-2);
    expect(activated).toMatchObject({ planId: idOf(next), change: 'activated' });
    expect(superseded).toMatchObject({ planId, change: 'superseded', active: { planId: idOf(next) } });
    expect(superseded?.version).toBe((activated?.version ?? 0) + 1);
  });

  it('keeps every version, and every decision in the audit chain', async () => {
    const versions = await desk.anna.get(`P1/plans/${planId}/versions?limit=10`);
    expect(versions.body.items?.map((item) => (item['plan'] as BudgetPlan).change)).toEqual([
      'superseded',
      'activated',
      'approved',
      'drafted',
      'drafted',
    ]);
    expect((await desk.anna.get(`P1/plans/${planId}/versions/2`)).body).toMatchObject({
      version: 2,
      actor: { subject: 'bert' },
    });
    expect(await desk.anna.get(`P1/plans/${planId}/versions/99`)).toMatchObject(
      refused(404, 'ALLOCATION.UNKNOWN_PLAN'),
    );
    const audit = desk.handle.service.get(AuditService);
    expect(await audit.verify('P1')).toMatchObject({ valid: true });
    const entries = await audit.list('P1', { limit: 100 });
    expect(entries.items.filter((entry) => entry.subject === planId).map((entry) => entry.action)).toEqual([
      'plan.drafted',
      'plan.drafted',
      'plan.approved',
      'plan.activated',
      'plan.superseded',
    ]);
    expect((await desk.anna.get('P1/plans?status=superseded')).body.items).toMatchObject([{ planId }]);
  });
});
