import type { NodeExposure } from '@risk-budget/contracts';
import {
  instrumentNodeId,
  issuerNodeId,
  leafNodeId,
  PORTFOLIO_NODE_ID,
  sectorNodeId,
  sectorTotalNodeId,
  strategyNodeId,
  type EvaluatedNode,
} from '@risk-budget/risk-math';

/** What the days to liquidate of nodes are found from. */
export interface LiquidityPosition {
  readonly strategy: string;
  readonly sector: string;
  readonly issuer: string;
  readonly instrumentId: string;
  readonly daysToLiquidate: number | null;
}

/** Days to liquidate by node: those of its slowest position with a known volume. Nodes without any are absent. */
export function slowestLiquidation(positions: readonly LiquidityPosition[]): Map<string, number> {
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

/** Exposure of a node over its own leaves, under the names of the contract. @param slowest of `slowestLiquidation` */
export function exposureOf(node: EvaluatedNode, slowest: ReadonlyMap<string, number>): NodeExposure {
  const { gross, beta } = node;
  const daysToLiquidate = slowest.get(node.nodeId) ?? null;
  if (node.concentration === null) {
    // A single position is all there is of itself.
    const one = gross > 0 ? 1 : 0;
    return {
      gross,
      beta,
      largestWeight: gross,
      topFiveWeight: gross,
      herfindahl: one,
      effectiveNumber: one,
      daysToLiquidate,
    };
  }
  const { largest, topFive, herfindahl, effectiveNumber } = node.concentration.byInstrument;
  return { gross, beta, largestWeight: largest, topFiveWeight: topFive, herfindahl, effectiveNumber, daysToLiquidate };
}
