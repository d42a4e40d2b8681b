import type { BudgetTree } from '@risk-budget/contracts';
import { scaledPlan } from './adjusted-plan.js';

const tree = (measure: BudgetTree['measure']): BudgetTree => ({
  measure,
  total: 0.2,
  reserve: 0.1,
  nodes: [
    { nodeId: 'portfolio', parentId: null, kind: 'portfolio', share: 0.9, budget: 0.18, targetConsumption: 0.17 },
    {
      nodeId: 'strategy:growth',
      parentId: 'portfolio',
      kind: 'strategy',
      share: 0.6,
      budget: 0.12,
      targetConsumption: 0.11,
    },
  ],
});
const targetWeights = [{ strategy: 'growth', instrumentId: 'AAA', weight: 0.5 }];

describe('an adjusted plan', () => {
  it('has every budget and every target weight times the ratio, and the shares it had', () => {
    const { trees, targetWeights: weights } = scaledPlan({ trees: [tree('volatility')], targetWeights }, 0.75);
    expect(trees[0]?.total).toBeCloseTo(0.15, 15);
    expect(trees[0]?.nodes.map(({ share }) => share)).toEqual([0.9, 0.6]);
    expect(trees[0]?.nodes[1]?.budget).toBeCloseTo(0.09, 15);
    expect(weights).toEqual([{ strategy: 'growth', instrumentId: 'AAA', weight: 0.375 }]);
  });

  it('comes back to where it was by the inverse ratio', () => {
    const before = { trees: [tree('es')], targetWeights };
    const after = scaledPlan(scaledPlan(before, 0.5), 2);
    expect(after.trees[0]?.total).toBe(0.2);
    expect(after.targetWeights).toEqual(targetWeights);
  });

  it('keeps its target weights where active risk is budgeted, for less exposure would be more of it', () => {
    expect(
      scaledPlan({ trees: [tree('volatility'), tree('trackingError')], targetWeights }, 0.5).targetWeights,
    ).toEqual(targetWeights);
  });
});
