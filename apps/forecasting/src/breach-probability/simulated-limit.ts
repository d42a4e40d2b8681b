import type { LimitDefinition, LimitMeasure, RiskMeasure } from '@risk-budget/contracts';
import type { PortfolioInputs } from '@risk-budget/market-data';
import {
  instrumentNodeId,
  issuerNodeId,
  leafNodeId,
  PORTFOLIO_NODE_ID,
  sectorNodeId,
  sectorTotalNodeId,
  strategyNodeId,
  type PathFigure,
  type PathLimit,
} from '@risk-budget/risk-math';
import type { UnmodelledCode } from './breach-estimate.js';

/** A limit as the simulation takes it, by its name. */
export interface SimulatedLimit extends PathLimit {
  readonly limitId: string;
  readonly limitVersion: number;
}

/** What of a portfolio decides on how its figures are simulated. */
export interface SimulationScope {
  /** Whether the returns of its benchmark are known. */
  readonly hasBenchmark: boolean;
  /** By which a one-day historical measure becomes that of the policy. */
  readonly tailScale: number;
  /** Active budget of a node; null without one. */
  budget(measure: RiskMeasure, nodeId: string): number | null;
}

const simple: Partial<Record<LimitMeasure, PathFigure>> = {
  weight: { kind: 'exposure', of: 'net' },
  net: { kind: 'exposure', of: 'net' },
  gross: { kind: 'exposure', of: 'gross' },
  leverage: { kind: 'exposure', of: 'gross' },
  cash: { kind: 'exposure', of: 'cash' },
  largestWeight: { kind: 'concentration', of: 'largest' },
  topFiveWeight: { kind: 'concentration', of: 'topFive' },
  herfindahl: { kind: 'concentration', of: 'herfindahl' },
  effectiveNumber: { kind: 'concentration', of: 'effectiveNumber' },
  volatility: { kind: 'risk', of: 'contribution' },
  var: { kind: 'risk', of: 'contribution' },
  es: { kind: 'risk', of: 'contribution' },
  standaloneVolatility: { kind: 'risk', of: 'standAlone' },
  trackingError: { kind: 'risk', of: 'active' },
  beta: { kind: 'risk', of: 'beta' },
  // Quantities stand still, and the volume that is traded is not simulated.
  daysToLiquidate: { kind: 'constant' },
};

/** How the figure of a limit follows from the portfolio's path, or why it does not. */
export function simulatedFigure(
  { measure, budgetMeasure }: Pick<LimitDefinition, 'measure' | 'budgetMeasure'>,
  nodeId: string,
  scope: SimulationScope,
): PathFigure | UnmodelledCode {
  if (measure === 'utilization') {
    if (budgetMeasure === undefined) return 'NO_BUDGET';
    const budget = scope.budget(budgetMeasure, nodeId);
    if (budget === null || budget <= 0) return 'NO_BUDGET';
    return simulatedFigure({ measure: budgetMeasure }, nodeId, { ...scope, tailScale: scope.tailScale / budget });
  }
  if (measure === 'stressLoss') return 'STRESS_LOSS';
  if (measure === 'historicalVar' || measure === 'historicalEs') {
    if (nodeId !== PORTFOLIO_NODE_ID) return 'HISTORICAL_OF_A_NODE';
    return { kind: 'historical', of: measure === 'historicalVar' ? 'var' : 'es', scale: scope.tailScale };
  }
  const figure = simple[measure];
  if (figure === undefined) return 'NO_FIGURE';
  const needsBenchmark = figure.kind === 'risk' && (figure.of === 'active' || figure.of === 'beta');
  return needsBenchmark && !scope.hasBenchmark ? 'NO_BENCHMARK_RETURNS' : figure;
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
