import type { Covariance } from '../model/covariance.js';
import { notNegative, variancePossible } from '../foundation/variance.js';
import { type HeldCovariances, UNIT_ROUNDOFF } from './held-covariances.js';
import { sumByLeaf, type HeldValues } from './held-values.js';
import type { NodeTable } from './node-table.js';

/** Covariances from a dense matrix: Σv by instrument. A move costs the number of instruments, a node's sum that of its leaves. */
export class DenseCovariances implements HeldCovariances {
  private readonly product: Float64Array;
  /** Sums of what each addition has rounded, since the last refresh. */
  private readonly rounding: Float64Array;

  constructor(
    private readonly matrix: Covariance,
    private readonly values: HeldValues,
    private readonly nodes: NodeTable,
    private readonly benchmarkParts: Float64Array | null,
  ) {
    this.product = new Float64Array(matrix.size);
    this.rounding = new Float64Array(matrix.size);
    this.refresh();
  }

  move(row: number, change: number): void {
    const { product, rounding } = this;
    const { size, values } = this.matrix;
    for (let j = 0, at = row * size; j < size; j++, at++) {
      const added = change * values[at]!;
      product[j]! += added;
      rounding[j]! += Math.abs(product[j]!) + 2 * Math.abs(added);
    }
  }

  variance(): number {
    const { row } = this.values;
    let total = 0;
    for (let i = 0; i < row.length; i++) total += row[i]! * this.product[i]!;
    return notNegative(total, () => variancePossible(row, this.matrix.variances));
  }

  marginal(row: number): number {
    return this.product[row]!;
  }

  ofNode(node: number): number {
    return this.sum(node, this.values.leaf);
  }

  ofBenchmarkPart(node: number): number {
    return this.benchmarkParts === null ? 0 : this.sum(node, this.benchmarkParts);
  }

  varianceDrift(): number {
    const { row } = this.values;
    let total = 0;
    for (let i = 0; i < row.length; i++) total += Math.abs(row[i]!) * this.rounding[i]!;
    return UNIT_ROUNDOFF * total;
  }

  refresh(): void {
    const { size, values } = this.matrix;
    const { row } = this.values;
    this.rounding.fill(0);
    for (let i = 0; i < size; i++) {
      let total = 0;
      for (let j = 0, at = i * size; j < size; j++) total += values[at++]! * row[j]!;
      this.product[i] = total;
    }
  }

  private sum(node: number, holding: Float64Array): number {
    return sumByLeaf(this.nodes.leavesOfNode, node, holding, this.product, this.values.rowOfLeaf);
  }
}
