import { type Merge, leavesOf } from './linkage.js';

/**
 * The order of a tree's leaves that keeps its clusters together and makes the sum of the distances of neighbours smallest:
 * the left and right parts of every cluster may change places. The root keeps its left part to the left.
 *
 * Source: Bar-Joseph, Gifford and Jaakkola, "Fast optimal leaf ordering for hierarchical clustering" (2001), in O(n³).
 *
 * @param distances n×n row-major, symmetric
 */
export function optimalLeafOrder(merges: readonly Merge[], distances: Float64Array, size: number): Int32Array {
  if (merges.length === 0) return leavesOf(merges, size);
  return new LeafOrdering(merges, distances, size).order();
}

/** A cluster as a run of the leaves in the tree's own order. */
interface Run {
  readonly from: number;
  readonly middle: number;
  readonly to: number;
}

class LeafOrdering {
  private readonly leaves: Int32Array;
  /** Distances in the tree's own order. */
  private readonly near: Float64Array;
  /** Shortest path through the smallest cluster of both ends that has them at its ends. */
  private readonly path: Float64Array;
  private readonly runs: Run[];

  constructor(
    private readonly merges: readonly Merge[],
    distances: Float64Array,
    private readonly size: number,
  ) {
    this.leaves = leavesOf(merges, size);
    this.near = new Float64Array(size * size);
    for (let i = 0; i < size; i++) {
      const row = this.leaves[i]! * size;
      for (let j = 0; j < size; j++) this.near[i * size + j] = distances[row + this.leaves[j]!]!;
    }
    this.path = new Float64Array(size * size);
    this.runs = this.runsOf();
    for (let node = 0; node < merges.length; node++) this.join(node);
  }

  private runsOf(): Run[] {
    const place = new Int32Array(this.size);
    this.leaves.forEach((leaf, at) => (place[leaf] = at));
    const span = (node: number, runs: readonly Run[]): { from: number; to: number } =>
      node < this.size ? { from: place[node]!, to: place[node]! + 1 } : runs[node - this.size]!;
    const runs: Run[] = [];
    for (const { left, right } of this.merges) {
      const first = span(left, runs);
      const second = span(right, runs);
      runs.push({ from: first.from, middle: first.to, to: second.to });
    }
    return runs;
  }

  /** The part of a child's leaves that can stand at its other end when `leaf` stands at one. */
  private opposite(child: number, leaf: number): { from: number; to: number } {
    if (child < this.size) return { from: leaf, to: leaf + 1 };
    const { from, middle, to } = this.runs[child - this.size]!;
    return leaf < middle ? { from: middle, to } : { from, to: middle };
  }

  private join(node: number): void {
    const { size, near, path } = this;
    const { left, right } = this.merges[node]!;
    const { from, middle, to } = this.runs[node]!;
    const bridge = new Float64Array(to - middle);
    for (let u = from; u < middle; u++) {
      // From u through the left part to its end m, and over to k.
      const ends = this.opposite(left, u);
      bridge.fill(Infinity);
      for (let m = ends.from; m < ends.to; m++) {
        const base = path[u * size + m]!;
        const row = m * size + middle;
        for (let k = 0; k < bridge.length; k++) {
          const length = base + near[row + k]!;
          if (length < bridge[k]!) bridge[k] = length;
        }
      }
      for (let w = middle; w < to; w++) {
        const starts = this.opposite(right, w);
        const row = w * size;
        let shortest = Infinity;
        for (let k = starts.from; k < starts.to; k++) {
          const length = bridge[k - middle]! + path[row + k]!;
          if (length < shortest) shortest = length;
        }
        path[u * size + w] = shortest;
        path[row + u] = shortest;
      }
    }
  }

  order(): Int32Array {
    const { size, path, runs } = this;
    const { from, middle, to } = runs[runs.length - 1]!;
    let best = Infinity;
    let ends: [number, number] = [from, to - 1];
    for (let u = from; u < middle; u++) {
      for (let w = middle; w < to; w++) {
        if (path[u * size + w]! < best) {
          best = path[u * size + w]!;
          ends = [u, w];
        }
      }
    }
    const order: number[] = [];
    const pending: [number, number, number][] = [[size + this.merges.length - 1, ...ends]];
    while (pending.length > 0) {
      const [node, first, last] = pending.pop()!;
      if (node < size) order.push(first);
      else pending.push(...this.halves(node, first, last));
    }
    return Int32Array.from(order, (at) => this.leaves[at]!);
  }

  /** The two parts of a cluster with their ends, the later one first. */
  private halves(node: number, first: number, last: number): [number, number, number][] {
    const { size, near, path } = this;
    const { left, right } = this.merges[node - size]!;
    const { middle } = this.runs[node - size]!;
    const [a, b] = first < middle ? [left, right] : [right, left];
    const ends = this.opposite(a, first);
    const starts = this.opposite(b, last);
    let best = Infinity;
    let turn: [number, number] = [ends.from, starts.from];
    for (let m = ends.from; m < ends.to; m++) {
      for (let k = starts.from; k < starts.to; k++) {
        const length = path[first * size + m]! + near[m * size + k]! + path[k * size + last]!;
        if (length < best) {
          best = length;
          turn = [m, k];
        }
      }
    }
    return [
      [b, turn[1], last],
      [a, first, turn[0]],
    ];
  }
}
