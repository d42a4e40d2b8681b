import { Injectable } from '@nestjs/common';
import type { SnapshotNode, UtilizationSnapshot } from '@risk-budget/contracts';
import { portfolioMetricsOf, seenAt } from '@risk-budget/market-data';
import { noSnapshot, unknownPortfolio } from '../errors.js';
import type { Problem } from '../portfolios/portfolio-state.js';
import { PortfolioStateRepository } from '../portfolios/portfolio-state.repository.js';
import type { AsOfQuery } from '../rest/parameters.js';
import { PortfolioComputation, type EvaluatedPortfolio } from '../snapshots/portfolio-computation.js';
import { nodesOf } from '../snapshots/snapshot-assembly.js';
import { isComplete, lineageOf } from '../snapshots/snapshot-figures.js';
import type { SnapshotDocument, SnapshotPlace } from '../snapshots/snapshot-records.js';
import { SnapshotRepository } from '../snapshots/snapshot.repository.js';
import type { MetricsView, TreeQuery, UtilizationTree } from './tree.schemas.js';

/** Trees: the latest, one as it was seen at a moment, one as it is known now to have been. */
@Injectable()
export class TreeService {
  constructor(
    private readonly states: PortfolioStateRepository,
    private readonly snapshots: SnapshotRepository,
    private readonly computation: PortfolioComputation,
  ) {}

  /** @throws NotFoundError for an unknown portfolio; CodedError `UTILIZATION.NO_SNAPSHOT`, `UTILIZATION.NOT_COMPUTABLE`, `MARKET_DATA.…` */
  async tree(portfolioId: string, query: AsOfQuery): Promise<UtilizationTree> {
    if (query.asOf !== undefined && query.knownAt !== undefined) {
      return this.recomputed(portfolioId, query.asOf, query.knownAt);
    }
    const { place, problem } = await this.find(portfolioId, query.asOf);
    const snapshot = await this.snapshots.read(place);
    const nodes = snapshot.leaves ? snapshot.nodes : await this.withLeaves(snapshot);
    return { ...viewOf(snapshot, problem), nodes };
  }

  /** The figures of the portfolio as a whole. @throws as {@link tree} */
  async metrics(portfolioId: string, query: AsOfQuery): Promise<MetricsView> {
    if (query.asOf !== undefined && query.knownAt !== undefined) {
      const { nodes: _, ...view } = await this.recomputed(portfolioId, query.asOf, query.knownAt);
      return view;
    }
    const { place, problem } = await this.find(portfolioId, query.asOf);
    return viewOf(await this.snapshots.readDocument(place), problem);
  }

  /** The latest snapshot, or the last one up to a moment. */
  private async find(
    portfolioId: string,
    asOf: string | undefined,
  ): Promise<{ readonly place: SnapshotPlace; readonly problem: Problem | null }> {
    if (asOf !== undefined) {
      const place = await this.snapshots.placeAt(portfolioId, asOf);
      if (place === undefined) throw noSnapshot(portfolioId, `none was taken up to ${asOf}.`);
      return { place, problem: null };
    }
    const state = await this.states.present(portfolioId);
    if (state === undefined) throw unknownPortfolio(portfolioId);
    const { snapshotId, sequence, problem } = state;
    if (snapshotId === null || state.asOf === null) {
      throw noSnapshot(portfolioId, problem?.detail ?? 'no positions and risk model have arrived.');
    }
    return { place: { portfolioId, snapshotId, sequence, asOf: state.asOf }, problem };
  }

  /** A snapshot between two full ones has only some leaves: the others are computed from what it was computed from. */
  private async withLeaves(snapshot: UtilizationSnapshot): Promise<SnapshotNode[]> {
    const portfolio = await this.computation.evaluateAt(snapshot.portfolioId, seenAt(snapshot.asOf));
    const stored = new Map(snapshot.nodes.map((node) => [node.nodeId, node]));
    return nodesOf(portfolio, new Map()).nodes.map((node) => stored.get(node.nodeId) ?? node);
  }

  private async recomputed(portfolioId: string, asOf: string, knownAt: string): Promise<UtilizationTree> {
    const portfolio = await this.computation.evaluateAt(portfolioId, { asOf, knownAt });
    return treeOfEvaluation(portfolio, asOf, knownAt);
  }
}

/** Leaves out the measures and kinds of node that were not asked for. */
export function narrowed(
  tree: UtilizationTree,
  { measure, kind }: Pick<TreeQuery, 'measure' | 'kind'>,
): UtilizationTree {
  if (measure === undefined && kind === undefined) return tree;
  const nodes = tree.nodes
    .filter((node) => kind === undefined || node.kind === kind)
    .map((node) =>
      measure === undefined ? node : { ...node, measures: node.measures.filter((item) => item.measure === measure) },
    );
  return { ...tree, nodes };
}

function viewOf(snapshot: SnapshotDocument, problem: Problem | null): MetricsView {
  const { portfolioId, asOf, state, baseCurrency, nav, metrics } = snapshot;
  const { modelledShare, proxiedShare, stalePrices, lineage, snapshotId, sequence, cause } = snapshot;
  return {
    ...{ portfolioId, asOf, state, baseCurrency, nav, metrics, modelledShare, proxiedShare, stalePrices, lineage },
    ...{ knownAt: asOf, source: 'snapshot', snapshotId, sequence, cause, problem },
  };
}

function treeOfEvaluation(portfolio: EvaluatedPortfolio, asOf: string, knownAt: string): UtilizationTree {
  const { inputs, evaluation, plan } = portfolio;
  return {
    portfolioId: inputs.portfolio.portfolioId,
    asOf,
    state: isComplete(inputs) ? 'complete' : 'incomplete',
    baseCurrency: inputs.portfolio.baseCurrency,
    nav: inputs.nav,
    metrics: portfolioMetricsOf(evaluation, inputs.daysToLiquidate),
    modelledShare: inputs.modelledShare,
    proxiedShare: inputs.proxiedShare,
    stalePrices: [...inputs.stalePrices],
    lineage: lineageOf(inputs, plan),
    knownAt,
    source: 'recomputed',
    snapshotId: null,
    sequence: null,
    cause: null,
    problem: null,
    nodes: nodesOf(portfolio, new Map()).nodes,
  };
}
