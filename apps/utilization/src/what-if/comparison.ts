import type { NodeMeasure, PortfolioMetrics, SnapshotNode } from '@risk-budget/contracts';
import type { WhatIfNode } from './what-if.schemas.js';

type Figures = Omit<NodeMeasure, 'measure'>;

/** After − before of each metric that both sides have. */
export function metricsChange(before: PortfolioMetrics, after: PortfolioMetrics): Record<string, number> {
  const change: Record<string, number> = {};
  for (const name of Object.keys(before) as (keyof PortfolioMetrics)[]) {
    const [from, to] = [before[name], after[name]];
    if (from !== null && to !== null) change[name] = to - from;
  }
  return change;
}

/** Two sets of nodes side by side: those of `after` in their order, then those that only `before` has. */
export function compareNodes(
  before: readonly SnapshotNode[],
  after: readonly SnapshotNode[],
  wanted: (node: SnapshotNode) => boolean,
): WhatIfNode[] {
  const earlier = new Map(before.map((node) => [node.nodeId, node]));
  const later = new Set(after.map((node) => node.nodeId));
  return [
    ...after.filter(wanted).map((node) => compared(earlier.get(node.nodeId), node)),
    ...before.filter((node) => !later.has(node.nodeId) && wanted(node)).map((node) => compared(node, undefined)),
  ];
}

function compared(before: SnapshotNode | undefined, after: SnapshotNode | undefined): WhatIfNode {
  const node = after ?? before;
  if (node === undefined) throw new TypeError('a node on neither side');
  return {
    nodeId: node.nodeId,
    parentId: node.parentId,
    kind: node.kind,
    valueBefore: before?.value ?? 0,
    valueAfter: after?.value ?? 0,
    weightBefore: before?.weight ?? 0,
    weightAfter: after?.weight ?? 0,
    measures: node.measures.map(({ measure }) => {
      const [from, to] = [figuresOf(before, measure), figuresOf(after, measure)];
      const consumptionChange = (to?.consumption ?? 0) - (from?.consumption ?? 0);
      return { measure, before: from, after: to, consumptionChange };
    }),
  };
}

function figuresOf(node: SnapshotNode | undefined, wanted: NodeMeasure['measure']): Figures | null {
  const found = node?.measures.find(({ measure }) => measure === wanted);
  if (found === undefined) return null;
  const { measure: _, ...figures } = found;
  return figures;
}
