import type { StressNode } from '@risk-budget/contracts';
import type { PortfolioInputs, PositionInput } from '@risk-budget/market-data';
import { treeOf, viewsOf, type NodeOutline } from '@risk-budget/risk-math';

/** A portfolio as scenarios see it: weights by leaf, and which leaves each node holds. */
export interface StressedPortfolio {
  readonly inputs: PortfolioInputs;
  /** Every position, with a risk model or without. */
  readonly leaves: readonly PositionInput[];
  /** The tree, parents before children, then the views. */
  readonly outlines: readonly NodeOutline[];
}

export function stressedPortfolio(inputs: PortfolioInputs): StressedPortfolio {
  const leaves = inputs.positions;
  const placed = leaves.map((leaf) => ({ leaf }));
  return { inputs, leaves, outlines: [...treeOf(placed, false), ...viewsOf(placed)] };
}

/** Signed weight of each of some instruments, all its leaves together; 0 for those that are not held. */
export function weightsBy(portfolio: StressedPortfolio, instrumentIds: readonly string[]): Float64Array {
  const weights = new Float64Array(instrumentIds.length);
  const rows = new Map(instrumentIds.map((id, row) => [id, row]));
  for (const { instrumentId, weight } of portfolio.leaves) {
    const row = rows.get(instrumentId);
    if (row !== undefined) weights[row]! += weight;
  }
  return weights;
}

/**
 * Loss of each leaf, fraction of NAV: −w × what its instrument moves by.
 *
 * @param moves by instrument: a return, or a loss for a unit of weight with its sign changed
 */
export function leafLosses(
  portfolio: StressedPortfolio,
  instrumentIds: readonly string[],
  moves: Float64Array,
): Float64Array {
  const rows = new Map(instrumentIds.map((id, row) => [id, row]));
  return Float64Array.from(portfolio.leaves, ({ instrumentId, weight }) => {
    const row = rows.get(instrumentId);
    if (row === undefined) throw new TypeError(`the scenario says nothing of ${instrumentId}`);
    return 0 - weight * (moves[row] ?? 0);
  });
}

/** Every node under some scenarios, given the losses of the leaves under each. */
export function stressNodes(portfolio: StressedPortfolio, scenarios: readonly Float64Array[]): StressNode[] {
  return portfolio.outlines.map(({ identity, leaves }) => ({
    nodeId: identity.nodeId,
    parentId: identity.parentId,
    kind: identity.kind as StressNode['kind'],
    weight: sumOver(leaves, (leaf) => portfolio.leaves[leaf]?.weight ?? 0),
    losses: scenarios.map((losses) => sumOver(leaves, (leaf) => losses[leaf] ?? 0)),
  }));
}

/** How much of the gross exposure rests on its own history. */
export interface Coverage {
  readonly ownShare: number;
  readonly proxiedShare: number;
  readonly proxied: string[];
}

/** @param isProxied whether a stand-in speaks for an instrument, wholly or on some days */
export function coverageOf(portfolio: StressedPortfolio, isProxied: (position: PositionInput) => boolean): Coverage {
  let gross = 0;
  let standing = 0;
  const proxied = new Set<string>();
  for (const leaf of portfolio.leaves) {
    gross += Math.abs(leaf.weight);
    if (!isProxied(leaf)) continue;
    standing += Math.abs(leaf.weight);
    proxied.add(leaf.instrumentId);
  }
  const proxiedShare = gross === 0 ? 0 : Math.min(1, standing / gross);
  return { ownShare: 1 - proxiedShare, proxiedShare, proxied: [...proxied].sort() };
}

function sumOver(leaves: readonly number[], of: (leaf: number) => number): number {
  let sum = 0;
  for (const leaf of leaves) sum += of(leaf);
  return sum;
}
