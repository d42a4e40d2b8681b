import type { PreparedPortfolio } from '../evaluation/prepared.js';
import { multiply } from '../model/risk-model-matrix.js';
import type { HeldValues } from './held-values.js';
import type { NodeTable } from './node-table.js';

/** What of the benchmark never moves with a price: its covariances, and its part in each leaf. All are fractions of NAV. */
export interface BenchmarkTerms {
  /** Benchmark weight taken by each leaf: in proportion to |w| among its instrument's leaves, which a price leaves alone. */
  readonly partOfLeaf: Float64Array;
  /** Σb by model row. */
  readonly product: Float64Array;
  /** bᵀΣb. */
  readonly variance: number;
  /** Σ part × (Σb)ᵢ over each node's leaves. */
  readonly partOfNode: Float64Array;
}

/** `null` without a benchmark. */
export function benchmarkTermsOf(
  { benchmark, leaves, input }: PreparedPortfolio,
  nodes: NodeTable,
): BenchmarkTerms | null {
  if (benchmark === null) return null;
  const product = multiply(input.model.matrix, benchmark.weights);
  const partOfLeaf = Float64Array.from(leaves, ({ weight, activeWeight }) => weight - activeWeight);
  const partOfNode = new Float64Array(nodes.identities.length);
  for (let leaf = 0; leaf < leaves.length; leaf++) {
    const part = partOfLeaf[leaf]! * product[leaves[leaf]!.instrument]!;
    for (let list = nodes.nodesOfLeaf.starts[leaf]!; list < nodes.nodesOfLeaf.starts[leaf + 1]!; list++) {
      partOfNode[nodes.nodesOfLeaf.values[list]!]! += part;
    }
  }
  let variance = 0;
  for (let i = 0; i < product.length; i++) variance += product[i]! * benchmark.weights[i]!;
  return { partOfLeaf, product, variance, partOfNode };
}

/** Covariance of what is held, whole and by node, with the benchmark: Σ v (Σb)ᵢ, kept up move by move. */
export class BenchmarkCovariances {
  private whole = 0;
  private readonly byNode: Float64Array;

  constructor(
    readonly terms: BenchmarkTerms,
    private readonly values: HeldValues,
    private readonly nodes: NodeTable,
  ) {
    this.byNode = new Float64Array(nodes.identities.length);
    this.refresh();
  }

  moveLeaf(leaf: number, row: number, change: number): void {
    const { starts, values } = this.nodes.nodesOfLeaf;
    const moved = change * this.terms.product[row]!;
    this.whole += moved;
    for (let list = starts[leaf]!; list < starts[leaf + 1]!; list++) this.byNode[values[list]!]! += moved;
  }

  ofWhole(): number {
    return this.whole;
  }

  ofNode(node: number): number {
    return this.byNode[node]!;
  }

  refresh(): void {
    this.whole = 0;
    this.byNode.fill(0);
    this.values.leaf.forEach((value, leaf) => this.moveLeaf(leaf, this.values.rowOfLeaf[leaf]!, value));
  }
}
