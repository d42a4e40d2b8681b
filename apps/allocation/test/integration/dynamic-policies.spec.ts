import { randomUUID } from 'node:crypto';
import {
  budgetPlanChanged,
  defaultRiskPolicy,
  forecastMade,
  rebalancingWanted,
  regimeEstimated,
  type BudgetPlanChange,
  type RegimeEstimated,
} from '@risk-budget/contracts';
import { Upstream } from '@risk-budget/market-data/testing';
import { Persistence } from '@risk-budget/persistence';
import { startTestService, type TestServiceHandle } from '@risk-budget/service-kit/testing';
import { allocationService } from '@risk-budget/allocation';
import { Person } from './desk.js';
import { defineWorld, leaves, publishModel } from './world.js';

const rules = {
  regime: { subjectId: 'MKT', factors: [1, 0.4], rule: 'expected' },
  volatility: { kind: 'market', subjectId: 'MKT', horizonDays: 20, targetAnnual: 0.2 },
  minimumFactor: 0.3,
  band: 0.05,
  maximumStep: 0.3,
  minimumDwellDays: 1,
};

describe('a dynamic policy', () => {
  let handle: TestServiceHandle;
  let upstream: Upstream;
  let anna: Person;
  let clara: Person;
  let policyId: string;

  beforeAll(async () => {
    handle = await startTestService(allocationService, { config: { CLOCK: 'replay' } });
    upstream = new Upstream(handle, 'allocation');
    await upstream.advance('2020-03-06T12:00:00.000Z');
    await defineWorld(upstream);
    await publishModel(handle, upstream, defaultRiskPolicy, '2020-03-06T21:15:00.000Z');
    await upstream.advance('2020-03-06T21:30:00.000Z');
    anna = await Person.of(handle, 'anna', 'riskManager');
    clara = await Person.of(handle, 'clara', 'approver');
    const plan = await anna.post('P1/plans', {
      targetWeights: leaves.map((leaf) => ({ ...leaf, weight: 0.18 })),
      trees: [{ measure: 'volatility', total: 0.2 }],
      effectiveFrom: '2020-03-06T21:00:00.000Z',
    });
    await clara.post(`P1/plans/${String(plan.body['planId'])}/approval`, {}, { ifMatch: plan.etag });
    await upstream.settled();
  }, 120_000);

  afterAll(async () => {
    await upstream?.close();
    await handle?.stop();
  });

  const changes = async (): Promise<BudgetPlanChange[]> =>
    (await upstream.events(budgetPlanChanged)).map((event) => event.data);
  const newest = async (): Promise<BudgetPlanChange | undefined> => (await changes()).at(-1);

  /** What forecasting says at a day's close, and the moment after it. */
  async function say(date: string, wild: number, volatilityAnnual = 0.15): Promise<void> {
    const madeAt = `${date}T21:15:00.000Z`;
    await upstream.publish(regimeEstimated, madeAt, regimes(date, wild));
    await upstream.publish(forecastMade, madeAt, {
      kind: 'market',
      madeAt,
      policyVersion: 1,
      codeVersion: 'test',
      forecasts: [
        {
          forecastId: randomUUID(),
          subjectId: 'MKT',
          currency: 'USD',
          asOf: `${date}T21:00:00.000Z`,
          champion: 'garch',
          volatilities: [
            { method: 'garch', horizonDays: 20, variance: 0.001, volatilityAnnual },
            { method: 'ewma', horizonDays: 20, variance: 0.001, volatilityAnnual: 9 },
          ],
        },
      ],
    });
    await upstream.settled();
    await upstream.advance(`${date}T21:30:00.000Z`);
    await upstream.settled();
  }

  it('is proposed by one person and approved by another; a rise of a wilder state’s factor is refused', async () => {
    const wrong = await anna.post('P1/dynamic-policies', { ...rules, regime: { ...rules.regime, factors: [0.5, 1] } });
    expect(wrong).toMatchObject({
      status: 400,
      body: { errors: [{ field: expect.stringContaining('factors') as string }] },
    });
    const none = await anna.post('P1/dynamic-policies', { ...rules, regime: undefined, volatility: undefined });
    expect(none.status).toBe(400);
    const both = await Person.withRoles(handle, 'berta', ['riskManager', 'approver']);
    const own = await both.post('P1/dynamic-policies', rules);
    expect(own).toMatchObject({ status: 201, body: { status: 'proposed', version: 1 } });
    const ownPath = `P1/dynamic-policies/${String(own.body['dynamicPolicyId'])}`;
    expect(await both.post(`${ownPath}/approval`, undefined)).toMatchObject({
      status: 403,
      body: { code: 'ALLOCATION.OWN_APPROVAL' },
    });
    expect(await both.post(`${ownPath}/withdrawal`, undefined)).toMatchObject({
      status: 200,
      body: { status: 'withdrawn' },
    });

    const proposed = await anna.post('P1/dynamic-policies', rules);
    policyId = String(proposed.body['dynamicPolicyId']);
    expect((await anna.get('P1/dynamic-policies/active')).status).toBe(404);
    const approved = await clara.post(`P1/dynamic-policies/${policyId}/approval`, undefined);
    expect(approved).toMatchObject({
      status: 200,
      body: { status: 'active', version: 2, approver: { subject: 'clara' } },
    });
    expect(await clara.post(`P1/dynamic-policies/${policyId}/approval`, undefined)).toMatchObject({
      status: 409,
      body: { code: 'ALLOCATION.WRONG_STATE' },
    });
    expect((await anna.get('P1/dynamic-policies/active')).body).toMatchObject({ dynamicPolicyId: policyId });
  });

  it('cannot be in force without another’s approval, by any way into the table', async () => {
    const database = handle.service.get(Persistence);
    const copy = (approver: string) =>
      database.query(
        `INSERT INTO dynamic_policy (dynamic_policy_id, portfolio_id, version, status, document, proposed_by, approved_by)
         SELECT gen_random_uuid(), 'P2', 1, 'active', document, proposed_by, ${approver} FROM dynamic_policy WHERE dynamic_policy_id = $1`,
        [policyId],
      );
    await expect(copy('NULL')).rejects.toThrow('in_force_only_approved');
    await expect(copy('proposed_by')).rejects.toThrow('four_eyes');
  });

  it('leaves budgets as they are in a calm market', async () => {
    await say('2020-03-09', 0.02);
    expect((await newest())?.change).toBe('activated');
    expect((await anna.get('P1/budget-adjustments')).body.items).toEqual([]);
  });

  it('scales budgets, target weights and limits down by one step, says why, and asks for rebalancing', async () => {
    await say('2020-03-10', 0.9);
    const plan = await newest();
    // 0.1 · 1 + 0.9 · 0.4 = 0.46 is wanted; a step is 0.3.
    expect(plan?.adjustment).toMatchObject({
      dynamicPolicyId: policyId,
      dynamicPolicyVersion: 2,
      direction: 'reduction',
      previousFactor: 1,
      factor: 0.7,
      limitFactor: 0.7,
      regime: { state: 1, probability: 0.9 },
      forecastVolatilityAnnual: 0.15,
    });
    expect(plan?.change).toBe('adjusted');
    expect(plan?.reason).toContain('expected factor 0.46');
    expect(plan?.trees[0]?.total).toBeCloseTo(0.14, 12);
    expect(plan?.targetWeights.map((target) => target.weight)).toEqual(
      leaves.map(() => expect.closeTo(0.126, 12) as number),
    );
    const sum = plan?.trees[0]?.nodes.find((node) => node.kind === 'portfolio')?.targetConsumption ?? 0;
    const first =
      (await changes()).find((one) => one.change === 'activated')?.trees[0]?.nodes[0]?.targetConsumption ?? 0;
    expect(sum).toBeCloseTo(0.7 * first, 9);
    const wanted = (await upstream.events(rebalancingWanted)).map((event) => event.data);
    expect(wanted.at(-1)).toMatchObject({ reason: 'adjustment', planVersion: plan?.version });
    expect(wanted.at(-1)?.trades).toHaveLength(leaves.length);
  });

  it('goes on by the next day’s step, takes the champion’s volatility where that wants less, and keeps the history', async () => {
    await say('2020-03-11', 0.9, 0.5);
    expect((await newest())?.adjustment).toMatchObject({
      factor: 0.4,
      previousFactor: 0.7,
      forecastVolatilityAnnual: 0.5,
    });
    const { items } = (await anna.get('P1/budget-adjustments?limit=1')).body;
    expect(items).toMatchObject([{ factor: 0.4, wantedFactor: 0.4, limitApproval: null }]);
  });

  it('raises budgets by itself, but limits only when a person approves it', async () => {
    await say('2020-03-12', 0, 0.15);
    const risen = (await newest())?.adjustment;
    expect(risen).toMatchObject({ direction: 'rise', factor: 0.7, limitFactor: 0.4 });
    const path = `P1/budget-adjustments/${risen?.adjustmentId}/limit-approval`;
    expect((await anna.post(path, {})).status).toBe(403);
    const approved = await clara.post(path, { reason: 'calm again' });
    expect(approved).toMatchObject({ status: 200, body: { limitApproval: { approver: { subject: 'clara' } } } });
    await upstream.settled();
    expect(await newest()).toMatchObject({ reason: 'calm again', adjustment: { factor: 0.7, limitFactor: 0.7 } });
    expect(await clara.post(path, {})).toMatchObject({ status: 409, body: { code: 'ALLOCATION.WRONG_STATE' } });
    expect((await clara.post(`P1/budget-adjustments/${randomUUID()}/limit-approval`, {})).status).toBe(404);
  });

  it('changes nothing when an estimate is delivered again', async () => {
    const before = (await changes()).length;
    await upstream.publish(regimeEstimated, '2020-03-10T21:15:00.000Z', regimes('2020-03-10', 0.9));
    await upstream.settled();
    await upstream.advance('2020-03-12T21:45:00.000Z');
    await upstream.settled();
    expect((await changes()).length).toBe(before);
  });

  it('ends when it is retired, and leaves budgets where it has put them', async () => {
    expect((await clara.post(`P1/dynamic-policies/${policyId}/retirement`, undefined)).body).toMatchObject({
      status: 'retired',
    });
    const before = (await changes()).length;
    await upstream.publish(regimeEstimated, '2020-03-13T21:15:00.000Z', regimes('2020-03-13', 1));
    await upstream.settled();
    await upstream.advance('2020-03-13T21:30:00.000Z');
    expect((await changes()).length).toBe(before);
    expect((await anna.get('P1/plans/active')).body).toMatchObject({ adjustment: { factor: 0.7 } });
  });

  it('is tried on history before anybody approves it', async () => {
    const body = { rules: { ...rules, regime: undefined }, instrumentId: 'MKT', from: '2019-10-01', to: '2020-03-06' };
    const preview = await anna.post('P1/dynamic-policies/preview', body);
    expect(preview.status).toBe(200);
    expect(preview.body['days']).toBeGreaterThan(90);
    expect(preview.body['lowestFactor']).toBeGreaterThanOrEqual(0.3);
    expect(await anna.post('P1/dynamic-policies/preview', { ...body, from: '1999-01-01' })).toMatchObject({
      status: 422,
      body: { code: 'ALLOCATION.PREVIEW_TOO_LONG', errors: [{ field: 'to' }] },
    });
    expect((await anna.post('P1/dynamic-policies/preview', { ...body, to: '2019-01-01' })).status).toBe(400);
    const unknown = await anna.post('P1/dynamic-policies/preview', { ...body, instrumentId: 'NONE' });
    expect(unknown.status).toBe(422);
  });
});

function regimes(date: string, wild: number): RegimeEstimated {
  const madeAt = `${date}T21:15:00.000Z`;
  const state = (index: number, probability: number, volatilityAnnual: number) => ({
    state: index,
    probability,
    meanDaily: 0,
    volatilityAnnual,
    expectedDurationDays: 30,
  });
  return {
    kind: 'market',
    subjectId: 'MKT',
    regimeId: randomUUID(),
    asOf: `${date}T21:00:00.000Z`,
    madeAt,
    fittedAt: madeAt,
    states: [state(0, 1 - wild, 0.1), state(1, wild, 0.4)],
    forecasts: [],
    mostLikely: wild > 0.5 ? 1 : 0,
    codeVersion: 'test',
  };
}
