import { randomUUID } from 'node:crypto';
import {
  benchmarkStated,
  barsPublished,
  budgetPlanChanged,
  defaultRiskPolicy,
  instrumentDefined,
  portfolioDefined,
  riskModelPublished,
  type BudgetPlan,
  type RiskModel,
  type RiskPolicy,
} from '@risk-budget/contracts';
import { AlignedReturnsService } from '@risk-budget/market-data';
import { Prices, tradingDays, Upstream, type Series } from '@risk-budget/market-data/testing';
import { ledoitWolf, proxyReturns, timeSeriesFactorModel, createReturns } from '@risk-budget/risk-math';
import { startTestService, type TestServiceHandle } from '@risk-budget/service-kit/testing';
import { forecastingService } from '@risk-budget/forecasting';

const lastDay = '2020-03-06';
const history = tradingDays(320, '2020-03-06');
const later = ['2020-03-09', '2020-03-10', '2020-03-11'];
const series: Series[] = [
  { instrumentId: 'AAA', beta: 1.2, ownRisk: 0.02 },
  { instrumentId: 'BBB', beta: 0.8, ownRisk: 0.01 },
  { instrumentId: 'CCC', beta: 1, ownRisk: 0.03 },
  { instrumentId: 'NEW', beta: 1, ownRisk: 0.03, from: '2020-03-02' },
  { instrumentId: 'ETF', beta: 1, ownRisk: 0.005 },
  { instrumentId: 'MKT', beta: 1, ownRisk: 0 },
];
const prices = new Prices(series, [...history, ...later]);
const sectors: Record<string, string> = { AAA: 'Energy', BBB: 'Energy', CCC: 'Staples', NEW: 'Energy' };

const short: RiskPolicy = {
  ...defaultRiskPolicy,
  policyId: 'short',
  model: { method: 'ewma', windowDays: 260, halfLifeDays: 40 },
};

interface Answer {
  status: number;
  body: Record<string, unknown> & { items?: Record<string, unknown>[] };
}

