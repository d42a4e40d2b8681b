import type {
  LimitMeasure,
  NodeExposure,
  PortfolioMetrics,
  RiskMeasure,
  UtilizationSnapshot,
} from '@risk-budget/contracts';
import { PORTFOLIO_NODE_ID } from '@risk-budget/risk-math';
import { isRiskMeasure } from './limit-nodes.js';

/** The figures of one state of a portfolio that limits are held against: a snapshot, or a computation for a pre-trade check. */
export interface Figures {
  /** The portfolio's own figures. */
  readonly metrics: PortfolioMetrics;
  /**
   * A node or view; `empty` when it holds nothing, `unknown` when these figures do not say (leaves and views are not in every snapshot).
   */
  node(nodeId: string): NodeFigures | 'empty' | 'unknown';
  /** Active budget of a node, absolute, in the measure's unit; null when it has none. */
  budget(measure: RiskMeasure, nodeId: string): number | null;
  /** Part of a budget that share-of-budget limits take. */
  readonly limitBudgetFactor: number;
}

/** The figures of one node. */
export interface NodeFigures {
  readonly weight: number;
  readonly exposure: NodeExposure | undefined;
  /** Signed Euler contribution; undefined when the measure was not computed. */
  contribution(measure: RiskMeasure): number | undefined;
  standalone(measure: RiskMeasure): number | undefined;
}

const inEverySnapshot = /^(portfolio$|strategy:|sector:)/;

/**
 * The figures of a snapshot. A node of the tree that is not listed holds nothing; an unlisted leaf or view holds nothing when the snapshot
 * includes leaves, and is unknown otherwise.
 *
 * @param activeBudget budget of the plan in force, asked when the snapshot names no plan, or not the node
 */
export function snapshotFigures(
  snapshot: Pick<UtilizationSnapshot, 'metrics' | 'nodes' | 'leaves' | 'lineage'>,
  activeBudget: (measure: RiskMeasure, nodeId: string) => number | null,
): Figures {
  const nodes = new Map(snapshot.nodes.map((node) => [node.nodeId, node]));
  return {
    metrics: snapshot.metrics,
    node: (nodeId) => {
      const node = nodes.get(nodeId);
      if (node === undefined) return snapshot.leaves || inEverySnapshot.test(nodeId) ? 'empty' : 'unknown';
      const of = (measure: RiskMeasure) => node.measures.find((entry) => entry.measure === measure);
      return {
        weight: node.weight,
        exposure: node.exposure,
        contribution: (measure) => of(measure)?.consumption,
        standalone: (measure) => of(measure)?.standalone,
      };
    },
    budget: (measure, nodeId) => {
      const listed = nodes.get(nodeId)?.measures.find((entry) => entry.measure === measure);
      if (listed !== undefined && snapshot.lineage.planId !== null) return listed.budget;
      return listed?.budget ?? activeBudget(measure, nodeId);
    },
    limitBudgetFactor: snapshot.lineage.limitBudgetFactor ?? 1,
  };
}

/** What a measure of a node is. `undefined`: these figures do not say. */
export function figureOf(
  figures: Figures,
  nodeId: string,
  measure: LimitMeasure,
  budgetMeasure: RiskMeasure | undefined,
): number | undefined {
  const node = figures.node(nodeId);
  if (node === 'unknown') return undefined;
  if (measure === 'utilization') return budgetMeasure && utilizationFigure(figures, nodeId, budgetMeasure);
  if (nodeId === PORTFOLIO_NODE_ID) return portfolioFigure(figures, node, measure);
  if (node === 'empty') return emptyFigure(figures, measure);
  if (isRiskMeasure(measure)) return node.contribution(measure);
  switch (measure) {
    case 'weight':
    case 'net':
      return node.weight;
    case 'standaloneVolatility':
      return node.standalone('volatility');
    case 'gross':
    case 'leverage':
      return node.exposure?.gross;
    case 'beta':
      return node.exposure?.beta ?? undefined;
    case 'daysToLiquidate':
      return node.exposure?.daysToLiquidate ?? undefined;
    case 'largestWeight':
    case 'topFiveWeight':
    case 'herfindahl':
    case 'effectiveNumber':
      return node.exposure?.[measure];
    case 'cash':
    case 'stressLoss':
      return undefined;
  }
}

function portfolioFigure(figures: Figures, node: NodeFigures | 'empty', measure: LimitMeasure): number | undefined {
  const { metrics } = figures;
  switch (measure) {
    case 'volatility':
    case 'standaloneVolatility':
      return metrics.volatilityAnnual;
    case 'trackingError':
      return metrics.trackingErrorAnnual ?? undefined;
    case 'historicalVar':
    case 'historicalEs':
    case 'beta':
    case 'daysToLiquidate':
      return metrics[measure] ?? undefined;
    case 'weight':
      return node === 'empty' ? 0 : node.weight;
    case 'effectiveNumber':
      return metrics.gross > 0 ? metrics.effectiveNumber : undefined;
    case 'utilization':
    case 'stressLoss':
      return undefined;
    default:
      return metrics[measure];
  }
}

/** A node without positions: no risk and no exposure, where the portfolio itself has the figure. It has no effective number of names. */
function emptyFigure(figures: Figures, measure: LimitMeasure): number | undefined {
  if (measure === 'effectiveNumber' || measure === 'cash') return undefined;
  return portfolioFigure(figures, 'empty', measure) === undefined ? undefined : 0;
}

/** max(0, consumption) / budget, undefined without a budget. */
function utilizationFigure(figures: Figures, nodeId: string, measure: RiskMeasure): number | undefined {
  const budget = figures.budget(measure, nodeId);
  const consumption = figureOf(figures, nodeId, measure, undefined);
  if (budget === null || budget <= 0 || consumption === undefined) return undefined;
  return Math.max(0, consumption) / budget;
}
