import { defaultRiskPolicy, type BudgetPlan } from '@risk-budget/contracts';
import { diffOf } from './plan-diff.js';

const plan: BudgetPlan = {
  planId: '0a0f0d9e-0f4c-4a53-9d3e-3f0c7f2f5b11',
  portfolioId: 'P1',
  version: 1,
  change: 'drafted',
  status: 'draft',
  effectiveFrom: null,
  policy: defaultRiskPolicy,
  method: 'riskParity',
  trees: [
    {
      measure: 'volatility',
      total: 0.2,
      reserve: 0.1,
      nodes: [
        { nodeId: 'portfolio', parentId: null, kind: 'portfolio', share: 1, budget: 0.2, targetConsumption: 0.18 },
        {
          nodeId: 'strategy:growth',
          parentId: 'portfolio',
          kind: 'strategy',
          share: 0.9,
          budget: 0.18,
          targetConsumption: 0.18,
        },
      ],
    },
  ],
  targetWeights: [{ strategy: 'growth', instrumentId: 'AAPL', weight: 0.9 }],
  rebalancingBand: 0.02,
  modelId: null,
  proposedBy: 'risk',
  approvedBy: null,
};

describe('what a plan changes', () => {
  it('is nothing against itself, whatever its state', () => {
    expect(diffOf(plan, { ...plan, status: 'active', version: 7 })).toEqual({
      policy: [],
      trees: [],
      targetWeights: [],
    });
  });

  it('names each policy field, total, node and weight that differs', () => {
    const tree = plan.trees[0];
    if (tree === undefined) throw new Error('no tree');
    const to: BudgetPlan = {
      ...plan,
      policy: { ...defaultRiskPolicy, model: { method: 'ewma', windowDays: 500, halfLifeDays: 60 }, confidence: 0.99 },
      trees: [{ ...tree, total: 0.25, nodes: tree.nodes.map((node) => ({ ...node, budget: node.share * 0.25 })) }],
      targetWeights: [{ strategy: 'growth', instrumentId: 'MSFT', weight: 0.9 }],
      effectiveFrom: '2020-02-01T00:00:00.000Z',
    };
    expect(diffOf(plan, to)).toEqual({
      policy: [
        { field: 'confidence', from: 0.95, to: 0.99 },
        { field: 'model.halfLifeDays', from: null, to: 60 },
        { field: 'model.method', from: 'ledoitWolf', to: 'ewma' },
        { field: 'model.target', from: 'constantCorrelation', to: null },
      ],
      effectiveFrom: { from: null, to: '2020-02-01T00:00:00.000Z' },
      trees: [
        {
          measure: 'volatility',
          total: { from: 0.2, to: 0.25 },
          nodes: [
            { nodeId: 'portfolio', share: { from: 1, to: 1 }, budget: { from: 0.2, to: 0.25 } },
            { nodeId: 'strategy:growth', share: { from: 0.9, to: 0.9 }, budget: { from: 0.18, to: 0.9 * 0.25 } },
          ],
        },
      ],
      targetWeights: [
        { leafId: 'leaf:growth/AAPL', weight: { from: 0.9, to: null } },
        { leafId: 'leaf:growth/MSFT', weight: { from: null, to: 0.9 } },
      ],
    });
  });

  it('shows everything against nothing', () => {
    const diff = diffOf(undefined, plan);
    expect(diff.trees[0]?.nodes).toHaveLength(2);
    expect(diff.method).toEqual({ from: null, to: 'riskParity' });
  });
});
