import type { FactorModel } from '../model/factor-model.js';
import { notNegative, variancePossible } from '../foundation/variance.js';
import { type HeldCovariances, UNIT_ROUNDOFF } from './held-covariances.js';
import type { HeldValues } from './held-values.js';
import { NodeSums } from './node-sums.js';
import type { NodeTable } from './node-table.js';

/**
 * Covariances in factor form: x = Bᵀv and y = F x of the whole, the specific variance, and sums by node. A move costs a few times the
 * number of factors, whatever the number of positions.
 */
export class FactorCovariances implements HeldCovariances {
  /** Bᵀv, in base currency; written in place, so copy what is to be kept. */
  readonly exposure: Float64Array;
  private readonly pull: Float64Array;
  /** B F, n×k: what one unit of value adds to y. */
  private readonly pulls: Float64Array;
  /** Σ dᵢ vᵢ². */
  private specific = 0;
  private readonly ofValues: NodeSums;
  private readonly ofParts: NodeSums | null;
  /** Sums of what each addition has rounded, since the last refresh. */
  private readonly exposureRounding: Float64Array;
  private readonly pullRounding: Float64Array;
  private specificRounding = 0;

  constructor(
    private readonly model: FactorModel,
    private readonly values: HeldValues,
    private readonly nodes: NodeTable,
    benchmarkParts: Float64Array | null,
  ) {
    const { factors } = model;
    this.pulls = pullsOf(model);
    this.exposure = new Float64Array(factors);
    this.pull = new Float64Array(factors);
    this.exposureRounding = new Float64Array(factors);
    this.pullRounding = new Float64Array(factors);
    this.ofValues = new NodeSums(model, values, nodes, values.leaf);
    this.ofParts = benchmarkParts === null ? null : new NodeSums(model, values, nodes, benchmarkParts);
    this.refresh();
  }

  move(row: number, change: number, before: number, leafChanges: Float64Array): void {
    const { exposure, pull, pulls, exposureRounding, pullRounding } = this;
    const { factors, exposures, specificVariances } = this.model;
    for (let a = 0, at = row * factors; a < factors; a++, at++) {
      const exposed = change * exposures[at]!;
      const pulled = change * pulls[at]!;
      exposure[a]! += exposed;
      pull[a]! += pulled;
      // The change itself, its product and the sum are rounded.
      exposureRounding[a]! += Math.abs(exposure[a]!) + 2 * Math.abs(exposed);
      pullRounding[a]! += Math.abs(pull[a]!) + 2 * Math.abs(pulled);
    }
    const grown = specificVariances[row]! * change * (2 * before + change);
    this.specific += grown;
    this.specificRounding += Math.abs(this.specific) + 4 * Math.abs(grown);
    const { starts, values } = this.nodes.leavesOfRow;
    const first = starts[row]!;
    for (let list = first; list < starts[row + 1]!; list++) {
      this.ofValues.move(values[list]!, row, leafChanges[list - first]!);
      this.ofParts?.move(values[list]!, row, 0);
    }
  }

  variance(): number {
    let total = this.specific;
    for (let a = 0; a < this.exposure.length; a++) total += this.exposure[a]! * this.pull[a]!;
    return notNegative(total, () => variancePossible(this.values.row, this.model.variances));
  }

  marginal(row: number): number {
    const { factors, exposures, specificVariances } = this.model;
    const { pull } = this;
    // Two sums, so that no addition waits for the one before.
    let even = specificVariances[row]! * this.values.row[row]!;
    let odd = 0;
    let at = row * factors;
    let a = 0;
    for (; a + 1 < factors; a += 2, at += 2) {
      even += exposures[at]! * pull[a]!;
      odd += exposures[at + 1]! * pull[a + 1]!;
    }
    return a < factors ? even + odd + exposures[at]! * pull[a]! : even + odd;
  }

  ofNode(node: number): number {
    return this.ofValues.covariance(this.nodes.slotOfNode[node]!, this.pull);
  }

  ofBenchmarkPart(node: number): number {
    return this.ofParts?.covariance(this.nodes.slotOfNode[node]!, this.pull) ?? 0;
  }

  varianceDrift(): number {
    const { exposure, pull, exposureRounding, pullRounding } = this;
    let total = this.specificRounding;
    for (let a = 0; a < exposure.length; a++) {
      total += exposureRounding[a]! * Math.abs(pull[a]!) + pullRounding[a]! * Math.abs(exposure[a]!);
    }
    return UNIT_ROUNDOFF * total;
  }

  refresh(): void {
    const { exposure, pull, pulls } = this;
    const { factors, exposures, specificVariances } = this.model;
    for (const sums of [exposure, pull, this.exposureRounding, this.pullRounding]) sums.fill(0);
    this.specific = 0;
    this.specificRounding = 0;
    this.values.row.forEach((value, row) => {
      if (value === 0) return;
      this.specific += specificVariances[row]! * value * value;
      for (let a = 0, at = row * factors; a < factors; a++, at++) {
        exposure[a]! += value * exposures[at]!;
        pull[a]! += value * pulls[at]!;
      }
    });
    this.ofValues.refresh();
    this.ofParts?.refresh();
  }
}

function pullsOf({ size, factors, exposures, factorCovariance }: FactorModel): Float64Array {
  const pulls = new Float64Array(size * factors);
  for (let i = 0; i < size; i++) {
    const row = i * factors;
    for (let b = 0; b < factors; b++) {
      const exposure = exposures[row + b]!;
      for (let a = 0; a < factors; a++) pulls[row + a]! += exposure * factorCovariance[b * factors + a]!;
    }
  }
  return pulls;
}
