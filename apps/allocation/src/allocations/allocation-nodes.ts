import { leafNodeId, PORTFOLIO_NODE_ID, type PortfolioEvaluation, type RiskMeasure } from '@risk-budget/risk-math';
import { sharesOfRisk } from '../trees/budget-shares.js';
import { pathOf, type Leaf, type NodePlace } from '../trees/node-place.js';
import type { AllocatedNode } from './allocation.schemas.js';

export interface AllocatedLeaves {
  readonly leaves: readonly Leaf[];
  /** By leaf. */
  readonly weights: Float64Array;
  /** Shares of risk asked for, by leaf. */
  readonly targets: Float64Array;
  readonly evaluation: PortfolioEvaluation;
  readonly measure: RiskMeasure;
  readonly total: number;
  readonly reserve: number;
}

/** The tree of an allocation: weights and shares are sums over leaves, budgets follow the target shares. */
export function nodesOf(input: AllocatedLeaves): AllocatedNode[] {
  const { leaves, weights, targets, evaluation, measure, total, reserve } = input;
  const places = new Map<string, NodePlace>();
  const sums = new Map<string, { weight: number; target: number; realised: number }>();
  const realised = riskByLeaf(evaluation, leaves, measure);
  leaves.forEach((leaf, position) => {
    for (const place of pathOf(leaf)) {
      places.set(place.nodeId, place);
      const sum = sums.get(place.nodeId) ?? { weight: 0, target: 0, realised: 0 };
      sum.weight += weights[position] ?? 0;
      sum.target += targets[position] ?? 0;
      sum.realised += realised[position] ?? 0;
      sums.set(place.nodeId, sum);
    }
  });
  const shares = sharesOfRisk(
    leaves.map((leaf, position) => ({ ...leaf, share: targets[position] ?? 0 })),
    reserve,
  );
  return shares.flatMap(({ nodeId, share }) => {
    const place = places.get(nodeId);
    const sum = sums.get(nodeId);
    if (place === undefined || sum === undefined) return [];
    return [
      {
        ...place,
        weight: sum.weight,
        targetShare: sum.target,
        realisedShare: sum.realised,
        budgetShare: share,
        budget: share * total,
      },
    ];
  });
}

/** Euler shares of the leaves in what all leaves take together: the benchmark's own part of tracking error is left out. */
export function riskByLeaf(
  evaluation: PortfolioEvaluation,
  leaves: readonly Leaf[],
  measure: RiskMeasure,
): Float64Array {
  const contribution = new Map(evaluation.nodes.map((node) => [node.nodeId, node.contributions[measure] ?? 0]));
  const ofLeaves = Float64Array.from(
    leaves,
    (leaf) => contribution.get(leafNodeId(leaf.strategy, leaf.instrumentId)) ?? 0,
  );
  const taken = ofLeaves.reduce((sum, value) => sum + value, 0);
  return taken === 0 ? ofLeaves.fill(0) : ofLeaves.map((value) => value / taken);
}

/** A node's contribution at the weights that were evaluated; the portfolio's is the total. */
export function contributionOf(evaluation: PortfolioEvaluation, nodeId: string, measure: RiskMeasure): number {
  if (nodeId === PORTFOLIO_NODE_ID) return evaluation.totals.measures[measure] ?? 0;
  return evaluation.nodes.find((node) => node.nodeId === nodeId)?.contributions[measure] ?? 0;
}
