import { budgetPlanChanged, defaultRiskPolicy, type BudgetPlan, type RiskPolicy } from '@risk-budget/contracts';
import { Persistence } from '@risk-budget/persistence';
import { idOf, PlanDesk, refused } from './plan-desk.js';
import { publishModel } from './world.js';

describe('a budget plan in force', () => {
  let desk: PlanDesk;
  beforeAll(async () => {
    desk = await PlanDesk.start();
    await desk.upstream.advance('2020-03-09T14:30:00.000Z');
    await desk.approved({ effectiveFrom: '2020-03-09T14:00:00.000Z' });
  }, 120_000);
  afterAll(() => desk?.stop());

  it('moves budget between siblings when a second person agrees', async () => {
    const active = (await desk.anna.get('P1/plans/active')).body as unknown as BudgetPlan;
    const path = `P1/plans/${active.planId}/transfers`;
    const shareOf = (plan: BudgetPlan, nodeId: string): number =>
      plan.trees[0]?.nodes.find((node) => node.nodeId === nodeId)?.share ?? NaN;
    const body = { measure: 'volatility', fromNodeId: 'strategy:growth', toNodeId: 'strategy:value', share: 0.05 };
    expect(await desk.anna.post(path, { ...body, share: 0.9 })).toMatchObject({
      status: 422,
      body: { code: 'ALLOCATION.INVALID_TRANSFER', errors: [{ field: 'share' }] },
    });
    expect(await desk.anna.post(path, { ...body, toNodeId: 'leaf:value/DDD' })).toMatchObject(
      refused(422, 'ALLOCATION.INVALID_TRANSFER'),
    );
    const proposed = await desk.anna.post(path, body);
    expect(proposed).toMatchObject({ status: 201, body: { status: 'proposed', proposer: { subject: 'anna' } } });
    const transfer = `${path}/${String(proposed.body['transferId'])}`;
    expect(await desk.annaApproving.post(`${transfer}/approval`, {})).toMatchObject(
      refused(403, 'ALLOCATION.OWN_APPROVAL'),
    );
    const pastTheService = desk.handle.service
      .get(Persistence)
      .query("UPDATE budget_transfer SET status = 'approved', approved_by = proposed_by WHERE transfer_id = $1", [
        proposed.body['transferId'],
      ]);
    await expect(pastTheService).rejects.toThrow('four_eyes');
    expect(await desk.clara.post(`${transfer}/approval`, {})).toMatchObject({
      status: 200,
      body: { status: 'approved', approver: { subject: 'clara' } },
    });
    expect(await desk.clara.post(`${transfer}/approval`, {})).toMatchObject(refused(409, 'ALLOCATION.WRONG_STATE'));
    await desk.upstream.settled();
    const changed = (await desk.events()).at(-1) as BudgetPlan;
    expect(changed).toMatchObject({ planId: active.planId, change: 'transferred', status: 'active' });
    expect(shareOf(changed, 'strategy:growth')).toBeCloseTo(shareOf(active, 'strategy:growth') - 0.05, 12);
    expect(shareOf(changed, 'strategy:value')).toBeCloseTo(shareOf(active, 'strategy:value') + 0.05, 12);
    expect((await desk.anna.get(path)).body.items).toHaveLength(1);
  });

  it('gets the targets of its own policy from the first model by it', async () => {
    const policy: RiskPolicy = {
      ...defaultRiskPolicy,
      policyId: 'desk',
      confidence: 0.99,
      model: { method: 'ledoitWolf', target: 'constantCorrelation', windowDays: 250 },
    };
    const plan = await desk.approved({ policy, effectiveFrom: '2020-03-09T14:00:00.000Z' });
    expect(plan.body).toMatchObject({ status: 'active', awaitsModel: true, modelId: desk.model.modelId });
    const own = await publishModel(desk.handle, desk.upstream, policy, '2020-03-09T14:30:00.000Z');
    await desk.upstream.advance('2020-03-09T14:31:00.000Z');
    expect((await desk.anna.get(`P1/plans/${idOf(plan)}`)).body).toMatchObject({
      awaitsModel: false,
      modelId: own.modelId,
      change: 'adjusted',
    });
    expect((await desk.events()).at(-1)).toMatchObject({
      planId: idOf(plan),
      change: 'adjusted',
      modelId: own.modelId,
    });
  });

  it('is published again as it stands when an operator asks', async () => {
    const before = await desk.events();
    const active = (await desk.anna.get('P1/plans/active')).body as unknown as BudgetPlan;
    const authorization = await desk.handle.bearer({ subject: 'otto', roles: ['operator'] });
    const response = await fetch(`${desk.handle.service.url}/v1/messaging/republish`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json', 'idempotency-key': 'again' },
      body: JSON.stringify({ topic: budgetPlanChanged.topic.name, key: 'P1' }),
    });
    expect(response.status).toBe(202);
    const deadline = Date.now() + 20_000;
    let after = await desk.events();
    while (after.length === before.length && Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      after = await desk.events();
    }
    expect(after.slice(before.length)).toEqual([
      expect.objectContaining({
        planId: active.planId,
        version: active.version,
        status: 'active',
        trees: active.trees,
      }),
    ]);
  });

  it('comes into force once when two instances serve one schema', async () => {
    const second = await desk.handle.another();
    await second.start();
    const plan = await desk.approved({ effectiveFrom: '2020-03-09T15:00:00.000Z' });
    await desk.upstream.advance('2020-03-09T15:30:00.000Z');
    await second.stop();
    const found = (await desk.events()).filter((event) => event.planId === idOf(plan) && event.change === 'activated');
    expect(found).toHaveLength(1);
  });
});
