import type { FactorModel } from '../model/factor-model.js';
import type { HeldValues } from './held-values.js';
import type { NodeTable } from './node-table.js';

/**
 * Sums over the leaves of each summed node, for one holding by leaf (the values themselves, or the benchmark's part in them): its
 * factor exposures, and its covariance with the whole through specific risk, Σ h_l dᵢ vᵢ.
 */
export class NodeSums {
  private readonly exposure: Float64Array;
  private readonly specific: Float64Array;
  /** h_l dᵢ vᵢ. */
  private readonly specificOfLeaf: Float64Array;

  /** @param holding by leaf, in base currency or as a fraction; read at every move */
  constructor(
    private readonly model: FactorModel,
    private readonly values: HeldValues,
    private readonly nodes: NodeTable,
    private readonly holding: Float64Array,
  ) {
    this.exposure = new Float64Array(nodes.slots * model.factors);
    this.specific = new Float64Array(nodes.slots);
    this.specificOfLeaf = new Float64Array(holding.length);
  }

  /** A leaf's holding has changed, or the value of its instrument, or both. */
  move(leaf: number, row: number, change: number): void {
    const { factors, exposures, specificVariances } = this.model;
    const { starts, values } = this.nodes.slotsOfLeaf;
    const specific = specificVariances[row]! * this.values.row[row]! * this.holding[leaf]!;
    const grown = specific - this.specificOfLeaf[leaf]!;
    this.specificOfLeaf[leaf] = specific;
    for (let list = starts[leaf]!; list < starts[leaf + 1]!; list++) {
      const slot = values[list]!;
      this.specific[slot]! += grown;
      if (change === 0) continue;
      for (let a = 0, to = slot * factors, at = row * factors; a < factors; a++) {
        this.exposure[to++]! += change * exposures[at++]!;
      }
    }
  }

  refresh(): void {
    this.exposure.fill(0);
    this.specific.fill(0);
    this.specificOfLeaf.fill(0);
    this.holding.forEach((held, leaf) => this.move(leaf, this.values.rowOfLeaf[leaf]!, held));
  }

  /** Covariance of a node's holding with the whole. @param pull F x of the whole */
  covariance(slot: number, pull: Float64Array): number {
    const { exposure } = this;
    const factors = pull.length;
    // Two sums, so that no addition waits for the one before.
    let even = this.specific[slot]!;
    let odd = 0;
    let at = slot * factors;
    let a = 0;
    for (; a + 1 < factors; a += 2, at += 2) {
      even += exposure[at]! * pull[a]!;
      odd += exposure[at + 1]! * pull[a + 1]!;
    }
    return a < factors ? even + odd + exposure[at]! * pull[a]! : even + odd;
  }
}
