import type { SnapshotNode, UtilizationSnapshot } from '@risk-budget/contracts';
import { portfolioMetricsOf, snapshotFigures, type Figures } from '@risk-budget/market-data';
import { leafNodeId } from '@risk-budget/risk-math';
import { watchLimits, unwatched, type LimitSides, type LimitWatch, type WatchedLimit } from '../limits/limit-watch.js';
import { assembleNodes, type AssembledNodes } from '../nodes/node-assembly.js';
import type { NodeStates } from '../nodes/node-states.js';
import { countState, worstOf, type Headline } from './headline.js';
import type { EvaluatedPortfolio } from './portfolio-computation.js';
import { isComplete, lineageOf } from './snapshot-figures.js';
import { withoutQuietLeaves } from './snapshot-selection.js';

/** What a snapshot is called and why it was taken. */
export interface SnapshotIdentity {
  readonly snapshotId: string;
  readonly sequence: number;
  readonly asOf: string;
  readonly cause: UtilizationSnapshot['cause'];
  readonly causeId: string;
}

/** Nodes with their states, moved on from those of the snapshot before. */
export function nodesOf(portfolio: EvaluatedPortfolio, previousStates: NodeStates): AssembledNodes {
  const { inputs, evaluation, plan } = portfolio;
  return assembleNodes({
    evaluation,
    positions: inputs.positions,
    plan,
    thresholds: inputs.policy.thresholds,
    previousStates,
    complete: isComplete(inputs),
  });
}

/** The figures that limits are held against: the same as the reader of the snapshot has. */
export function figuresOf({ inputs, evaluation, plan }: EvaluatedPortfolio, { nodes }: AssembledNodes): Figures {
  const metrics = portfolioMetricsOf(evaluation, inputs.daysToLiquidate);
  return snapshotFigures({ metrics, nodes, leaves: true, lineage: lineageOf(inputs, plan) }, () => null);
}

/** How the limits stand on the figures of the nodes: the same figures, held by the same rule as the reader of the snapshot does. */
export function limitWatchOf(
  portfolio: EvaluatedPortfolio,
  assembled: AssembledNodes,
  limits: readonly WatchedLimit[],
  at: string,
  previous: LimitSides,
): LimitWatch {
  if (limits.length === 0 || !isComplete(portfolio.inputs)) return unwatched(limits.length === 0 ? {} : previous);
  return watchLimits(limits, figuresOf(portfolio, assembled), at, previous);
}

/**
 * The snapshot as it is stored and published.
 *
 * @param watch the limits' nodes that are told of whatever else is left out
 * @param tickedInstruments instruments whose price has moved within the day; absent for a full snapshot
 */
export function assembleSnapshot(
  identity: SnapshotIdentity,
  portfolio: EvaluatedPortfolio,
  assembled: AssembledNodes,
  watch: LimitWatch,
  tickedInstruments?: readonly string[],
): UtilizationSnapshot {
  const { inputs, evaluation, plan } = portfolio;
  return {
    ...identity,
    portfolioId: inputs.portfolio.portfolioId,
    state: isComplete(inputs) ? 'complete' : 'incomplete',
    baseCurrency: inputs.portfolio.baseCurrency,
    nav: inputs.nav,
    metrics: portfolioMetricsOf(evaluation, inputs.daysToLiquidate),
    modelledShare: inputs.modelledShare,
    proxiedShare: inputs.proxiedShare,
    stalePrices: [...inputs.stalePrices],
    lineage: lineageOf(inputs, plan),
    marks: inputs.marks.map((mark) => ({ ...mark })),
    leaves: tickedInstruments === undefined,
    nodes:
      tickedInstruments === undefined ? assembled.nodes : tickNodes(portfolio, assembled, watch, tickedInstruments),
  };
}

export function headlineOf(snapshot: UtilizationSnapshot, nodes: readonly SnapshotNode[]): Headline {
  const { metrics } = snapshot;
  return {
    cause: snapshot.cause,
    state: snapshot.state,
    nav: snapshot.nav,
    volatilityAnnual: metrics.volatilityAnnual,
    var: metrics.var,
    es: metrics.es,
    trackingErrorAnnual: metrics.trackingErrorAnnual,
    gross: metrics.gross,
    net: metrics.net,
    worst: worstOf(nodes),
    amber: countState(nodes, 'amber'),
    red: countState(nodes, 'red'),
    stalePrices: snapshot.stalePrices.length,
  };
}

function tickNodes(
  { inputs }: EvaluatedPortfolio,
  { nodes, changes }: AssembledNodes,
  watch: LimitWatch,
  tickedInstruments: readonly string[],
): SnapshotNode[] {
  const ticked = new Set(tickedInstruments);
  const moved = inputs.positions.filter(({ instrumentId }) => ticked.has(instrumentId));
  return withoutQuietLeaves(nodes, {
    thresholds: inputs.policy.thresholds,
    touched: new Set([
      ...moved.map(({ strategy, instrumentId }) => leafNodeId(strategy, instrumentId)),
      ...changes.map(({ nodeId }) => nodeId),
      ...watch.nodeIds,
    ]),
  });
}
