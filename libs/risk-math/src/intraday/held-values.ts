import type { IndexLists } from './node-table.js';

/** What is held at the present prices, in base currency. Written in place, by the portfolio alone. */
export interface HeldValues {
  /** Signed value by leaf. */
  readonly leaf: Float64Array;
  /** Net value by model row. */
  readonly row: Float64Array;
  /** Model row of each leaf. */
  readonly rowOfLeaf: Int32Array;
}

/** Σ over the leaves of a node of a holding by leaf times a figure by model row. */
export function sumByLeaf(
  { starts, values }: IndexLists,
  node: number,
  holding: Float64Array,
  figure: Float64Array,
  rowOfLeaf: Int32Array,
): number {
  let total = 0;
  for (let list = starts[node]!; list < starts[node + 1]!; list++) {
    const leaf = values[list]!;
    total += holding[leaf]! * figure[rowOfLeaf[leaf]!]!;
  }
  return total;
}
