import type { ExplainedMeasure } from '@risk-budget/contracts';
import { exposureOf } from '@risk-budget/market-data';
import { PORTFOLIO_NODE_ID, type PortfolioEvaluation } from '@risk-budget/risk-math';

/** What a limit on something else than a risk measure is held against; NaN where the node has no such figure. */
export function limitFigureOf(
  { nodes, views, totals }: PortfolioEvaluation,
  nodeId: string,
  measure: ExplainedMeasure,
): number {
  const node = [...nodes, ...views].find((one) => one.nodeId === nodeId);
  if (measure === 'cash') return nodeId === PORTFOLIO_NODE_ID ? totals.cash : Number.NaN;
  if (measure === 'daysToLiquidate') return Number.NaN;
  if (node === undefined) return measure === 'effectiveNumber' ? Number.NaN : 0;
  const exposure = exposureOf(node, new Map());
  switch (measure) {
    case 'weight':
    case 'net':
      return node.weight;
    case 'gross':
    case 'leverage':
      return exposure.gross;
    case 'beta':
      return exposure.beta ?? Number.NaN;
    case 'standaloneVolatility':
      return node.standAlone.volatility ?? Number.NaN;
    case 'largestWeight':
    case 'topFiveWeight':
    case 'herfindahl':
    case 'effectiveNumber':
      return exposure[measure];
    default:
      return node.contributions[measure] ?? Number.NaN;
  }
}
