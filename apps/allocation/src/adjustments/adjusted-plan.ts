import type { BudgetPlan, BudgetTree } from '@risk-budget/contracts';

/** What an adjustment scales. */
export type Scalable = Pick<BudgetPlan, 'trees' | 'targetWeights'>;

/**
 * Budgets times a ratio; shares stay. Target weights go with them, the rest to cash, because volatility, VaR and expected shortfall are
 * of degree one in the weights. Active risk is not: a plan with a tree of tracking error keeps its target weights.
 *
 * @param ratio the new factor over the one before
 */
export function scaledPlan({ trees, targetWeights }: Scalable, ratio: number): Scalable {
  const scaled = trees.map((tree): BudgetTree => {
    const total = tree.total * ratio;
    return { ...tree, total, nodes: tree.nodes.map((node) => ({ ...node, budget: node.share * total })) };
  });
  if (trees.some((tree) => tree.measure === 'trackingError')) return { trees: scaled, targetWeights };
  return {
    trees: scaled,
    targetWeights: targetWeights.map((target) => ({ ...target, weight: target.weight * ratio })),
  };
}
