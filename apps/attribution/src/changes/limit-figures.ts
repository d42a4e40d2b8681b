import type { ExplainedMeasure } from '@risk-budget/contracts';
import { evaluatedFigures, figureOf } from '@risk-budget/market-data';
import type { PortfolioEvaluation } from '@risk-budget/risk-math';

/** What a limit on something else than a risk measure is held against, by the one rule of limits; NaN where the node has no such figure. */
export function limitFigureOf(evaluation: PortfolioEvaluation, nodeId: string, measure: ExplainedMeasure): number {
  const figures = evaluatedFigures(evaluation, { positions: [], daysToLiquidate: null });
  return figureOf(figures, nodeId, measure, undefined) ?? Number.NaN;
}
