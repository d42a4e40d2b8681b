import type { LimitMeasure, RiskMeasure } from '@risk-budget/contracts';
import type { PortfolioInputs } from '@risk-budget/market-data';
import {
  instrumentNodeId,
  issuerNodeId,
  leafNodeId,
  PORTFOLIO_NODE_ID,
  sectorNodeId,
  sectorTotalNodeId,
  strategyNodeId,
} from '@risk-budget/risk-math';

/** A limit as the simulation takes it: how its figure follows from the portfolio’s path. */
export interface SimulatedLimit {
  readonly limitId: string;
  readonly limitVersion: number;
  readonly nodeId: string;
  readonly figure: SimulatedFigure;
  readonly side: 'above' | 'below';
  /** Now. */
  readonly value: number;
  readonly bound: number;
}

/**
 * `exposure`: a sum over the node's weights. `risk`: what the figure is now × how the node's part in the portfolio's deviation has
 * changed, the model estimated again along the path.
 */
export type SimulatedFigure =
  { readonly kind: 'exposure'; readonly of: 'net' | 'gross' | 'cash' } | { readonly kind: 'risk' };

const exposures: Partial<Record<LimitMeasure, 'net' | 'gross' | 'cash'>> = {
  weight: 'net',
  net: 'net',
  gross: 'gross',
  leverage: 'gross',
  cash: 'cash',
};
const parametric: ReadonlySet<string> = new Set(['volatility', 'var', 'es']);

/** How a measure of a node is simulated; undefined for those that are not. */
export function simulatedFigure(
  nodeId: string,
  measure: LimitMeasure,
  budgetMeasure: RiskMeasure | undefined,
): SimulatedFigure | undefined {
  const of = exposures[measure];
  if (of !== undefined) return of === 'cash' && nodeId !== PORTFOLIO_NODE_ID ? undefined : { kind: 'exposure', of };
  const risk = measure === 'utilization' ? budgetMeasure : measure;
  return risk !== undefined && parametric.has(risk) ? { kind: 'risk' } : undefined;
}

/** Places of the positions that lie in a node. */
export function membersOf(nodeId: string, { positions }: Pick<PortfolioInputs, 'positions'>): number[] {
  return positions.flatMap(({ strategy, sector, issuer, instrumentId }, place) =>
    [
      PORTFOLIO_NODE_ID,
      strategyNodeId(strategy),
      sectorNodeId(strategy, sector),
      leafNodeId(strategy, instrumentId),
      issuerNodeId(issuer),
      sectorTotalNodeId(sector),
      instrumentNodeId(instrumentId),
    ].includes(nodeId)
      ? [place]
      : [],
  );
}
