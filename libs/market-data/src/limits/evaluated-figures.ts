import { limitBudgetFactor, type BudgetPlan } from '@risk-budget/contracts';
import type { PortfolioEvaluation } from '@risk-budget/risk-math';
import { exposureOf, slowestLiquidation } from '../inputs/node-exposure.js';
import type { PortfolioInputs } from '../inputs/portfolio-inputs.types.js';
import { portfolioMetricsOf } from '../inputs/portfolio-metrics.js';
import { budgetsOf } from './budgets-of.js';
import type { Figures } from './figures.js';

/** Figures computed here, by the evaluator that utilization uses too; every node is known. */
export function evaluatedFigures(
  evaluation: PortfolioEvaluation,
  inputs: Pick<PortfolioInputs, 'positions' | 'daysToLiquidate'>,
  plan?: Pick<BudgetPlan, 'trees' | 'adjustment'>,
): Figures {
  const nodes = new Map([...evaluation.nodes, ...evaluation.views].map((node) => [node.nodeId, node]));
  const slowest = slowestLiquidation(inputs.positions);
  return {
    metrics: portfolioMetricsOf(evaluation, inputs.daysToLiquidate),
    node: (nodeId) => {
      const node = nodes.get(nodeId);
      if (node === undefined) return 'empty';
      return {
        weight: node.weight,
        exposure: exposureOf(node, slowest),
        contribution: (measure) => node.contributions[measure],
        standalone: (measure) => node.standAlone[measure],
      };
    },
    budget: budgetsOf(plan),
    limitBudgetFactor: plan === undefined ? 1 : limitBudgetFactor(plan),
  };
}
