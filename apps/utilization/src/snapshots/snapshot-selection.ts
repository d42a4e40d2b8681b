import type { SnapshotNode } from '@risk-budget/contracts';
import { isNearThreshold, type Thresholds } from '../thresholds/threshold-machine.js';

/** Distance from a threshold within which a leaf is worth telling of at every tick. */
const nearThreshold = 0.02;

const treeKinds: ReadonlySet<string> = new Set(['portfolio', 'strategy', 'sector', 'benchmark']);

/** What decides which leaves a snapshot between two full ones carries. */
export interface SelectionContext {
  readonly thresholds: Thresholds;
  /** Leaf ids of the instruments whose price has changed, nodes whose state has, and nodes whose limit is crossed, breached or close. */
  readonly touched: ReadonlySet<string>;
}

/**
 * The nodes of a snapshot between two full ones: portfolio, strategies and sectors, those leaves that have changed or stand near a
 * threshold, and the leaves and views that a limit is about to be, or is, breached at.
 */
export function withoutQuietLeaves(nodes: readonly SnapshotNode[], context: SelectionContext): SnapshotNode[] {
  return nodes.filter((node) => {
    if (treeKinds.has(node.kind)) return true;
    if (context.touched.has(node.nodeId)) return true;
    if (node.kind !== 'leaf') return false;
    return node.measures.some(({ utilization }) => isNearThreshold(utilization, context.thresholds, nearThreshold));
  });
}
