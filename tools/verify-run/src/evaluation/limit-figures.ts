import type { LimitDefinition, NodeExposure, NodeMeasure, PortfolioMetrics, RiskMeasure } from '@risk-budget/contracts';

interface LimitedNode {
  readonly nodeId: string;
  readonly weight: number;
  readonly exposure?: NodeExposure | undefined;
  readonly measures: readonly Pick<NodeMeasure, 'measure' | 'consumption' | 'standalone' | 'budget'>[];
}

/** What limits are held against: a snapshot, or a portfolio as recomputed. */
export interface LimitedFigures {
  readonly metrics: PortfolioMetrics;
  /** Whether leaves and views are among the nodes. */
  readonly leaves: boolean;
  readonly lineage: { readonly limitBudgetFactor?: number | undefined };
  readonly nodes: readonly LimitedNode[];
}

/** The node or view that a limit is about. */
export function nodeOf({ scope }: Pick<LimitDefinition, 'scope'>): string {
  switch (scope.level) {
    case 'portfolio':
      return 'portfolio';
    case 'strategy':
      return `strategy:${scope.strategy}`;
    case 'sector':
      return scope.strategy === undefined ? `sectorTotal:${scope.sector}` : `sector:${scope.strategy}/${scope.sector}`;
    case 'issuer':
      return `issuer:${scope.issuer}`;
    case 'instrument':
      return scope.strategy === undefined
        ? `instrument:${scope.instrumentId}`
        : `leaf:${scope.strategy}/${scope.instrumentId}`;
  }
}

/** What a limit measures in a snapshot; undefined when the snapshot does not say. */
export function figureOf(limit: LimitDefinition, snapshot: LimitedFigures): number | undefined {
  const nodeId = nodeOf(limit);
  const node = snapshot.nodes.find((candidate) => candidate.nodeId === nodeId);
  if (limit.measure === 'utilization') {
    const figures = node?.measures.find(({ measure }) => measure === limit.budgetMeasure);
    if (figures?.budget === null || figures?.budget === undefined || figures.budget <= 0) return undefined;
    return Math.max(0, figures.consumption) / figures.budget;
  }
  if (nodeId === 'portfolio') return ofPortfolio(limit, snapshot, node);
  if (node !== undefined) return ofNode(limit, node);
  return snapshot.leaves || /^(strategy|sector):/.test(nodeId) ? 0 : undefined;
}

function ofPortfolio(
  { measure }: LimitDefinition,
  { metrics }: LimitedFigures,
  node: LimitedNode | undefined,
): number | undefined {
  switch (measure) {
    case 'volatility':
    case 'standaloneVolatility':
      return metrics.volatilityAnnual;
    case 'trackingError':
      return metrics.trackingErrorAnnual ?? undefined;
    case 'weight':
      return node?.weight ?? 0;
    case 'effectiveNumber':
      return metrics.gross > 0 ? metrics.effectiveNumber : undefined;
    case 'utilization':
    case 'stressLoss':
      return undefined;
    default:
      return metrics[measure] ?? undefined;
  }
}

function ofNode({ measure }: LimitDefinition, node: LimitedNode): number | undefined {
  const figures = (name: RiskMeasure) => node.measures.find((candidate) => candidate.measure === name);
  switch (measure) {
    case 'weight':
    case 'net':
      return node.weight;
    case 'standaloneVolatility':
      return figures('volatility')?.standalone;
    case 'gross':
    case 'leverage':
      return node.exposure?.gross;
    case 'beta':
    case 'daysToLiquidate':
    case 'largestWeight':
    case 'topFiveWeight':
    case 'herfindahl':
    case 'effectiveNumber':
      return node.exposure?.[measure] ?? undefined;
    case 'cash':
    case 'utilization':
    case 'stressLoss':
      return undefined;
    default:
      return figures(measure)?.consumption;
  }
}

/** The bound at an instant in the unit of the measure; undefined for a share of a budget that the node does not have. */
export function boundOf(limit: LimitDefinition, snapshot: LimitedFigures, at: string): number | undefined {
  const bound = boundAt(limit, at);
  if (bound.kind === 'absolute') return bound.value;
  const node = snapshot.nodes.find((candidate) => candidate.nodeId === nodeOf(limit));
  const budget = node?.measures.find(({ measure }) => measure === limit.measure)?.budget;
  if (budget === null || budget === undefined) return undefined;
  return bound.share * budget * (snapshot.lineage.limitBudgetFactor ?? 1);
}

/** The bound of a limit that has no budget; undefined for a share of one. */
export function absoluteBoundOf(limit: LimitDefinition, at: string): number | undefined {
  const bound = boundAt(limit, at);
  return bound.kind === 'absolute' ? bound.value : undefined;
}

function boundAt(limit: LimitDefinition, at: string): LimitDefinition['bound'] {
  const override = limit.overrides?.find(({ effectiveFrom, effectiveTo }) => effectiveFrom <= at && at < effectiveTo);
  return override?.bound ?? limit.bound;
}