describe('risk models', () => {
  let handle: TestServiceHandle;
  let upstream: Upstream;
  let manager: string;

  beforeAll(async () => {
    handle = await startTestService(forecastingService, { config: { CLOCK: 'replay' } });
    upstream = new Upstream(handle, 'forecasting');
    manager = await handle.bearer({ subject: 'anna', roles: ['riskManager'], portfolios: ['P1', 'P3'] });
    const definedAt = '2020-03-06T12:00:00.000Z';
    await upstream.publish(
      instrumentDefined,
      definedAt,
      ...series.map(({ instrumentId }) => ({
        instrumentId,
        name: instrumentId,
        assetClass: instrumentId === 'MKT' ? ('index' as const) : ('equity' as const),
        currency: 'USD',
        staleAfterDays: 3,
        contractMultiplier: '1',
        ...(sectors[instrumentId] === undefined ? {} : { sector: sectors[instrumentId] }),
      })),
    );
    await upstream.publish(benchmarkStated, definedAt, { kind: 'series', benchmarkId: 'MKT', instrumentId: 'MKT' });
    await upstream.publish(
      portfolioDefined,
      definedAt,
      ...['P1', 'P2'].map((portfolioId) => ({
        portfolioId,
        name: portfolioId,
        baseCurrency: 'USD',
        benchmarkId: 'MKT',
        calendar: 'XNYS',
        groups: [],
      })),
    );
    await upstream.history(prices, history);
    await upstream.advance('2020-03-06T21:00:00.000Z');
  }, 120_000);

  afterAll(async () => {
    await upstream?.close();
    await handle?.stop();
  });

  const models = async (portfolioId: string): Promise<RiskModel[]> =>
    (await upstream.events(riskModelPublished))
      .map((event) => event.data)
      .filter((model) => model.portfolioId === portfolioId);

  async function call(
    method: string,
    path: string,
    options: { as?: string; body?: unknown; key?: string } = {},
  ): Promise<Answer> {
    const response = await fetch(`${handle.service.url}${path}`, {
      method,
      headers: {
        authorization: options.as ?? manager,
        ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(options.key === undefined ? {} : { 'idempotency-key': options.key }),
      },
      ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
    });
    return { status: response.status, body: (await response.json()) as Answer['body'] };
  }

  const plan = (policy: RiskPolicy, version: number, at: string): BudgetPlan => ({
    planId: randomUUID(),
    portfolioId: 'P1',
    version,
    change: 'activated',
    status: 'active',
    effectiveFrom: at,
    policy,
    method: 'riskParity',
    trees: [
      {
        measure: 'volatility',
        total: 0.2,
        reserve: 0,
        nodes: [
          { nodeId: 'portfolio', parentId: null, kind: 'portfolio', share: 1, budget: 0.2, targetConsumption: 0.2 },
        ],
      },
    ],
    targetWeights: [],
    rebalancingBand: 0.02,
    modelId: null,
    proposedBy: 'anna',
    approvedBy: 'bert',
  });

  const returns = (policy: RiskPolicy, end: string) =>
    handle.service.get(AlignedReturnsService).load({
      instrumentIds: series.map((one) => one.instrumentId).sort(),
      baseCurrency: 'USD',
      end,
      knownAt: end,
      days: policy.model.windowDays,
      minimumHistory: policy.minimumHistoryDays,
    });

  it('are not made while the history is loaded', async () => {
    expect(await models('P1')).toEqual([]);
  });

  it('come after the close, one for each portfolio by the default policy, with the numbers of a direct computation', async () => {
    await upstream.advance('2020-03-06T21:30:00.000Z');
    const [model, ...others] = await models('P1');
    expect(others).toEqual([]);
    expect(await models('P2')).toHaveLength(1);
    expect(model).toMatchObject({
      policy: defaultRiskPolicy,
      form: 'covariance',
      asOf: `${lastDay}T21:00:00.000Z`,
      knownAt: '2020-03-06T21:15:00.000Z',
      windowEnd: lastDay,
      observations: 319,
      repairs: [],
    });
    const { covariance, shrinkage } = ledoitWolf(
      (await returns(defaultRiskPolicy, '2020-03-06T21:15:00.000Z')).returns,
      'constantCorrelation',
    );
    expect(model?.shrinkage).toBe(shrinkage);
    model?.rows.forEach((row, i) => {
      expect(row.covariances).toEqual([
        ...covariance.values.subarray(i * covariance.size, i * covariance.size + i + 1),
      ]);
    });
    expect(model?.rows.map((row) => row.instrumentId)).toEqual(['AAA', 'BBB', 'CCC', 'ETF', 'MKT', 'NEW']);
  });

  it('let a name without history stand on its sector, and say so', async () => {
    const [model] = await models('P1');
    const aligned = await returns(defaultRiskPolicy, '2020-03-06T21:15:00.000Z');
    const members = createReturns(
      Float64Array.from(
        { length: 2 * aligned.dates.length },
        (_, at) => aligned.values[Math.floor(at / 2) * 6 + (at % 2)] ?? 0,
      ),
      aligned.dates.length,
      2,
    );
    const proxy = proxyReturns(members);
    const row = model?.rows.find((one) => one.instrumentId === 'NEW');
    expect(row).toMatchObject({ observations: 4, proxy: { sector: 'Energy', scale: proxy.multiplier } });
    expect([...proxy.values]).toEqual(aligned.dates.map((_, t) => aligned.values[t * 6 + 5]));
  });

  it('are served: latest, listed, by id with rows, and as of a moment', async () => {
    const [model] = await models('P1');
    expect(await call('GET', '/v1/portfolios/P1/risk-models/latest')).toMatchObject({
      status: 200,
      body: { modelId: model?.modelId, cause: 'schedule', proxied: ['NEW'], policy: { policyId: 'default' } },
    });
    expect(await call('GET', '/v1/portfolios/P1/risk-models/latest?asOf=2020-03-05T00:00:00.000Z')).toMatchObject({
      status: 404,
      body: { code: 'FORECASTING.NO_MODEL' },
    });
    const first = await call('GET', `/v1/risk-models/${model?.modelId}/rows?limit=4`);
    const second = await call(
      'GET',
      `/v1/risk-models/${model?.modelId}/rows?limit=4&cursor=${String(first.body['nextCursor'])}`,
    );
    expect([...(first.body.items ?? []), ...(second.body.items ?? [])]).toEqual(model?.rows);
    expect(second.body['nextCursor']).toBeNull();
    expect(await call('GET', `/v1/risk-models/${model?.modelId}/factors`)).toMatchObject({
      status: 404,
      body: { code: 'FORECASTING.NO_FACTORS' },
    });
  });

  it('of a foreign portfolio answer as one that does not exist', async () => {
    const [foreign] = await models('P2');
    expect(await call('GET', '/v1/portfolios/P2/risk-models')).toMatchObject({
      status: 404,
      body: { code: 'NOT_FOUND' },
    });
    expect(await call('GET', '/v1/portfolios/P3/risk-models')).toMatchObject({
      status: 404,
      body: { code: 'NOT_FOUND' },
    });
    expect(await call('GET', `/v1/risk-models/${foreign?.modelId}`)).toMatchObject({
      status: 404,
      body: { code: 'FORECASTING.UNKNOWN_MODEL' },
    });
  });

  it('do not come again while nothing has changed, nor for prices alone', async () => {
    await upstream.publish(barsPublished, '2020-03-09T21:00:00.000Z', {
      feed: 'close',
      interval: 'P1D',
      bars: prices.bars('2020-03-09'),
    });
    await upstream.advance('2020-03-09T21:05:00.000Z');
    expect(await models('P1')).toHaveLength(1);
    await upstream.advance('2020-03-09T21:30:00.000Z');
    expect(await models('P1')).toHaveLength(2);
    // The tenth has no bars: its estimate would be the one in force.
    await upstream.advance('2020-03-10T21:30:00.000Z');
    expect(await models('P1')).toHaveLength(2);
  });

  it('come once when two instances serve one schema', async () => {
    const second = await handle.another();
    await second.start();
    await upstream.publish(barsPublished, '2020-03-11T21:00:00.000Z', {
      feed: 'close',
      interval: 'P1D',
      bars: prices.bars('2020-03-11'),
    });
    await upstream.advance('2020-03-11T21:30:00.000Z');
    await second.stop();
    expect(await models('P1')).toHaveLength(3);
    expect((await models('P1')).at(-1)?.asOf).toBe('2020-03-11T21:00:00.000Z');
  });

  it('come on demand, once for each key, and stand in the audit trail', async () => {
    const viewer = await handle.bearer({ subject: 'vera', roles: ['viewer'] });
    const path = '/v1/portfolios/P1/risk-models';
    expect(await call('POST', path, { as: viewer, body: {}, key: 'k0' })).toMatchObject({
      status: 403,
      body: { code: 'ROLE_REQUIRED' },
    });
    expect(await call('POST', path, { body: {} })).toMatchObject({
      status: 400,
      body: { code: 'IDEMPOTENCY_KEY_REQUIRED' },
    });
    const first = await call('POST', path, { body: { reason: 'check' }, key: 'k1' });
    expect(first).toMatchObject({
      status: 201,
      body: { cause: 'request', requestedBy: { subject: 'anna' }, knownAt: '2020-03-11T21:30:00.000Z' },
    });
    expect(await call('POST', path, { body: { reason: 'check' }, key: 'k1' })).toEqual(first);
    expect(await call('POST', path, { body: { reason: 'other' }, key: 'k1' })).toMatchObject({
      body: { code: 'IDEMPOTENCY_KEY_REUSED' },
    });
    await upstream.settled();
    const published = await models('P1');
    expect(published).toHaveLength(4);
    expect(published.at(-1)?.rows).toEqual(published.at(-2)?.rows);
    const page = await call('GET', `${path}?limit=2`);
    expect(page.body.items?.map((item) => item['modelId'])).toEqual(
      published
        .slice(-2)
        .map((model) => model.modelId)
        .reverse(),
    );
  });

  it('come from a job too, as of the moment it was asked for', async () => {
    const submitted = await call('POST', '/v1/portfolios/P1/risk-models/jobs', {
      body: { reason: 'large' },
      key: 'j1',
    });
    expect(submitted).toMatchObject({ status: 202, body: { kind: 'risk-model.estimate', portfolioId: 'P1' } });
    const path = `/v1/jobs/${String(submitted.body['id'])}`;
    let job = await call('GET', path);
    while (job.body['state'] === 'queued' || job.body['state'] === 'running') {
      await new Promise((resolve) => setTimeout(resolve, 50));
      job = await call('GET', path);
    }
    expect(job.body).toMatchObject({
      state: 'succeeded',
      result: { cause: 'request', knownAt: '2020-03-11T21:30:00.000Z' },
    });
    await upstream.settled();
    expect(await models('P1')).toHaveLength(5);
  });

  it('are published again, the same event, when an operator asks', async () => {
    const told = async () => (await upstream.events(riskModelPublished)).filter(({ key }) => key === 'P1');
    const before = await told();
    const otto = await handle.bearer({ subject: 'otto', roles: ['operator'] });
    const body = { topic: riskModelPublished.topic.name, key: 'P1' };
    expect(await call('POST', '/v1/messaging/republish', { as: otto, body, key: 'again' })).toMatchObject({
      status: 202,
    });
    const deadline = Date.now() + 20_000;
    while ((await told()).length === before.length && Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(await told()).toEqual([...before, before.at(-1)]);
  });

  it('come at once when a plan with another policy is in force, and not for the same policy again', async () => {
    await upstream.publish(budgetPlanChanged, '2020-03-11T21:31:00.000Z', plan(short, 1, '2020-03-11T21:31:00.000Z'));
    await upstream.settled();
    const found = (await models('P1')).at(-1);
    expect(found).toMatchObject({ policy: short, observations: 260, knownAt: '2020-03-11T21:31:00.000Z' });
    await upstream.publish(budgetPlanChanged, '2020-03-11T21:32:00.000Z', plan(short, 2, '2020-03-11T21:32:00.000Z'));
    await upstream.settled();
    expect((await models('P1')).at(-1)).toEqual(found);
  });

  it('follow the plan in force where the topic has kept an event about another plan only', async () => {
    const inForce = { ...plan(short, 1, '2020-03-11T21:31:00.000Z'), portfolioId: 'P2' };
    await upstream.publish(budgetPlanChanged, '2020-03-11T21:32:00.000Z', {
      ...plan(defaultRiskPolicy, 2, '2020-03-11T21:32:00.000Z'),
      ...{ portfolioId: 'P2', change: 'drafted', status: 'draft', effectiveFrom: null, approvedBy: null },
      active: inForce,
    });
    await upstream.settled();
    expect((await models('P2')).at(-1)?.policy).toEqual(short);
  });

  it('in factor form regress on the market and each fund over it', async () => {
    const factor: RiskPolicy = {
      ...defaultRiskPolicy,
      policyId: 'factors',
      model: { method: 'timeSeriesFactor', marketInstrumentId: 'MKT', factorInstrumentIds: ['ETF'], windowDays: 300 },
    };
    await upstream.publish(budgetPlanChanged, '2020-03-11T21:33:00.000Z', plan(factor, 3, '2020-03-11T21:33:00.000Z'));
    await upstream.settled();
    const model = (await models('P1')).at(-1);
    const aligned = await returns(factor, '2020-03-11T21:33:00.000Z');
    const factors = new Float64Array(2 * aligned.dates.length);
    aligned.dates.forEach((_, t) => {
      factors[2 * t] = aligned.values[t * 6 + 4] ?? 0;
      factors[2 * t + 1] = (aligned.values[t * 6 + 3] ?? 0) - (aligned.values[t * 6 + 4] ?? 0);
    });
    const fit = timeSeriesFactorModel(
      aligned.returns,
      createReturns(factors, aligned.dates.length, 2, ['MKT', 'ETF-MKT']),
    );
    expect(model).toMatchObject({ form: 'factor', factorConditionNumber: fit.conditionNumber });
    const view = await call('GET', `/v1/risk-models/${model?.modelId}/factors`);
    expect(view).toMatchObject({ status: 200, body: { conditionNumber: fit.conditionNumber } });
    expect((view.body['instruments'] as { rSquared: number }[]).map((one) => one.rSquared)).toEqual([...fit.rSquared]);
  });

  it('stay in force when the next cannot be estimated, which is on record', async () => {
    const before = (await models('P1')).at(-1);
    const impossible: RiskPolicy = {
      ...defaultRiskPolicy,
      policyId: 'impossible',
      model: { method: 'timeSeriesFactor', marketInstrumentId: 'MKT', factorInstrumentIds: ['NEW'], windowDays: 300 },
    };
    await upstream.publish(
      budgetPlanChanged,
      '2020-03-11T21:34:00.000Z',
      plan(impossible, 4, '2020-03-11T21:34:00.000Z'),
    );
    await upstream.advance('2020-03-11T21:35:00.000Z');
    expect((await models('P1')).at(-1)).toEqual(before);
    expect(await call('GET', '/v1/portfolios/P1/risk-models/failures')).toMatchObject({
      status: 200,
      body: { items: [{ cause: 'policy', code: 'FORECASTING.FACTOR_WITHOUT_HISTORY', policyId: 'impossible' }] },
    });
    expect(await call('POST', '/v1/portfolios/P1/risk-models', { body: {}, key: 'k9' })).toMatchObject({
      status: 422,
      body: { code: 'FORECASTING.FACTOR_WITHOUT_HISTORY', errors: [{ problem: "'NEW' has too little history" }] },
    });
  });
});
