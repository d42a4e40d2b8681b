import type { SnapshotNode } from '@risk-budget/contracts';
import { isNearThreshold, type Thresholds } from '../thresholds/threshold-machine.js';

/** Distance from a threshold within which a leaf is worth telling of at every tick. */
const nearThreshold = 0.02;

const treeKinds: ReadonlySet<string> = new Set(['portfolio', 'strategy', 'sector', 'benchmark']);

/** What decides which leaves a snapshot between two full ones carries. */
export interface SelectionContext {
  readonly thresholds: Thresholds;
  /** Leaf ids of the instruments whose price has changed, and nodes whose state has. */
  readonly touched: ReadonlySet<string>;
}

/**
 * The nodes of a snapshot between two full ones: portfolio, strategies and sectors, and those leaves that have changed or stand near a
 * threshold.
 */
export function withoutQuietLeaves(nodes: readonly SnapshotNode[], context: SelectionContext): SnapshotNode[] {
  return nodes.filter((node) => {
    if (treeKinds.has(node.kind)) return true;
    if (node.kind !== 'leaf') return false;
    if (context.touched.has(node.nodeId)) return true;
    return node.measures.some(({ utilization }) => isNearThreshold(utilization, context.thresholds, nearThreshold));
  });
}
