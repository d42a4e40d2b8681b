import type { OwnLeaf } from './own-evaluation.js';
import { groupsOf } from './own-evaluation.js';
import type { Matrix } from '../numerics/shrinkage.js';
import { solved } from '../numerics/linear.js';

/** What leaves lose, by node, and how far away the scenario is. */
export interface OwnHypotheticalLoss {
  readonly distance: number;
  readonly nodes: ReadonlyMap<string, number>;
}

/**
 * Some names take a given return, and the others what the covariance expects of them given all those: Σ₂₁ Σ₁₁⁻¹ s. The distance is
 * √(sᵀ Σ₁₁⁻¹ s), in days' deviations.
 *
 * @param shocks by instrument
 */
export function ownHypotheticalLoss(
  { instrumentIds, covariance }: { readonly instrumentIds: readonly string[]; readonly covariance: Matrix },
  shocks: ReadonlyMap<string, number>,
  leaves: readonly OwnLeaf[],
): OwnHypotheticalLoss {
  const rows = [...shocks.keys()].map((id) => instrumentIds.indexOf(id));
  const returns = [...shocks.values()];
  const shocked = rows.map((row) => rows.map((column) => covariance[row]?.[column] ?? NaN));
  const multipliers = solved(shocked, returns);
  const returnOf = (instrumentId: string): number => {
    const own = shocks.get(instrumentId);
    if (own !== undefined) return own;
    const row = covariance[instrumentIds.indexOf(instrumentId)];
    return rows.reduce((sum, column, at) => sum + (row?.[column] ?? NaN) * (multipliers[at] ?? NaN), 0);
  };
  const squared = returns.reduce((sum, value, at) => sum + value * (multipliers[at] ?? NaN), 0);
  return {
    distance: Math.sqrt(squared),
    nodes: new Map(
      [...groupsOf(leaves)].map(([nodeId, members]) => [
        nodeId,
        members.reduce((sum, leaf) => sum - leaf.weight * returnOf(leaf.instrumentId), 0),
      ]),
    ),
  };
}
