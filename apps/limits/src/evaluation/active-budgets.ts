import type { BudgetPlan, Instant, RiskMeasure } from '@risk-budget/contracts';
import { BudgetPlanStore, seenAt } from '@risk-budget/market-data';
import type { Tx } from '@risk-budget/persistence';
import { Injectable } from '@nestjs/common';

/** Budgets of a plan by measure and node. */
export type BudgetLookup = (measure: RiskMeasure, nodeId: string) => number | null;

export function budgetsOf(plan: Pick<BudgetPlan, 'trees'> | undefined): BudgetLookup {
  const byMeasure = new Map(
    (plan?.trees ?? []).map((tree) => [tree.measure, new Map(tree.nodes.map((node) => [node.nodeId, node.budget]))]),
  );
  return (measure, nodeId) => byMeasure.get(measure)?.get(nodeId) ?? null;
}

/** The budgets in force, from the plans that allocation publishes. */
@Injectable()
export class ActiveBudgets {
  constructor(private readonly plans: BudgetPlanStore) {}

  async of(tx: Tx, portfolioId: string, at: Instant): Promise<BudgetLookup> {
    return budgetsOf(await this.plans.active(portfolioId, seenAt(at), tx));
  }
}
