import { snapshotNode, utilizationSnapshot, type UtilizationSnapshot } from '@risk-budget/contracts';

/** A snapshot without its nodes, as it stands in the series `snapshot`. */
export const snapshotDocument = utilizationSnapshot.omit({ nodes: true });
export type SnapshotDocument = Omit<UtilizationSnapshot, 'nodes'>;

/** A node as it stands in the series `snapshot_node`. */
export const nodeDocument = snapshotNode;

/** Where a snapshot stands in the series. */
export interface SnapshotPlace {
  readonly snapshotId: string;
  readonly portfolioId: string;
  readonly sequence: number;
  readonly asOf: string;
}
