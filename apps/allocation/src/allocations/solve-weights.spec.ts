import { createComputePool } from '@risk-budget/compute';
import { createCovariance, riskShares } from '@risk-budget/risk-math';
import { allocationRequest, type AllocationRequest } from './allocation.schemas.js';
import { problemOf, type AllocationInput } from './allocation-problem.js';
import { solveWeights } from './solve-weights.js';

const instrumentIds = ['AAA', 'BBB', 'CCC', 'MKT'];
const matrix = createCovariance(
  Float64Array.from([
    ...[4e-4, 1e-4, 2e-4, 1.5e-4],
    ...[1e-4, 1e-4, 5e-5, 8e-5],
    ...[2e-4, 5e-5, 9e-4, 2e-4],
    ...[1.5e-4, 8e-5, 2e-4, 1.4e-4],
  ]),
  4,
  { ids: instrumentIds },
);
const leaves = [
  { strategy: 'growth', sector: 'Technology', instrumentId: 'AAA' },
  { strategy: 'growth', sector: 'Staples', instrumentId: 'BBB' },
  { strategy: 'value', sector: 'Staples', instrumentId: 'BBB' },
  { strategy: 'value', sector: 'Energy', instrumentId: 'CCC' },
];
const leafIds = ['leaf:growth/AAA', 'leaf:growth/BBB', 'leaf:value/BBB', 'leaf:value/CCC'];
const request = (body: Record<string, unknown>): AllocationRequest => allocationRequest.parse(body);
const input = (body: Record<string, unknown>, more: Partial<AllocationInput> = {}): AllocationInput => ({
  request: request(body),
  leaves,
  model: { modelId: 'm', instrumentIds, matrix },
  benchmark: undefined,
  current: new Map(),
  ...more,
});

const pool = createComputePool();
afterAll(() => pool.close());
const solve = (body: Record<string, unknown>, more: Partial<AllocationInput> = {}) =>
  solveWeights(pool, problemOf(input(body, more)));

describe('weights for a request', () => {
  it('give each leaf the same risk, one instrument in two strategies included', async () => {
    const { weights, assetIds } = await solve({ method: 'riskParity' });
    expect(assetIds).toEqual(leafIds);
    const { covariance } = problemOf(input({ method: 'riskParity' }));
    for (const share of riskShares(covariance, weights)) expect(share).toBeCloseTo(0.25, 9);
  });

  it('spread given weights of strategies over their leaves as they are held now', async () => {
    const { weights } = await solve(
      {
        method: 'customWeights',
        level: 'strategy',
        within: 'current',
        weights: [
          { nodeId: 'strategy:growth', weight: 0.5 },
          { nodeId: 'strategy:value', weight: 0.3 },
        ],
      },
      {
        current: new Map([
          [leafIds[0] ?? '', 0.3],
          [leafIds[1] ?? '', 0.1],
          [leafIds[3] ?? '', 0.2],
        ]),
      },
    );
    expect([...weights].map((weight) => Number(weight.toFixed(12)))).toEqual([0.375, 0.125, 0, 0.3]);
  });

  it('sell short where the signs say so', async () => {
    const { weights } = await solve({
      method: 'equalWeight',
      signs: [{ nodeId: 'leaf:value/CCC', sign: -1 }],
      scale: { kind: 'gross', value: 2 },
    });
    expect([...weights].map((weight) => Number(weight.toFixed(12)))).toEqual([0.5, 0.5, 0.5, -0.5]);
  });

  it('hold leaves against a benchmark series as one short asset', () => {
    const problem = problemOf(
      input({ method: 'riskParity', measure: 'trackingError' }, { benchmark: { kind: 'series', instrumentId: 'MKT' } }),
    );
    expect(problem.benchmark).toEqual({
      kind: 'series',
      covariances: Float64Array.from([1.5e-4, 8e-5, 8e-5, 2e-4]),
      variance: 1.4e-4,
    });
  });

  it('hold leaves against their own benchmark weights when signs say which are overweight', () => {
    const benchmark = {
      kind: 'weights',
      weights: [
        { instrumentId: 'AAA', weight: 0.6 },
        { instrumentId: 'CCC', weight: 0.4 },
      ],
    } as const;
    const signed = { method: 'riskParity', measure: 'trackingError', signs: [{ nodeId: 'leaf:growth/AAA', sign: -1 }] };
    expect(problemOf(input(signed, { benchmark })).benchmark).toEqual({
      kind: 'weights',
      weights: Float64Array.from([0.6, 0, 0, 0.4]),
    });
    expect(problemOf(input({ method: 'riskParity' }, { benchmark })).benchmark?.kind).toBe('series');
  });

  it('refuse nodes that are not of the level, or named twice, and say which there are', () => {
    const weights = [
      { nodeId: 'strategy:growth', weight: 0.5 },
      { nodeId: 'strategy:growth', weight: 0.5 },
      { nodeId: 'leaf:value/CCC', weight: 0.5 },
    ];
    expect(() => problemOf(input({ method: 'customWeights', level: 'strategy', weights }))).toThrow(
      expect.objectContaining({
        code: 'ALLOCATION.INVALID_REQUEST',
        errors: [
          expect.objectContaining({ field: 'weights.strategy:growth', problem: 'stands twice' }),
          expect.objectContaining({ field: 'weights.leaf:value/CCC', allowed: 'strategy:growth, strategy:value' }),
        ],
      }),
    );
  });

  it('sum a group of nodes over their leaves, each once', () => {
    const { constraints } = problemOf(
      input({
        method: 'riskParity',
        constraints: {
          groups: [
            { groupId: 'g', nodeIds: ['strategy:growth', 'leaf:growth/AAA', 'sector:value/Energy'], upper: 0.5 },
          ],
        },
      }),
    );
    expect(constraints?.groups).toEqual([
      { id: 'g', assetIds: ['leaf:growth/AAA', 'leaf:growth/BBB', 'leaf:value/CCC'], upper: 0.5 },
    ]);
  });
});
