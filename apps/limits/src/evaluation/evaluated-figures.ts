import type { NodeExposure, PortfolioMetrics, RiskMeasure } from '@risk-budget/contracts';
import type { PortfolioInputs, PositionInput } from '@risk-budget/market-data';
import {
  instrumentNodeId,
  issuerNodeId,
  leafNodeId,
  PORTFOLIO_NODE_ID,
  sectorNodeId,
  sectorTotalNodeId,
  strategyNodeId,
  type EvaluatedNode,
  type PortfolioEvaluation,
} from '@risk-budget/risk-math';
import type { Figures } from './figures.js';

/** Figures computed here, by the evaluator that utilization uses too; every node is known. */
export function evaluatedFigures(
  evaluation: PortfolioEvaluation,
  inputs: Pick<PortfolioInputs, 'positions' | 'daysToLiquidate'>,
  budget: (measure: RiskMeasure, nodeId: string) => number | null,
): Figures {
  const nodes = new Map([...evaluation.nodes, ...evaluation.views].map((node) => [node.nodeId, node]));
  const slowest = slowestByNode(inputs.positions);
  return {
    metrics: metricsOf(evaluation, inputs.daysToLiquidate),
    node: (nodeId) => {
      const node = nodes.get(nodeId);
      if (node === undefined) return 'empty';
      return {
        weight: node.weight,
        exposure: exposureOf(node, slowest.get(nodeId) ?? null),
        contribution: (measure) => node.contributions[measure],
        standalone: (measure) => node.standAlone[measure],
      };
    },
    budget,
  };
}

function metricsOf({ totals }: PortfolioEvaluation, daysToLiquidate: number | null): PortfolioMetrics {
  const { measures, concentration } = totals;
  return {
    volatilityAnnual: measures.volatility ?? Number.NaN,
    var: measures.var ?? Number.NaN,
    es: measures.es ?? Number.NaN,
    historicalVar: measures.historicalVar ?? null,
    historicalEs: measures.historicalEs ?? null,
    trackingErrorAnnual: measures.trackingError ?? null,
    beta: totals.beta,
    gross: totals.gross,
    net: totals.net,
    leverage: totals.leverage,
    cash: totals.cash,
    largestWeight: concentration.byInstrument.largest,
    topFiveWeight: concentration.byInstrument.topFive,
    herfindahl: concentration.byInstrument.herfindahl,
    effectiveNumber: concentration.byInstrument.effectiveNumber,
    largestIssuerWeight: concentration.byIssuer.largest,
    daysToLiquidate,
    diversificationBenefit: totals.diversificationBenefit.volatility ?? Number.NaN,
  };
}

/** A single position is all there is of itself. */
function exposureOf(node: EvaluatedNode, daysToLiquidate: number | null): NodeExposure {
  const { gross, beta } = node;
  const one = gross > 0 ? 1 : 0;
  const { largest, topFive, herfindahl, effectiveNumber } = node.concentration?.byInstrument ?? {
    largest: gross,
    topFive: gross,
    herfindahl: one,
    effectiveNumber: one,
  };
  return { gross, beta, largestWeight: largest, topFiveWeight: topFive, herfindahl, effectiveNumber, daysToLiquidate };
}

/** Days to liquidate of the slowest position with a known volume, by node. */
function slowestByNode(positions: readonly PositionInput[]): Map<string, number> {
  const slowest = new Map<string, number>();
  for (const { strategy, sector, issuer, instrumentId, daysToLiquidate } of positions) {
    if (daysToLiquidate === null) continue;
    for (const nodeId of [
      PORTFOLIO_NODE_ID,
      strategyNodeId(strategy),
      sectorNodeId(strategy, sector),
      leafNodeId(strategy, instrumentId),
      issuerNodeId(issuer),
      sectorTotalNodeId(sector),
      instrumentNodeId(instrumentId),
    ]) {
      slowest.set(nodeId, Math.max(slowest.get(nodeId) ?? 0, daysToLiquidate));
    }
  }
  return slowest;
}
