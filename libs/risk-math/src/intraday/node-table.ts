import { type NodeIdentity, treeOf, viewsOf } from '../evaluation/hierarchy.js';
import type { PreparedPortfolio } from '../evaluation/prepared.js';

/** Lists of indices laid end to end: those of `i` stand at `values[starts[i]]` up to `values[starts[i + 1]]`. */
export interface IndexLists {
  readonly starts: Int32Array;
  readonly values: Int32Array;
}

/** The nodes of a portfolio's tree and views by number, in the order of the evaluator, and which leaves each holds. */
export interface NodeTable {
  readonly identities: readonly NodeIdentity[];
  readonly indexById: ReadonlyMap<string, number>;
  readonly leavesOfNode: IndexLists;
  readonly nodesOfLeaf: IndexLists;
  readonly leavesOfRow: IndexLists;
  /**
   * Where a node's own sums stand. −1 for the portfolio, whose sums are the whole; for leaves and instruments, which follow from their
   * instrument's; and for the benchmark, which holds no leaf.
   */
  readonly slotOfNode: Int32Array;
  readonly slotsOfLeaf: IndexLists;
  readonly slots: number;
}

const summedKinds: ReadonlySet<string> = new Set(['strategy', 'sector', 'issuer', 'sectorTotal']);

export function nodeTableOf({ leaves, benchmark, weights }: PreparedPortfolio): NodeTable {
  const outlines = [...treeOf(leaves, benchmark !== null), ...viewsOf(leaves)];
  const slotOfNode = new Int32Array(outlines.length).fill(-1);
  let slots = 0;
  outlines.forEach(({ identity }, node) => {
    if (summedKinds.has(identity.kind)) slotOfNode[node] = slots++;
  });
  const leavesOfNode = listsOf(outlines.map((outline) => outline.leaves));
  const nodesOfLeaf = inverted(leavesOfNode, leaves.length);
  return {
    identities: outlines.map(({ identity }) => identity),
    indexById: new Map(outlines.map(({ identity }, node) => [identity.nodeId, node])),
    leavesOfNode,
    nodesOfLeaf,
    leavesOfRow: inverted(listsOf(leaves.map(({ instrument }) => [instrument])), weights.length),
    slotOfNode,
    slotsOfLeaf: listsOf(
      leaves.map((_, leaf) =>
        [...listAt(nodesOfLeaf, leaf)].map((node) => slotOfNode[node]!).filter((slot) => slot >= 0),
      ),
    ),
    slots,
  };
}

/** The list of `index`; a view, not a copy. */
export function listAt({ starts, values }: IndexLists, index: number): Int32Array {
  return values.subarray(starts[index], starts[index + 1]);
}

function listsOf(lists: readonly (readonly number[])[]): IndexLists {
  const starts = new Int32Array(lists.length + 1);
  lists.forEach((list, index) => (starts[index + 1] = starts[index]! + list.length));
  return { starts, values: Int32Array.from(lists.flat()) };
}

/** For each of `count` values the lists that hold it, in order. */
function inverted({ starts, values }: IndexLists, count: number): IndexLists {
  const counts = new Int32Array(count + 1);
  for (const value of values) counts[value + 1]!++;
  for (let value = 0; value < count; value++) counts[value + 1]! += counts[value]!;
  const next = counts.slice();
  const holders = new Int32Array(values.length);
  for (let list = 0; list + 1 < starts.length; list++) {
    for (let at = starts[list]!; at < starts[list + 1]!; at++) holders[next[values[at]!]!++] = list;
  }
  return { starts: counts, values: holders };
}
