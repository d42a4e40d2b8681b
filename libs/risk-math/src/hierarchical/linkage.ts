import { requireFinite, requireInteger, requireLength } from '../foundation/guards.js';

/** How the distance of two clusters follows from those of their members. */
export type Linkage = 'single' | 'complete' | 'average' | 'ward';

/** Clusters a and b become cluster n + (place in the list); a < b. Clusters below n are the points themselves. */
export interface Merge {
  readonly left: number;
  readonly right: number;
  readonly distance: number;
  readonly size: number;
}

/**
 * Agglomerative clustering of n points: n − 1 merges in ascending distance, by chains of nearest neighbours in O(n²) (Müllner,
 * "Modern hierarchical, agglomerative clustering algorithms", 2011). Of equal distances the one found first merges first.
 *
 * @param distances n×n row-major, symmetric
 * @throws RiskMathError `invalidInput` on another length or a distance that is not finite
 */
export function cluster(distances: Float64Array, size: number, linkage: Linkage): Merge[] {
  requireInteger(size, 0, 'size');
  requireLength(distances, size * size, 'distances');
  requireFinite(distances, 'distances');
  const raw = linkage === 'single' ? spanningTree(distances, size) : neighbourChains(distances.slice(), size, linkage);
  return labelled(
    raw.sort((a, b) => a.distance - b.distance),
    size,
  );
}

interface RawMerge {
  readonly a: number;
  readonly b: number;
  readonly distance: number;
}

/** Single linkage is the minimum spanning tree (Prim). */
function spanningTree(distances: Float64Array, size: number): RawMerge[] {
  const merges: RawMerge[] = [];
  const nearest = new Float64Array(size).fill(Infinity);
  const inside = new Uint8Array(size);
  let at = 0;
  for (let step = 1; step < size; step++) {
    inside[at] = 1;
    let next = -1;
    const row = at * size;
    for (let i = 0; i < size; i++) {
      if (inside[i] === 1) continue;
      if (distances[row + i]! < nearest[i]!) nearest[i] = distances[row + i]!;
      if (next < 0 || nearest[i]! < nearest[next]!) next = i;
    }
    merges.push({ a: at, b: next, distance: nearest[next]! });
    at = next;
  }
  return merges;
}

function neighbourChains(distances: Float64Array, size: number, linkage: Linkage): RawMerge[] {
  const merges: RawMerge[] = [];
  const members = new Float64Array(size).fill(1);
  const chain: number[] = [];
  while (merges.length < size - 1) {
    if (chain.length === 0) chain.push(members.findIndex((count) => count > 0));
    let x = chain[chain.length - 1]!;
    let y = chain.length > 1 ? chain[chain.length - 2]! : -1;
    for (;;) {
      let shortest = y < 0 ? Infinity : distances[x * size + y]!;
      let nearest = y;
      for (let i = 0; i < size; i++) {
        if (members[i] === 0 || i === x) continue;
        if (distances[x * size + i]! < shortest) {
          shortest = distances[x * size + i]!;
          nearest = i;
        }
      }
      if (nearest === y && chain.length > 1) break;
      chain.push(nearest);
      y = x;
      x = nearest;
    }
    chain.length -= 2;
    // The merged cluster takes the place of the later one.
    const [a, b] = x < y ? [x, y] : [y, x];
    merges.push({ a, b, distance: distances[a * size + b]! });
    join(distances, size, members, a, b, linkage);
  }
  return merges;
}

/** Lance–Williams: the distances of the union of a and b, in the place of b. */
function join(
  distances: Float64Array,
  size: number,
  members: Float64Array,
  a: number,
  b: number,
  linkage: Linkage,
): void {
  const between = distances[a * size + b]!;
  const na = members[a]!;
  const nb = members[b]!;
  members[a] = 0;
  members[b] = na + nb;
  for (let i = 0; i < size; i++) {
    const ni = members[i]!;
    if (ni === 0 || i === b) continue;
    const da = distances[a * size + i]!;
    const db = distances[b * size + i]!;
    let distance: number;
    if (linkage === 'complete') distance = Math.max(da, db);
    else if (linkage === 'average') distance = (na * da + nb * db) / (na + nb);
    else {
      const total = na + nb + ni;
      distance = Math.sqrt(Math.max(0, ((na + ni) * da * da + (nb + ni) * db * db - ni * between * between) / total));
    }
    distances[b * size + i] = distance;
    distances[i * size + b] = distance;
  }
}

/** Names of the clusters in the order of their merges. */
function labelled(raw: readonly RawMerge[], size: number): Merge[] {
  const parent = Int32Array.from({ length: 2 * size }, (_, i) => i);
  const members = new Int32Array(2 * size).fill(1, 0, size);
  const rootOf = (point: number): number => {
    let root = point;
    while (parent[root] !== root) root = parent[root]!;
    while (parent[point] !== root) {
      const next = parent[point]!;
      parent[point] = root;
      point = next;
    }
    return root;
  };
  return raw.map(({ a, b, distance }, step) => {
    const x = rootOf(a);
    const y = rootOf(b);
    const name = size + step;
    parent[x] = name;
    parent[y] = name;
    members[name] = members[x]! + members[y]!;
    return { left: Math.min(x, y), right: Math.max(x, y), distance, size: members[name]! };
  });
}

/** The points from left to right in the tree. */
export function leavesOf(merges: readonly Merge[], size: number): Int32Array {
  const order = new Int32Array(size);
  let place = 0;
  const pending = [merges.length > 0 ? size + merges.length - 1 : 0];
  while (pending.length > 0) {
    const node = pending.pop()!;
    if (node < size) order[place++] = node;
    else {
      const { left, right } = merges[node - size]!;
      pending.push(right, left);
    }
  }
  return order;
}
