import { defaultRiskPolicy, type RiskModel } from '@risk-budget/contracts';
import { RiskModelStore } from '@risk-budget/market-data';
import { Upstream } from '@risk-budget/market-data/testing';
import { ANNUALISATION, riskParity, subCovariance } from '@risk-budget/risk-math';
import { startTestService, type TestServiceHandle } from '@risk-budget/service-kit/testing';
import { allocationService } from '@risk-budget/allocation';
import { Person } from './desk.js';
import { defineWorld, leaves, publishModel } from './world.js';

interface Node {
  nodeId: string;
  parentId: string | null;
  weight: number;
  targetShare: number;
  realisedShare: number;
  budgetShare: number;
  budget: number;
}

describe('an allocation', () => {
  let handle: TestServiceHandle;
  let upstream: Upstream;
  let manager: Person;
  let viewer: Person;
  let model: RiskModel;

  beforeAll(async () => {
    handle = await startTestService(allocationService, { config: { CLOCK: 'replay' } });
    upstream = new Upstream(handle, 'allocation');
    manager = await Person.of(handle, 'anna', 'riskManager', ['P1', 'P3']);
    viewer = await Person.of(handle, 'vera', 'viewer');
    await upstream.advance('2020-03-06T12:00:00.000Z');
    await defineWorld(upstream);
    await upstream.advance('2020-03-06T21:00:00.000Z');
  }, 120_000);

  afterAll(async () => {
    await upstream?.close();
    await handle?.stop();
  });

  it('needs a risk model', async () => {
    expect(await manager.post('P1/allocations', { method: 'riskParity' })).toMatchObject({
      status: 409,
      body: { code: 'ALLOCATION.NO_MODEL' },
    });
    model = await publishModel(handle, upstream, defaultRiskPolicy, '2020-03-06T21:15:00.000Z');
    await upstream.advance('2020-03-06T21:30:00.000Z');
  });

  const nodesOf = (body: Record<string, unknown>): Map<string, Node> =>
    new Map((body['nodes'] as Node[]).map((node) => [node.nodeId, node]));

  it('by risk parity is that of risk-math on the same model, with budgets that sum up the tree', async () => {
    const answer = await manager.post('P1/allocations', { method: 'riskParity', total: 0.2, reserve: 0.1 });
    expect(answer).toMatchObject({
      status: 201,
      body: { status: 'optimal', modelId: model.modelId, total: 0.2, binding: [] },
    });
    const { evaluation } = await handle.service.get(RiskModelStore).get(model.modelId);
    const rows = leaves.map((leaf) => evaluation.instrumentIds.indexOf(leaf.instrumentId));
    const ids = leaves.map((leaf) => `leaf:${leaf.strategy}/${leaf.instrumentId}`);
    const direct = riskParity({ covariance: subCovariance(evaluation.matrix, rows, ids) });
    const nodes = nodesOf(answer.body);
    ids.forEach((id, i) => {
      expect(nodes.get(id)?.weight).toBeCloseTo(direct.weights[i] ?? 0, 12);
      expect(nodes.get(id)?.realisedShare).toBeCloseTo(0.2, 9);
      expect(nodes.get(id)?.budget).toBeCloseTo(0.2 * 0.9 * 0.2, 12);
    });
    expect(nodes.get('portfolio')).toMatchObject({ budget: 0.2, budgetShare: 1 });
    expect(nodes.get('strategy:growth')?.targetShare).toBeCloseTo(0.6, 12);
    const children = [...nodes.values()].filter((node) => node.parentId === 'portfolio');
    expect(children.reduce((sum, node) => sum + node.budget, 0)).toBeCloseTo(0.2 * 0.9, 12);
    expect(answer.body['volatilityAnnual']).toBeCloseTo(direct.volatilityAnnual, 12);
    expect(answer.body['accuracy']).toBeGreaterThanOrEqual(0.9999); // unconstrained: the promise of quality
    const stored = await viewer.get(`P1/allocations/${String(answer.body['allocationId'])}`);
    expect(stored.body).toEqual(answer.body);
    expect((await viewer.get('P1/allocations?limit=1')).body.items?.[0]).toMatchObject({
      allocationId: answer.body['allocationId'],
    });
  });

  it.each([
    [
      'equalWeight',
      'leaf',
      {},
      (nodes: Map<string, Node>) => expect(nodes.get('leaf:value/DDD')?.weight).toBeCloseTo(0.2, 12),
    ],
    [
      'equalWeight',
      'strategy',
      { within: 'equalWeight' },
      (nodes: Map<string, Node>) => expect(nodes.get('strategy:growth')?.weight).toBeCloseTo(0.5, 12),
    ],
    [
      'inverseVolatility',
      'sector',
      {},
      (nodes: Map<string, Node>) => expect(nodes.get('portfolio')?.weight).toBeCloseTo(1, 12),
    ],
    [
      'riskParity',
      'strategy',
      {},
      (nodes: Map<string, Node>) => expect(nodes.get('strategy:value')?.realisedShare).toBeCloseTo(0.5, 9),
    ],
    [
      'riskParity',
      'sector',
      { within: 'current' },
      (nodes: Map<string, Node>) => expect(nodes.get('sector:value/Energy')?.realisedShare).toBeCloseTo(0.25, 9),
    ],
    [
      'customRiskShares',
      'strategy',
      {
        riskShares: [
          { nodeId: 'strategy:growth', share: 0.7 },
          { nodeId: 'strategy:value', share: 0.3 },
        ],
      },
      (nodes: Map<string, Node>) => expect(nodes.get('strategy:growth')?.realisedShare).toBeCloseTo(0.7, 9),
    ],
    [
      'customWeights',
      'strategy',
      {
        weights: [
          { nodeId: 'strategy:growth', weight: 0.6 },
          { nodeId: 'strategy:value', weight: 0.3 },
        ],
      },
      (nodes: Map<string, Node>) => expect(nodes.get('portfolio')?.weight).toBeCloseTo(0.9, 12),
    ],
  ])('by %s at the level of a %s', async (method, level, more, check) => {
    const answer = await manager.post('P1/allocations', { method, level, ...more });
    expect(answer.status).toBe(201);
    check(nodesOf(answer.body));
  });

  it('by VaR has the shares of volatility and its own figure', async () => {
    const answer = await manager.post('P1/allocations', { method: 'riskParity', measure: 'var' });
    expect(answer.status).toBe(201);
    const figure = (1.6448536269514722 * Number(answer.body['volatilityAnnual'])) / ANNUALISATION;
    expect(answer.body['figure']).toBeCloseTo(figure, 12);
    expect(answer.body['total']).toBe(answer.body['figure']);
  });

  it('by active risk budgets what the leaves take of the tracking error', async () => {
    const answer = await manager.post('P1/allocations', {
      method: 'riskParity',
      measure: 'trackingError',
      leaves: [
        { strategy: 'growth', instrumentId: 'CCC' },
        { strategy: 'value', instrumentId: 'DDD' },
      ],
    });
    expect(answer).toMatchObject({ status: 201, body: { status: 'optimal' } });
    const nodes = nodesOf(answer.body);
    expect(nodes.get('leaf:growth/CCC')?.realisedShare).toBeCloseTo(0.5, 6);
    expect(answer.body['figure']).toBe(answer.body['trackingErrorAnnual']);
    expect(answer.body['benchmarkContribution']).not.toBeNull();
  });

  it('says that a constraint binds, and which', async () => {
    const answer = await manager.post('P1/allocations', {
      method: 'riskParity',
      constraints: {
        bounds: [{ nodeId: 'leaf:value/BBB', upper: 0.1 }],
        groups: [{ groupId: 'tech', nodeIds: ['sector:growth/Technology'], upper: 0.25 }],
      },
    });
    expect(answer).toMatchObject({ status: 201, body: { status: 'constrained' } });
    expect((answer.body['binding'] as { constraint: string }[]).map((one) => one.constraint).sort()).toEqual([
      'groupUpper:tech',
      'upperBound:leaf:value/BBB',
    ]);
    expect(nodesOf(answer.body).get('leaf:value/BBB')?.weight).toBeCloseTo(0.1, 8);
    const off = leaves.map(({ strategy, instrumentId }) => {
      const node = nodesOf(answer.body).get(`leaf:${strategy}/${instrumentId}`);
      return Math.abs((node?.realisedShare ?? NaN) - (node?.targetShare ?? NaN));
    });
    expect(answer.body['accuracy']).toBeCloseTo(1 - off.reduce((sum, one) => sum + one, 0) / 2, 12);
    expect(answer.body['accuracy']).toBeLessThan(0.9999);
  });

  it('that cannot be is refused with the constraints that clash, and no others', async () => {
    const answer = await manager.post('P1/allocations', {
      method: 'riskParity',
      constraints: {
        bounds: [
          { nodeId: 'leaf:growth/AAA', lower: 0.4 },
          { nodeId: 'leaf:value/DDD', upper: 0.9 },
        ],
        groups: [{ groupId: 'tech', nodeIds: ['sector:growth/Technology'], upper: 0.3 }],
      },
    });
    expect(answer).toMatchObject({ status: 422, body: { code: 'ALLOCATION.INFEASIBLE' } });
    expect((answer.body['errors'] as { field: string }[]).map((one) => one.field).sort()).toEqual([
      'constraints.bounds.leaf:growth/AAA.lower',
      'constraints.groups.tech.upper',
    ]);
  });

  it.each([
    [
      'weights beside a method that finds its own',
      { method: 'riskParity', weights: [{ nodeId: 'leaf:growth/AAA', weight: 1 }] },
      'weights',
    ],
    [
      'shares of risk beside a method that has its own',
      { method: 'equalWeight', riskShares: [{ nodeId: 'leaf:growth/AAA', share: 1 }] },
      'riskShares',
    ],
    [
      'another spread of active risk than the one there is',
      { method: 'riskParity', measure: 'trackingError', level: 'strategy', within: 'inverseVolatility' },
      'within',
    ],
    [
      'shares that do not sum to 1',
      { method: 'customRiskShares', riskShares: [{ nodeId: 'leaf:growth/AAA', share: 0.5 }] },
      'riskShares',
    ],
  ])('with %s is refused, naming the field', async (_, body, field) => {
    expect(await manager.post('P1/allocations', body)).toMatchObject({
      status: 422,
      body: { code: 'ALLOCATION.INVALID_REQUEST', errors: [{ field }] },
    });
  });

  it('with a bound below 0 and no sign is refused: the sign of a short is an input', async () => {
    const answer = await manager.post('P1/allocations', {
      method: 'riskParity',
      constraints: { bounds: [{ nodeId: 'leaf:growth/AAA', lower: -0.2, upper: -0.1 }] },
    });
    expect(answer).toMatchObject({ status: 422, body: { code: 'ALLOCATION.INFEASIBLE' } });
    expect((answer.body['errors'] as { field: string }[]).map((one) => one.field).sort()).toEqual([
      'constraints.bounds.leaf:growth/AAA.upper',
      'signs.leaf:growth/AAA',
    ]);
  });

  it.each([
    [
      'an unknown node',
      { method: 'customWeights', weights: [{ nodeId: 'leaf:growth/ZZZ', weight: 1 }] },
      422,
      'ALLOCATION.INVALID_REQUEST',
    ],
    ['shares that are missing', { method: 'customRiskShares' }, 422, 'ALLOCATION.INVALID_REQUEST'],
    [
      'an unknown instrument',
      { method: 'equalWeight', leaves: [{ strategy: 'growth', instrumentId: 'ZZZ' }] },
      422,
      'ALLOCATION.INVALID_REQUEST',
    ],
    ['an unknown method', { method: 'magic' }, 400, 'VALIDATION_FAILED'],
    ['an unknown field', { method: 'riskParity', colour: 'red' }, 400, 'VALIDATION_FAILED'],
    [
      'an unknown model',
      { method: 'riskParity', modelId: '7b0d8f5e-93a5-4bb5-9a27-0c8d1f3a6f10' },
      404,
      'MARKET_DATA.UNKNOWN_MODEL',
    ],
  ])('with %s is refused', async (_, body, status, code) => {
    expect(await manager.post('P1/allocations', body)).toMatchObject({ status, body: { code } });
  });

  it('is for risk managers, of portfolios that they may see', async () => {
    expect(await viewer.post('P1/allocations', { method: 'riskParity' })).toMatchObject({
      status: 403,
      body: { code: 'ROLE_REQUIRED' },
    });
    expect(await manager.post('P2/allocations', { method: 'riskParity' })).toMatchObject({
      status: 404,
      body: { code: 'NOT_FOUND' },
    });
    expect(await manager.post('P3/allocations', { method: 'riskParity' })).toMatchObject({
      status: 404,
      body: { code: 'NOT_FOUND' },
    });
  });
});
