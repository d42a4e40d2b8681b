import type { BudgetPlan, NodeMeasure, RiskMeasure } from '@risk-budget/contracts';
import type { LimitedFigures } from './limit-figures.js';
import { ownExposures, ownMetrics } from './own-metrics.js';
import type { OwnPortfolio } from './own-portfolio.js';
import { budgetsOf, limitFactorOf } from './plan-in-force.js';

/** What limits are held against, of a portfolio as recomputed. A node that holds nothing is there for its budget. */
export function ownFigures(own: OwnPortfolio, plan: BudgetPlan | undefined): LimitedFigures {
  const budgets = budgetsOf(plan);
  const exposures = ownExposures(own);
  const budgeted = (plan?.trees ?? []).flatMap(({ nodes }) => nodes.map(({ nodeId }) => nodeId));
  const nodeIds = new Set([...own.evaluation.nodes.keys(), ...budgeted]);
  return {
    metrics: ownMetrics(own),
    leaves: true,
    lineage: { limitBudgetFactor: limitFactorOf(plan) },
    nodes: [...nodeIds].map((nodeId) => {
      const node = own.evaluation.nodes.get(nodeId);
      const measures = Object.keys(own.evaluation.totals) as RiskMeasure[];
      return {
        nodeId,
        weight: node?.weight ?? 0,
        exposure: exposures.get(nodeId),
        measures: measures.map((measure): Pick<NodeMeasure, 'measure' | 'consumption' | 'standalone' | 'budget'> => ({
          measure,
          consumption: node?.consumption[measure] ?? 0,
          standalone: node?.standalone[measure] ?? 0,
          budget: budgets.get(`${measure} ${nodeId}`) ?? null,
        })),
      };
    }),
  };
}
