import {
  budgetPlanChanged,
  defaultRiskPolicy,
  rebalancingWanted,
  type BudgetPlan,
  type BudgetPlanChange,
  type RiskModel,
  type RiskPolicy,
} from '@risk-budget/contracts';
import { RiskModelStore } from '@risk-budget/market-data';
import { Upstream } from '@risk-budget/market-data/testing';
import { Persistence } from '@risk-budget/persistence';
import { evaluatePortfolio } from '@risk-budget/risk-math';
import { AuditService } from '@risk-budget/service-kit';
import { startTestService, type TestServiceHandle } from '@risk-budget/service-kit/testing';
import { allocationService } from '@risk-budget/allocation';
import { Person, type Answer } from './desk.js';
import { defineWorld, publishModel } from './world.js';

const unknownId = '7b0d8f5e-93a5-4bb5-9a27-0c8d1f3a6f10';

describe('a budget plan', () => {
  let handle: TestServiceHandle;
  let upstream: Upstream;
  let anna: Person;
  let bert: Person;
  let clara: Person;
  let annaApproving: Person;
  let model: RiskModel;
  let allocationId: string;

  beforeAll(async () => {
    handle = await startTestService(allocationService, { config: { CLOCK: 'replay' } });
    upstream = new Upstream(handle, 'allocation');
    anna = await Person.of(handle, 'anna', 'riskManager');
    bert = await Person.of(handle, 'bert', 'riskManager');
    clara = await Person.of(handle, 'clara', 'approver');
    annaApproving = await Person.withRoles(handle, 'anna', ['riskManager', 'approver']);
    await upstream.advance('2020-03-06T12:00:00.000Z');
    await defineWorld(upstream);
    model = await publishModel(handle, upstream, defaultRiskPolicy, '2020-03-06T21:15:00.000Z');
    await upstream.advance('2020-03-06T21:30:00.000Z');
    const answer = await anna.post('P1/allocations', { method: 'riskParity', total: 0.2, reserve: 0.1 });
    allocationId = String(answer.body['allocationId']);
  }, 120_000);

  afterAll(async () => {
    await upstream?.close();
    await handle?.stop();
  });

  const events = async (): Promise<BudgetPlanChange[]> =>
    (await upstream.events(budgetPlanChanged)).map((event) => event.data);
  const idOf = (answer: Answer): string => String(answer.body['planId']);
  const draft = (body: Record<string, unknown> = {}): Promise<Answer> =>
    anna.post('P1/plans', { allocationId, ...body });

  /** Drafted by one person, approved by another. */
  async function approved(body: Record<string, unknown> = {}): Promise<Answer> {
    const drafted = await draft(body);
    const answer = await clara.post(`P1/plans/${idOf(drafted)}/approval`, {}, { ifMatch: drafted.etag });
    expect(answer.status).toBe(200);
    return answer;
  }

  const refused = (status: number, code: string) => ({ status, body: { code } });

  describe('from its draft to its end', () => {
    let planId: string;
    let etag: string | null;

    it('is drafted from an allocation, with one tree a measure', async () => {
      const answer = await draft({
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
          allocationId,
        },
      });
      expect(answer.etag).toBe('"1"');
      planId = idOf(answer);
      await upstream.settled();
      expect((await events()).at(-1)).toMatchObject({
        planId,
        change: 'drafted',
        status: 'draft',
        reason: 'first plan',
      });
    });

    it('is edited only with the version that was read', async () => {
      const body = { allocationId, trees: [{ measure: 'volatility', total: 0.25, reserve: 0.1 }] };
      expect(await bert.put(`P1/plans/${planId}`, body)).toMatchObject(refused(428, 'PRECONDITION_REQUIRED'));
      expect(await bert.put(`P1/plans/${planId}`, body, { ifMatch: '"7"' })).toMatchObject(
        refused(412, 'PRECONDITION_FAILED'),
      );
      const answer = await bert.put(`P1/plans/${planId}`, body, { ifMatch: '"1"' });
      expect(answer).toMatchObject({
        status: 200,
        body: { version: 2, editors: [{ subject: 'anna' }, { subject: 'bert' }] },
      });
      etag = answer.etag;
    });

    it('is not approved by whoever wrote it, nor by whoever edited it', async () => {
      expect(await annaApproving.post(`P1/plans/${planId}/approval`, {}, { ifMatch: etag })).toMatchObject(
        refused(403, 'ALLOCATION.OWN_APPROVAL'),
      );
      const bertApproving = await Person.withRoles(handle, 'bert', ['approver']);
      expect(await bertApproving.post(`P1/plans/${planId}/approval`, {}, { ifMatch: etag })).toMatchObject(
        refused(403, 'ALLOCATION.OWN_APPROVAL'),
      );
      expect(await anna.post(`P1/plans/${planId}/approval`, {}, { ifMatch: etag })).toMatchObject(
        refused(403, 'ROLE_REQUIRED'),
      );
    });

    it('is not approved by its editor past the service either', async () => {
      const persistence = handle.service.get(Persistence);
      const [row] = await persistence.query<{ editors: string[] }>(
        'SELECT editors FROM budget_plan WHERE plan_id = $1',
        [planId],
      );
      const approve = persistence.query(
        "UPDATE budget_plan SET approved_by = $2, status = 'approved' WHERE plan_id = $1",
        [planId, row?.editors[1]],
      );
      await expect(approve).rejects.toThrow('four_eyes');
      await expect(persistence.query('DELETE FROM budget_plan_version')).rejects.toThrow('permission denied');
    });

    it('is approved as it was read, and put in force by a call', async () => {
      expect(await clara.post(`P1/plans/${planId}/approval`, {}, { ifMatch: '"1"' })).toMatchObject(
        refused(412, 'PRECONDITION_FAILED'),
      );
      const answer = await clara.post(`P1/plans/${planId}/approval`, { reason: 'agreed' }, { ifMatch: etag });
      expect(answer).toMatchObject({
        status: 200,
        body: { status: 'approved', approver: { subject: 'clara' }, version: 3 },
      });
      expect(await clara.post(`P1/plans/${planId}/approval`, {}, { ifMatch: answer.etag })).toMatchObject(
        refused(409, 'ALLOCATION.WRONG_STATE'),
      );
      expect(await bert.put(`P1/plans/${planId}`, { allocationId }, { ifMatch: answer.etag })).toMatchObject(
        refused(409, 'ALLOCATION.WRONG_STATE'),
      );
      const active = await clara.post(`P1/plans/${planId}/activation`, {}, { ifMatch: answer.etag });
      expect(active).toMatchObject({
        status: 200,
        body: {
          status: 'active',
          version: 4,
          effectiveFrom: '2020-03-06T21:30:00.000Z',
          modelId: model.modelId,
          awaitsModel: false,
        },
      });
    });

    it('publishes trees whose children sum to what their parents have, and targets that the evaluator confirms', async () => {
      await upstream.settled();
      const plan = (await events()).at(-1) as BudgetPlan;
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
      const { evaluation } = await handle.service.get(RiskModelStore).get(model.modelId);
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
      const [wanted, ...others] = (await upstream.events(rebalancingWanted)).map((event) => event.data);
      expect(others).toEqual([]);
      expect(wanted).toMatchObject({ planId, planVersion: 4, reason: 'activation', portfolioId: 'P1' });
      expect(wanted?.trades.length).toBeGreaterThan(0);
      const listed = await anna.get('P1/rebalancings');
      expect(listed.body.items).toEqual([wanted]);
      expect((await anna.get(`P1/rebalancings/${String(wanted?.rebalancingId)}`)).body).toEqual(wanted);
    });

    it('stays known to whoever sees only the last event, which may be of a draft', async () => {
      const answer = await draft();
      await upstream.settled();
      const last = (await events()).at(-1);
      expect(last).toMatchObject({
        planId: idOf(answer),
        status: 'draft',
        active: { planId, status: 'active', version: 4 },
      });
      const withdrawn = await anna.post(
        `P1/plans/${idOf(answer)}/withdrawal`,
        { reason: 'mistake' },
        { ifMatch: answer.etag },
      );
      expect(withdrawn).toMatchObject({ status: 200, body: { status: 'withdrawn', reason: 'mistake' } });
      expect(await anna.post(`P1/plans/${idOf(answer)}/withdrawal`, {}, { ifMatch: withdrawn.etag })).toMatchObject(
        refused(409, 'ALLOCATION.WRONG_STATE'),
      );
    });

    it('shows what another changes against it', async () => {
      const answer = await draft({
        trees: [{ measure: 'volatility', total: 0.3, reserve: 0.1 }],
        rebalancingBand: 0.05,
      });
      const diff = await anna.get(`P1/plans/${idOf(answer)}/diff`);
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
      const own = await anna.get(`P1/plans/${planId}/diff?against=${planId}&againstVersion=1`);
      expect(own.body).toMatchObject({
        againstVersion: 1,
        trees: expect.arrayContaining([
          { measure: 'var', total: { from: 0.02, to: null }, reserve: { from: 0, to: null }, nodes: expect.anything() },
        ]),
      });
      expect(await anna.get(`P1/plans/${planId}/diff?against=${unknownId}`)).toMatchObject(
        refused(404, 'ALLOCATION.UNKNOWN_PLAN'),
      );
      expect(
        await clara.post(`P1/plans/${idOf(answer)}/rejection`, { reason: 'too much' }, { ifMatch: answer.etag }),
      ).toMatchObject({ status: 200, body: { status: 'rejected' } });
    });

    it('gives way at the time of its successor, which is told first', async () => {
      const next = await approved({ effectiveFrom: '2020-03-09T14:00:00.000Z', rebalancingBand: 0.03 });
      expect(next.body['status']).toBe('approved');
      expect(await clara.post(`P1/plans/${idOf(next)}/activation`, {}, { ifMatch: next.etag })).toMatchObject(
        refused(409, 'ALLOCATION.WRONG_STATE'),
      );
      await upstream.advance('2020-03-09T13:59:00.000Z');
      expect((await anna.get('P1/plans/active')).body['planId']).toBe(planId);
      await upstream.advance('2020-03-09T14:30:00.000Z');
      expect((await anna.get('P1/plans/active')).body).toMatchObject({
        planId: idOf(next),
        status: 'active',
        effectiveFrom: '2020-03-09T14:00:00.000Z',
      });
      expect((await anna.get('P1/plans/active?asOf=2020-03-09T13:00:00.000Z')).body).toMatchObject({
        planId,
        version: 4,
      });
      const [activated, superseded] = (await events()).slice(-2);
      expect(activated).toMatchObject({ planId: idOf(next), change: 'activated' });
      expect(superseded).toMatchObject({ planId, change: 'superseded', active: { planId: idOf(next) } });
      expect(superseded?.version).toBe((activated?.version ?? 0) + 1);
    });

    it('keeps every version, and every decision in the audit chain', async () => {
      const versions = await anna.get(`P1/plans/${planId}/versions?limit=10`);
      expect(versions.body.items?.map((item) => (item['plan'] as BudgetPlan).change)).toEqual([
        'superseded',
        'activated',
        'approved',
        'drafted',
        'drafted',
      ]);
      expect((await anna.get(`P1/plans/${planId}/versions/2`)).body).toMatchObject({
        version: 2,
        actor: { subject: 'bert' },
      });
      expect(await anna.get(`P1/plans/${planId}/versions/99`)).toMatchObject(refused(404, 'ALLOCATION.UNKNOWN_PLAN'));
      const audit = handle.service.get(AuditService);
      expect(await audit.verify('P1')).toMatchObject({ valid: true });
      const entries = await audit.list('P1', { limit: 100 });
      expect(entries.items.filter((entry) => entry.subject === planId).map((entry) => entry.action)).toEqual([
        'plan.drafted',
        'plan.drafted',
        'plan.approved',
        'plan.activated',
        'plan.superseded',
      ]);
      expect((await anna.get('P1/plans?status=superseded')).body.items).toMatchObject([{ planId }]);
    });
  });

  describe('is refused', () => {
    const weights = [{ strategy: 'growth', instrumentId: 'AAA', weight: 0.5 }];
    const tree = (shares: Record<string, number>, reserve = 0) => ({
      measure: 'volatility',
      total: 0.2,
      reserve,
      shares: Object.entries(shares).map(([nodeId, share]) => ({ nodeId, share })),
    });

    it('when children exceed their parent, with each node’s range', async () => {
      const answer = await anna.post('P1/plans', {
        targetWeights: weights,
        trees: [tree({ 'strategy:growth': 0.7, 'strategy:value': 0.4 })],
      });
      expect(answer).toMatchObject(refused(422, 'ALLOCATION.CHILDREN_EXCEED_PARENT'));
      expect(answer.body['errors']).toEqual([
        {
          field: 'trees[0].shares.strategy:growth',
          problem: 'the children of portfolio take 1.1 of its 1',
          allowed: '0 to 0.6',
        },
        {
          field: 'trees[0].shares.strategy:value',
          problem: 'the children of portfolio take 1.1 of its 1',
          allowed: '0 to 0.3',
        },
      ]);
    });

    it.each([
      [
        'an unknown node',
        { targetWeights: weights, trees: [tree({ 'issuer:X': 0.1 })] },
        422,
        'ALLOCATION.INVALID_TREE',
      ],
      [
        'an unknown instrument in a tree',
        { targetWeights: weights, trees: [tree({ 'leaf:growth/ZZZ': 0.1 })] },
        422,
        'ALLOCATION.INVALID_TREE',
      ],
      [
        'two trees of a measure',
        { targetWeights: weights, trees: [tree({}), tree({})] },
        422,
        'ALLOCATION.INVALID_REQUEST',
      ],
      ['neither weights nor an allocation', { trees: [tree({})] }, 422, 'ALLOCATION.INVALID_REQUEST'],
      [
        'an instrument without a model',
        { targetWeights: [{ strategy: 'growth', instrumentId: 'ZZZ', weight: 1 }], trees: [tree({})] },
        422,
        'ALLOCATION.NOT_MODELLED',
      ],
      ['an unknown allocation', { allocationId: unknownId }, 404, 'ALLOCATION.UNKNOWN_ALLOCATION'],
      [
        'a changed default policy',
        { targetWeights: weights, trees: [tree({})], policy: { ...defaultRiskPolicy, confidence: 0.99 } },
        422,
        'ALLOCATION.POLICY_VERSION_REUSED',
      ],
      [
        'a negative share',
        { targetWeights: weights, trees: [tree({ 'strategy:growth': -0.1 })] },
        400,
        'VALIDATION_FAILED',
      ],
      ['an unknown field', { targetWeights: weights, colour: 'red' }, 400, 'VALIDATION_FAILED'],
    ])('with %s', async (_, body, status, code) => {
      expect(await anna.post('P1/plans', body)).toMatchObject(refused(status, code));
    });

    it('under a key that was used for another', async () => {
      const body = { targetWeights: weights, trees: [tree({ 'strategy:growth': 0.5 })] };
      const first = await anna.post('P1/plans', body, { key: 'plan-key' });
      expect(first.status).toBe(201);
      expect((await anna.post('P1/plans', body, { key: 'plan-key' })).body).toEqual(first.body);
      expect(await anna.post('P1/plans', { ...body, reason: 'x' }, { key: 'plan-key' })).toMatchObject({
        body: { code: 'IDEMPOTENCY_KEY_REUSED' },
      });
    });

    it('to those who may not see the portfolio, as if it did not exist', async () => {
      const foreign = await Person.of(handle, 'fred', 'riskManager', ['P2']);
      expect(await foreign.get('P1/plans')).toMatchObject(refused(404, 'NOT_FOUND'));
      expect(await anna.get(`P1/plans/${unknownId}`)).toMatchObject(refused(404, 'ALLOCATION.UNKNOWN_PLAN'));
    });
  });

  describe('in force', () => {
    it('moves budget between siblings when a second person agrees', async () => {
      const active = (await anna.get('P1/plans/active')).body as unknown as BudgetPlan;
      const path = `P1/plans/${active.planId}/transfers`;
      const shareOf = (plan: BudgetPlan, nodeId: string): number =>
        plan.trees[0]?.nodes.find((node) => node.nodeId === nodeId)?.share ?? NaN;
      const body = { measure: 'volatility', fromNodeId: 'strategy:growth', toNodeId: 'strategy:value', share: 0.05 };
      expect(await anna.post(path, { ...body, share: 0.9 })).toMatchObject({
        status: 422,
        body: { code: 'ALLOCATION.INVALID_TRANSFER', errors: [{ field: 'share' }] },
      });
      expect(await anna.post(path, { ...body, toNodeId: 'leaf:value/DDD' })).toMatchObject(
        refused(422, 'ALLOCATION.INVALID_TRANSFER'),
      );
      const proposed = await anna.post(path, body);
      expect(proposed).toMatchObject({ status: 201, body: { status: 'proposed', proposer: { subject: 'anna' } } });
      const transfer = `${path}/${String(proposed.body['transferId'])}`;
      expect(await annaApproving.post(`${transfer}/approval`, {})).toMatchObject(
        refused(403, 'ALLOCATION.OWN_APPROVAL'),
      );
      const pastTheService = handle.service
        .get(Persistence)
        .query("UPDATE budget_transfer SET status = 'approved', approved_by = proposed_by WHERE transfer_id = $1", [
          proposed.body['transferId'],
        ]);
      await expect(pastTheService).rejects.toThrow('four_eyes');
      expect(await clara.post(`${transfer}/approval`, {})).toMatchObject({
        status: 200,
        body: { status: 'approved', approver: { subject: 'clara' } },
      });
      expect(await clara.post(`${transfer}/approval`, {})).toMatchObject(refused(409, 'ALLOCATION.WRONG_STATE'));
      await upstream.settled();
      const changed = (await events()).at(-1) as BudgetPlan;
      expect(changed).toMatchObject({ planId: active.planId, change: 'transferred', status: 'active' });
      expect(shareOf(changed, 'strategy:growth')).toBeCloseTo(shareOf(active, 'strategy:growth') - 0.05, 12);
      expect(shareOf(changed, 'strategy:value')).toBeCloseTo(shareOf(active, 'strategy:value') + 0.05, 12);
      expect((await anna.get(path)).body.items).toHaveLength(1);
    });

    it('gets the targets of its own policy from the first model by it', async () => {
      const policy: RiskPolicy = {
        ...defaultRiskPolicy,
        policyId: 'desk',
        confidence: 0.99,
        model: { method: 'ledoitWolf', target: 'constantCorrelation', windowDays: 250 },
      };
      const plan = await approved({ policy, effectiveFrom: '2020-03-09T14:00:00.000Z' });
      expect(plan.body).toMatchObject({ status: 'active', awaitsModel: true, modelId: model.modelId });
      const own = await publishModel(handle, upstream, policy, '2020-03-09T14:30:00.000Z');
      await upstream.advance('2020-03-09T14:31:00.000Z');
      expect((await anna.get(`P1/plans/${idOf(plan)}`)).body).toMatchObject({
        awaitsModel: false,
        modelId: own.modelId,
        change: 'adjusted',
      });
      expect((await events()).at(-1)).toMatchObject({ planId: idOf(plan), change: 'adjusted', modelId: own.modelId });
    });

    it('is published again as it stands when an operator asks', async () => {
      const before = await events();
      const active = (await anna.get('P1/plans/active')).body as unknown as BudgetPlan;
      const authorization = await handle.bearer({ subject: 'otto', roles: ['operator'] });
      const response = await fetch(`${handle.service.url}/v1/messaging/republish`, {
        method: 'POST',
        headers: { authorization, 'content-type': 'application/json', 'idempotency-key': 'again' },
        body: JSON.stringify({ topic: budgetPlanChanged.topic.name, key: 'P1' }),
      });
      expect(response.status).toBe(202);
      const deadline = Date.now() + 20_000;
      let after = await events();
      while (after.length === before.length && Date.now() < deadline) {
        await new Promise((resolve) => setTimeout(resolve, 50));
        after = await events();
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
      const second = await handle.another();
      await second.start();
      const plan = await approved({ effectiveFrom: '2020-03-09T15:00:00.000Z' });
      await upstream.advance('2020-03-09T15:30:00.000Z');
      await second.stop();
      const found = (await events()).filter((event) => event.planId === idOf(plan) && event.change === 'activated');
      expect(found).toHaveLength(1);
    });
  });
});
