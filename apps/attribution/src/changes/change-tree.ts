import {
  BENCHMARK_NODE_ID,
  instrumentNodeId,
  issuerNodeId,
  leafNodeId,
  PORTFOLIO_NODE_ID,
  sectorNodeId,
  sectorTotalNodeId,
  strategyNodeId,
  type ExplainedLeaf,
} from '@risk-budget/risk-math';

/** A node above some leaves. */
export interface ChangeNode {
  readonly nodeId: string;
  readonly parentId: string | null;
  /** Indices of its leaves. */
  readonly leaves: readonly number[];
}

/** The ids of every node and view that a leaf belongs to. */
export function nodesAbove({ strategy, sector, issuer, instrumentId }: ExplainedLeaf): string[] {
  return [
    PORTFOLIO_NODE_ID,
    strategyNodeId(strategy),
    sectorNodeId(strategy, sector),
    leafNodeId(strategy, instrumentId),
    issuerNodeId(issuer),
    sectorTotalNodeId(sector),
    instrumentNodeId(instrumentId),
  ];
}

export function leavesOf(nodeId: string, leaves: readonly ExplainedLeaf[]): number[] {
  return leaves.flatMap((leaf, index) => (nodesAbove(leaf).includes(nodeId) ? [index] : []));
}

/** The whole, and below it the strategies, sectors and leaves that it is made of; the benchmark's own part where it belongs to it. */
export function treeBelow(nodeId: string, leaves: readonly ExplainedLeaf[], withBenchmark: boolean): ChangeNode[] {
  const whole = leavesOf(nodeId, leaves);
  const nodes = new Map<string, { nodeId: string; parentId: string | null; leaves: number[] }>();
  nodes.set(nodeId, { nodeId, parentId: null, leaves: whole });
  for (const index of whole) {
    const leaf = leaves[index];
    if (leaf === undefined) continue;
    let parentId = nodeId;
    // Strategy, sector and leaf: from the whole on down, for it may be one of them itself.
    const path = nodesAbove(leaf).slice(1, 4);
    for (const id of path.slice(path.indexOf(nodeId) + 1)) {
      const node = nodes.get(id) ?? { nodeId: id, parentId, leaves: [] };
      nodes.set(id, node);
      node.leaves.push(index);
      parentId = id;
    }
  }
  const benchmark = { nodeId: BENCHMARK_NODE_ID, parentId: nodeId, leaves: [] };
  return [...nodes.values(), ...(withBenchmark ? [benchmark] : [])];
}
