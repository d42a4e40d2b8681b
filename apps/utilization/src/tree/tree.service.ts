import { Injectable } from '@nestjs/common';
import type { SnapshotNode, UtilizationSnapshot } from '@risk-budget/contracts';
import { seenAt } from '@risk-budget/market-data';
import { noSnapshot, unknownPortfolio } from '../errors.js';
import type { Problem } from '../portfolios/portfolio-state.js';
import { PortfolioStateRepository } from '../portfolios/portfolio-state.repository.js';
import type { AsOfQuery } from '../rest/parameters.js';
import { PortfolioComputation, type EvaluatedPortfolio } from '../snapshots/portfolio-computation.js';
import { nodesOf } from '../snapshots/snapshot-assembly.js';
import { isComplete, lineageOf, metricsOf } from '../snapshots/snapshot-figures.js';
import { SnapshotRepository } from '../snapshots/snapshot.repository.js';
import type { TreeQuery, UtilizationTree } from './tree.schemas.js';

/** Trees: the latest, one as it was seen at a moment, one as it is known now to have been. */
@Injectable()
export class TreeService {
  constructor(
    private readonly states: PortfolioStateRepository,
    private readonly snapshots: SnapshotRepository,
    private readonly computation: PortfolioComputation,
  ) {}

  /** @throws NotFoundError for an unknown portfolio; UtilizationError `UTILIZATION.NO_SNAPSHOT`, `UTILIZATION.NOT_COMPUTABLE` */
  async tree(portfolioId: string, query: AsOfQuery): Promise<UtilizationTree> {
    const state = await this.states.find(portfolioId);
    if (state === undefined) throw unknownPortfolio(portfolioId);
    if (query.asOf === undefined) {
      const { snapshotId, sequence, asOf } = state;
      if (snapshotId === null || asOf === null) {
        throw noSnapshot(portfolioId, state.problem?.detail ?? 'no positions and risk model have arrived.');
      }
      return this.stored({ portfolioId, snapshotId, sequence, asOf }, state.problem);
    }
    if (query.knownAt !== undefined) return this.recomputed(portfolioId, query.asOf, query.knownAt);
    const place = await this.snapshots.placeAt(portfolioId, query.asOf);
    if (place === undefined) throw noSnapshot(portfolioId, `none was taken up to ${query.asOf}.`);
    return this.stored(place, null);
  }

  private async stored(
    place: Parameters<SnapshotRepository['read']>[0],
    problem: Problem | null,
  ): Promise<UtilizationTree> {
    const snapshot = await this.snapshots.read(place);
    return treeOfSnapshot(snapshot, problem, snapshot.leaves ? snapshot.nodes : await this.withLeaves(snapshot));
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

function treeOfSnapshot(
  snapshot: UtilizationSnapshot,
  problem: Problem | null,
  nodes: readonly SnapshotNode[],
): UtilizationTree {
  const { portfolioId, asOf, state, baseCurrency, nav, metrics, modelledShare, proxiedShare, stalePrices, lineage } =
    snapshot;
  const figures = {
    portfolioId,
    asOf,
    state,
    baseCurrency,
    nav,
    metrics,
    modelledShare,
    proxiedShare,
    stalePrices,
    lineage,
  };
  const { snapshotId, sequence, cause } = snapshot;
  return { ...figures, knownAt: asOf, source: 'snapshot', snapshotId, sequence, cause, problem, nodes: [...nodes] };
}

function treeOfEvaluation(portfolio: EvaluatedPortfolio, asOf: string, knownAt: string): UtilizationTree {
  const { inputs, evaluation, plan } = portfolio;
  return {
    portfolioId: inputs.portfolio.portfolioId,
    asOf,
    state: isComplete(inputs) ? 'complete' : 'incomplete',
    baseCurrency: inputs.portfolio.baseCurrency,
    nav: inputs.nav,
    metrics: metricsOf(inputs, evaluation),
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
