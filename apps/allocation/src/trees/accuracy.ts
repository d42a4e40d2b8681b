/** A node at the bottom of a tree: what it was to take and what it takes, in any unit. */
export interface BudgetedNode {
  readonly budgeted: number;
  readonly taken: number;
}

/**
 * How accurately risk is budgeted: 1 − ½ Σ |share taken − share budgeted|, each share of its own sum over the nodes. 1 where every node
 * takes exactly its share; null where nothing is budgeted or taken.
 */
export function budgetingAccuracy(nodes: readonly BudgetedNode[]): number | null {
  const budgeted = nodes.reduce((sum, node) => sum + node.budgeted, 0);
  const taken = nodes.reduce((sum, node) => sum + node.taken, 0);
  if (budgeted <= 0 || taken <= 0) return null;
  return 1 - nodes.reduce((sum, node) => sum + Math.abs(node.taken / taken - node.budgeted / budgeted), 0) / 2;
}

/** The nodes of a tree that have no children in it. */
export function bottomOf<Node extends { readonly nodeId: string; readonly parentId: string | null }>(
  nodes: readonly Node[],
): Node[] {
  const parents = new Set(nodes.map((node) => node.parentId));
  return nodes.filter((node) => !parents.has(node.nodeId));
}
