import { budgetPlanChanged, type BudgetPlan } from '@risk-budget/contracts';
import type { RunEvents } from '../events/run-events.js';

/**
 * The active plan of a portfolio with the highest version among those told by a moment.
 *
 * @param publishedBy what the log took later does not count; everything unless said
 */
export function planInForce(
  events: RunEvents,
  { portfolioId, asOf }: { readonly portfolioId: string; readonly asOf: string },
  publishedBy = '9999',
): BudgetPlan | undefined {
  return events
    .of(budgetPlanChanged)
    .filter(
      ({ data, envelope, publishedAt }) =>
        data.portfolioId === portfolioId &&
        data.status === 'active' &&
        envelope.time <= asOf &&
        publishedAt <= publishedBy,
    )
    .map(({ data }) => data)
    .sort((a, b) => a.version - b.version)
    .at(-1);
}

/** Budgets of a plan by measure and node. */
export function budgetsOf(plan: BudgetPlan | undefined): Map<string, number> {
  const budgets = new Map<string, number>();
  for (const tree of plan?.trees ?? []) {
    for (const node of tree.nodes) budgets.set(`${tree.measure} ${node.nodeId}`, node.budget);
  }
  return budgets;
}

/** The part of its budgets that share-of-budget limits take; undefined for a plan that was never adjusted. */
export function limitFactorOf(plan: BudgetPlan | undefined): number | undefined {
  const adjustment = plan?.adjustment;
  return adjustment === undefined ? undefined : Math.min(1, adjustment.limitFactor / adjustment.factor);
}
