import {
  BENCHMARK_NODE_ID,
  PORTFOLIO_NODE_ID,
  instrumentNodeId,
  issuerNodeId,
  leafNodeId,
  sectorNodeId,
  sectorTotalNodeId,
  strategyNodeId,
} from './node-ids.js';
import type { EvaluatedNode, EvaluatedNodeKind, PortfolioLeaf } from './types.js';

/** What a node is. */
export type NodeIdentity = Pick<
  EvaluatedNode,
  'nodeId' | 'kind' | 'parentId' | 'name' | 'strategy' | 'sector' | 'instrumentId'
>;

/** Where a leaf stands in the tree and the views. */
export interface PlacedLeaf {
  readonly leaf: Pick<PortfolioLeaf, 'strategy' | 'sector' | 'issuer' | 'instrumentId'>;
}

/** A node before its figures: what it is and which leaves it holds. */
export interface NodeOutline {
  readonly identity: NodeIdentity;
  /** Indices into the leaves. */
  readonly leaves: readonly number[];
}

/** The tree, parents before children; siblings by name. */
export function treeOf(leaves: readonly PlacedLeaf[], withBenchmark: boolean): NodeOutline[] {
  const everything = leaves.map((_, index) => index);
  const nodes: NodeOutline[] = [outline('portfolio', PORTFOLIO_NODE_ID, null, 'portfolio', everything)];
  for (const [strategy, ofStrategy] of groupBy(everything, (index) => leaves[index]!.leaf.strategy)) {
    const strategyId = strategyNodeId(strategy);
    nodes.push(outline('strategy', strategyId, PORTFOLIO_NODE_ID, strategy, ofStrategy, strategy));
    for (const [sector, ofSector] of groupBy(ofStrategy, (index) => leaves[index]!.leaf.sector)) {
      const sectorId = sectorNodeId(strategy, sector);
      nodes.push(outline('sector', sectorId, strategyId, sector, ofSector, strategy, sector));
      for (const [id, ofLeaf] of groupBy(ofSector, (index) => leaves[index]!.leaf.instrumentId)) {
        nodes.push(outline('leaf', leafNodeId(strategy, id), sectorId, id, ofLeaf, strategy, sector, id));
      }
    }
  }
  if (withBenchmark) nodes.push(outline('benchmark', BENCHMARK_NODE_ID, PORTFOLIO_NODE_ID, 'benchmark', []));
  return nodes;
}

/** Issuer, sector and instrument totals across strategies. */
export function viewsOf(leaves: readonly PlacedLeaf[]): NodeOutline[] {
  const everything = leaves.map((_, index) => index);
  const nodes: NodeOutline[] = [];
  for (const [issuer, members] of groupBy(everything, (index) => leaves[index]!.leaf.issuer)) {
    nodes.push(outline('issuer', issuerNodeId(issuer), null, issuer, members));
  }
  for (const [sector, members] of groupBy(everything, (index) => leaves[index]!.leaf.sector)) {
    nodes.push(outline('sectorTotal', sectorTotalNodeId(sector), null, sector, members, null, sector));
  }
  for (const [id, members] of groupBy(everything, (index) => leaves[index]!.leaf.instrumentId)) {
    nodes.push(outline('instrument', instrumentNodeId(id), null, id, members, null, null, id));
  }
  return nodes;
}

function outline(
  kind: EvaluatedNodeKind,
  nodeId: string,
  parentId: string | null,
  name: string,
  leaves: readonly number[],
  strategy: string | null = null,
  sector: string | null = null,
  instrumentId: string | null = null,
): NodeOutline {
  return { identity: { nodeId, kind, parentId, name, strategy, sector, instrumentId }, leaves };
}

/** Groups in the order of their names, by code unit, so that the answer does not depend on the order of the input. */
function groupBy(indices: readonly number[], nameOf: (index: number) => string): [string, number[]][] {
  const groups = new Map<string, number[]>();
  for (const index of indices) {
    const name = nameOf(index);
    const members = groups.get(name);
    if (members === undefined) groups.set(name, [index]);
    else members.push(index);
  }
  return [...groups].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}
