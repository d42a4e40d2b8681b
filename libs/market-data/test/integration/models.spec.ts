import { randomUUID } from 'node:crypto';
import { defaultRiskPolicy, type BudgetPlan, type RiskModel } from '@risk-budget/contracts';
import { riskModelMatrix, seenAt } from '@risk-budget/market-data';
import { covarianceBetween } from '@risk-budget/risk-math';
import { close, createTestStores, known, type TestStores } from '../support/stores.js';

const model = (date: string, more: Partial<RiskModel> = {}): RiskModel => ({
  ...{ modelId: randomUUID(), portfolioId: 'P', policy: defaultRiskPolicy, form: 'covariance', asOf: close(date) },
  ...{ knownAt: close(date), windowStart: '2019-01-02', windowEnd: date, observations: 100, conditionNumber: 2 },
  ...{ repairs: [], holes: [], codeVersion: 'test' },
  rows: [
    { instrumentId: 'A', covariances: [1e-4], observations: 100 },
    { instrumentId: 'B', covariances: [5e-5, 2e-4], observations: 100 },
  ],
  ...more,
});

describe('risk models', () => {
  let stores: TestStores;
  beforeAll(async () => {
    stores = await createTestStores();
  });
  afterAll(() => stores?.close());

  it('are found by id, and by the newest of a portfolio and policy as of a moment', async () => {
    const [first, second] = [model('2020-01-02'), model('2020-01-03')];
    const other = model('2020-01-03', { policy: { ...defaultRiskPolicy, policyId: 'other' } });
    const latest = async (one: RiskModel) => (await stores.models.put(one, known(one.asOf)))?.latest;
    // Whether each is the newest of its portfolio and policy when it is stored; nothing for one that was stored already.
    expect([await latest(second), await latest(first), await latest(other), await latest(first)]).toEqual([
      true,
      false,
      true,
      undefined,
    ]);
    const newest = async (date: string, policy = defaultRiskPolicy) =>
      (await stores.models.latest('P', seenAt(close(date)), policy))?.model.modelId;
    expect(await newest('2020-01-01')).toBeUndefined();
    expect(await newest('2020-01-02')).toBe(first.modelId);
    expect(await newest('2020-02-02')).toBe(second.modelId);
    expect(await newest('2020-02-02', other.policy)).toBe(other.modelId);
    const fresh = await stores.second();
    expect((await fresh.models.get(first.modelId)).model).toEqual(first);
    await expect(stores.models.get(randomUUID())).rejects.toMatchObject({
      code: 'MARKET_DATA.UNKNOWN_MODEL',
      status: 404,
    });
  });

  it('become a matrix, dense or in factor form, or are refused', async () => {
    const dense = riskModelMatrix(model('2020-01-02'));
    expect([covarianceBetween(dense, 0, 1), covarianceBetween(dense, 1, 0), dense.variances[1]]).toEqual([
      5e-5, 5e-5, 2e-4,
    ]);
    const factor = riskModelMatrix(
      model('2020-01-02', {
        form: 'factor',
        factors: [{ factorId: 'market', volatilityAnnual: 0.2 }],
        factorCovariance: [[1e-4]],
        rows: [
          { instrumentId: 'A', exposures: [1], specificVariance: 1e-5, observations: 100 },
          { instrumentId: 'B', exposures: [2], specificVariance: 0, observations: 100 },
        ],
      }),
    );
    expect(covarianceBetween(factor, 0, 1)).toBeCloseTo(2e-4, 15);
    const broken = model('2020-01-02', { rows: [{ instrumentId: 'A', covariances: [1, 2], observations: 1 }] });
    await expect(stores.models.put(broken, known(close('2020-01-02')))).rejects.toMatchObject({
      code: 'MARKET_DATA.MODEL_MALFORMED',
    });
  });
});

describe('budget plans', () => {
  let stores: TestStores;
  beforeAll(async () => {
    stores = await createTestStores();
  });
  afterAll(() => stores?.close());

  const planId = randomUUID();
  const plan = (status: BudgetPlan['status'], version: number, more: Partial<BudgetPlan> = {}): BudgetPlan => ({
    ...{ planId, portfolioId: 'P', version, change: 'drafted', status, effectiveFrom: null },
    ...{
      policy: { ...defaultRiskPolicy, policyId: `v${version}` },
      method: 'equalWeight',
      trees: [],
      targetWeights: [],
    },
    ...{ rebalancingBand: 0.02, modelId: null, proposedBy: 'a', approvedBy: null },
    trees: [
      {
        ...{ measure: 'volatility', total: 0.1, reserve: 0 },
        nodes: [
          { nodeId: 'portfolio', parentId: null, kind: 'portfolio', share: 1, budget: 0.1, targetConsumption: 0.1 },
        ],
      },
    ],
    ...more,
  });
  const active = async (date: string) => (await stores.plans.active('P', seenAt(close(date))))?.version;

  it('are in force from their effective time until another takes their place or they end', async () => {
    const put = (one: BudgetPlan, date: string) => stores.plans.put(one, known(close(date)));
    await put(plan('draft', 1), '2020-01-02');
    await put(plan('approved', 1), '2020-01-03');
    expect(await active('2020-01-03')).toBeUndefined();
    expect((await stores.plans.policy('P', seenAt(close('2020-01-03')))).policyId).toBe('default');
    await put(plan('active', 1, { effectiveFrom: close('2020-01-08') }), '2020-01-06');
    expect([await active('2020-01-07'), await active('2020-01-08')]).toEqual([undefined, 1]);
    expect((await stores.plans.policy('P', seenAt(close('2020-01-08')))).policyId).toBe('v1');
    const source = known(close('2020-01-10'));
    expect(await stores.plans.put(plan('active', 2, { effectiveFrom: close('2020-01-10') }), source)).toBe(true);
    expect(await stores.plans.put(plan('active', 2, { effectiveFrom: close('2020-01-10') }), source)).toBe(false);
    await put(plan('superseded', 1), '2020-01-10');
    expect([await active('2020-01-09'), await active('2020-01-10')]).toEqual([1, 2]);
    await put(plan('withdrawn', 2), '2020-01-14');
    expect([await active('2020-01-13'), await active('2020-01-14')]).toEqual([2, undefined]);
  });
});
