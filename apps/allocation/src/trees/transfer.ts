import type { FieldProblem } from '@risk-budget/contracts';
import type { PlacedShare } from './budget-shares.js';

/** Budget to move from a node to its sibling. */
export interface ShareTransfer {
  readonly fromNodeId: string;
  readonly toNodeId: string;
  /** Share of the portfolio's budget. */
  readonly share: number;
  /** `scale`: what stands below either node grows or shrinks with it. `keep`: it stays as it is. */
  readonly descendants: 'scale' | 'keep';
}

/**
 * The tree after a transfer between siblings. Their parent's share, and so everything outside the two branches, stays.
 *
 * @returns the nodes in their order, or what is wrong
 */
export function transferred(
  nodes: readonly PlacedShare[],
  transfer: ShareTransfer,
): { readonly nodes: PlacedShare[] } | { readonly problems: FieldProblem[] } {
  const from = nodes.find((node) => node.nodeId === transfer.fromNodeId);
  const to = nodes.find((node) => node.nodeId === transfer.toNodeId);
  const problems = problemsOf(nodes, transfer, from, to);
  if (problems.length > 0 || from === undefined || to === undefined) return { problems };
  const scales = new Map([
    [from.nodeId, (from.share - transfer.share) / from.share],
    [to.nodeId, to.share > 0 ? (to.share + transfer.share) / to.share : 1],
  ]);
  const parents = new Map(nodes.map((node) => [node.nodeId, node.parentId]));
  return {
    nodes: nodes.map((node) => {
      if (node.nodeId === from.nodeId) return { ...node, share: from.share - transfer.share };
      if (node.nodeId === to.nodeId) return { ...node, share: to.share + transfer.share };
      const scale = transfer.descendants === 'scale' ? scaleAbove(node, parents, scales) : 1;
      return scale === 1 ? node : { ...node, share: node.share * scale };
    }),
  };
}

function scaleAbove(
  node: PlacedShare,
  parents: ReadonlyMap<string, string | null>,
  scales: ReadonlyMap<string, number>,
): number {
  for (let above = node.parentId; above !== null; above = parents.get(above) ?? null) {
    const scale = scales.get(above);
    if (scale !== undefined) return scale;
  }
  return 1;
}

function problemsOf(
  nodes: readonly PlacedShare[],
  transfer: ShareTransfer,
  from: PlacedShare | undefined,
  to: PlacedShare | undefined,
): FieldProblem[] {
  if (from === undefined) return [{ field: 'fromNodeId', problem: `the tree has no node '${transfer.fromNodeId}'` }];
  if (to === undefined) return [{ field: 'toNodeId', problem: `the tree has no node '${transfer.toNodeId}'` }];
  if (from.nodeId === to.nodeId || from.parentId !== to.parentId) {
    const siblings = nodes.filter((node) => node.parentId === from.parentId && node.nodeId !== from.nodeId);
    return [
      {
        field: 'toNodeId',
        problem: `is no sibling of '${from.nodeId}'`,
        allowed: siblings.map((node) => node.nodeId).join(', ') || 'none: it has no sibling',
      },
    ];
  }
  const below = nodes.filter((node) => node.parentId === from.nodeId).reduce((sum, node) => sum + node.share, 0);
  const free = transfer.descendants === 'keep' ? Math.max(0, from.share - below) : from.share;
  if (transfer.share <= free + 1e-12) return [];
  return [
    {
      field: 'share',
      problem:
        free < from.share
          ? `the children of '${from.nodeId}' hold ${below} of its ${from.share}`
          : `'${from.nodeId}' has ${from.share}`,
      allowed: `0 to ${free}`,
    },
  ];
}
