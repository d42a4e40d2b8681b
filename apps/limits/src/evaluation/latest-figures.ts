import { utilizationSnapshot, type UtilizationSnapshot } from '@risk-budget/contracts';

/** The parts of a snapshot that limits are held against. */
export const keptSnapshot = utilizationSnapshot.pick({
  snapshotId: true,
  portfolioId: true,
  sequence: true,
  asOf: true,
  cause: true,
  state: true,
  metrics: true,
  lineage: true,
  leaves: true,
  nodes: true,
});
export type KeptSnapshot = Pick<UtilizationSnapshot, keyof typeof keptSnapshot.shape>;

/** The latest figures of a portfolio: the last full snapshot, and what those after it have told anew, oldest first. */
export interface LatestFigures {
  readonly full: KeptSnapshot | null;
  readonly since: readonly KeptSnapshot[];
}

/**
 * The latest figures after one more snapshot. A full one replaces everything. One that leaves quiet leaves out takes from those before it
 * the nodes that it carries itself; what has nothing left of its own goes.
 */
export function withSnapshot(latest: LatestFigures, snapshot: KeptSnapshot): LatestFigures {
  const kept = keptSnapshot.keyof().options;
  const own = Object.fromEntries(kept.map((field) => [field, snapshot[field]])) as unknown as KeptSnapshot;
  if (snapshot.leaves) return { full: own, since: [] };
  const carried = new Set(snapshot.nodes.map((node) => node.nodeId));
  const earlier = latest.since
    .map((one) => ({ ...one, nodes: one.nodes.filter((node) => !carried.has(node.nodeId)) }))
    .filter((one) => one.nodes.length > 0);
  return { full: latest.full, since: [...earlier, own] };
}

/** The snapshot with the latest figures of a node: the newest one, unless that leaves the node out and an earlier one does not. */
export function latestOf(latest: LatestFigures, knows: (snapshot: KeptSnapshot) => boolean): KeptSnapshot | undefined {
  const newestFirst = [...latest.since].reverse().concat(latest.full ?? []);
  return newestFirst.find(knows) ?? newestFirst[0];
}
