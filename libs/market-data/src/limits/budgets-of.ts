import type { BudgetPlan, RiskMeasure } from '@risk-budget/contracts';

/** Budgets of a plan by measure and node. */
export type BudgetLookup = (measure: RiskMeasure, nodeId: string) => number | null;

export function budgetsOf(plan: Pick<BudgetPlan, 'trees'> | undefined): BudgetLookup {
  const byMeasure = new Map(
    (plan?.trees ?? []).map((tree) => [tree.measure, new Map(tree.nodes.map((node) => [node.nodeId, node.budget]))]),
  );
  return (measure, nodeId) => byMeasure.get(measure)?.get(nodeId) ?? null;
}
