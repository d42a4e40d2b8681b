import { defaultRiskPolicy } from '@risk-budget/contracts';
import { Person } from './desk.js';
import { PlanDesk, refused, unknownId } from './plan-desk.js';

describe('a budget plan is refused', () => {
  let desk: PlanDesk;
  beforeAll(async () => {
    desk = await PlanDesk.start();
  }, 120_000);
  afterAll(() => desk?.stop());

  const weights = [{ strategy: 'growth', instrumentId: 'AAA', weight: 0.5 }];
  const tree = (shares: Record<string, number>, reserve = 0) => ({
    measure: 'volatility',
    total: 0.2,
    reserve,
    shares: Object.entries(shares).map(([nodeId, share]) => ({ nodeId, share })),
  });

  it('when children exceed their parent, with each node’s range', async () => {
    const answer = await desk.anna.post('P1/plans', {
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
    ['an unknown node', { targetWeights: weights, trees: [tree({ 'issuer:X': 0.1 })] }, 422, 'ALLOCATION.INVALID_TREE'],
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
    expect(await desk.anna.post('P1/plans', body)).toMatchObject(refused(status, code));
  });

  it('under a key that was used for another', async () => {
    const body = { targetWeights: weights, trees: [tree({ 'strategy:growth': 0.5 })] };
    const first = await desk.anna.post('P1/plans', body, { key: 'plan-key' });
    expect(first.status).toBe(201);
    expect((await desk.anna.post('P1/plans', body, { key: 'plan-key' })).body).toEqual(first.body);
    expect(await desk.anna.post('P1/plans', { ...body, reason: 'x' }, { key: 'plan-key' })).toMatchObject({
      body: { code: 'IDEMPOTENCY_KEY_REUSED' },
    });
  });

  it('to those who may not see the portfolio, as if it did not exist', async () => {
    const foreign = await Person.of(desk.handle, 'fred', 'riskManager', ['P2']);
    expect(await foreign.get('P1/plans')).toMatchObject(refused(404, 'NOT_FOUND'));
    expect(await desk.anna.get(`P1/plans/${unknownId}`)).toMatchObject(refused(404, 'ALLOCATION.UNKNOWN_PLAN'));
  });
});
