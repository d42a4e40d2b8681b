import type { NamedLinearConstraints } from '../minimisation/quadratic-step.js';
import { stationaryDistribution } from './chain.js';
import type { RegimeParameters, RegimeSpecification } from './types.js';

/** A probability of moving is at least this, so that the chain has one stationary distribution. */
const LEAST_MOVE = 1e-10;

/**
 * Where the free parameters stand in the vector of the search: means, variances, the moves p_ij (j ≠ i) row by row, and
 * for a free start the first K − 1 initial probabilities.
 */
export class Layout {
  readonly states: number;
  readonly size: number;
  readonly variancesAt: number;
  readonly movesAt: number;
  readonly initialAt: number;

  constructor(readonly specification: Required<RegimeSpecification>) {
    const { states, mean, start } = specification;
    this.states = states;
    this.variancesAt = mean === 'switching' ? states : 0;
    this.movesAt = this.variancesAt + states;
    this.initialAt = this.movesAt + states * (states - 1);
    this.size = this.initialAt + (start === 'free' ? states - 1 : 0);
  }

  /** The place of p_ij, j ≠ i. */
  moveAt(from: number, to: number): number {
    return this.movesAt + from * (this.states - 1) + (to < from ? to : to - 1);
  }

  /** null when the chain has no single stationary distribution to start from. */
  read(at: Float64Array): RegimeParameters | null {
    const { states, specification } = this;
    const transition = new Float64Array(states * states);
    for (let i = 0; i < states; i++) {
      let stays = 1;
      for (let j = 0; j < states; j++) {
        if (j === i) continue;
        transition[i * states + j] = at[this.moveAt(i, j)]!;
        stays -= at[this.moveAt(i, j)]!;
      }
      transition[i * states + i] = stays;
    }
    const means = specification.mean === 'switching' ? at.slice(0, states) : new Float64Array(states);
    const initial = specification.start === 'free' ? this.initial(at) : stationaryDistribution(transition, states);
    if (initial === null) return null;
    return { means, variances: at.slice(this.variancesAt, this.movesAt), transition, initial };
  }

  write({ means, variances, transition, initial }: RegimeParameters): Float64Array {
    const { states, specification } = this;
    const at = new Float64Array(this.size);
    if (specification.mean === 'switching') at.set(means, 0);
    at.set(variances, this.variancesAt);
    for (let i = 0; i < states; i++) {
      for (let j = 0; j < states; j++) {
        if (j !== i) at[this.moveAt(i, j)] = Math.max(LEAST_MOVE, transition[i * states + j]!);
      }
    }
    if (specification.start === 'free') at.set(initial.subarray(0, states - 1), this.initialAt);
    return at;
  }

  /** @param leastVariance that a state may have */
  constraints(leastVariance: number): NamedLinearConstraints {
    const { states, size, specification } = this;
    const rows: { name: string; bound: number; terms: [place: number, coefficient: number][] }[] = [];
    for (let i = 0; i < states; i++) {
      rows.push({ name: `variance ${i + 1} ≥ lower`, bound: leastVariance, terms: [[this.variancesAt + i, 1]] });
      const others = Array.from({ length: states }, (_, j) => j).filter((j) => j !== i);
      for (const j of others) {
        rows.push({ name: `transition ${i + 1}→${j + 1} ≥ 0`, bound: LEAST_MOVE, terms: [[this.moveAt(i, j), 1]] });
      }
      rows.push({
        name: `transition ${i + 1}→${i + 1} ≥ 0`,
        bound: -1,
        terms: others.map((j) => [this.moveAt(i, j), -1]),
      });
    }
    if (specification.start === 'free') {
      const places = Array.from({ length: states - 1 }, (_, k) => this.initialAt + k);
      places.forEach((place, k) => rows.push({ name: `initial ${k + 1} ≥ 0`, bound: 0, terms: [[place, 1]] }));
      rows.push({ name: `initial ${states} ≥ 0`, bound: -1, terms: places.map((place) => [place, -1]) });
    }
    const matrix = new Float64Array(rows.length * size);
    rows.forEach(({ terms }, k) => terms.forEach(([place, coefficient]) => (matrix[k * size + place] = coefficient)));
    return {
      count: rows.length,
      rows: matrix,
      bounds: Float64Array.from(rows, ({ bound }) => bound),
      names: rows.map(({ name }) => name),
    };
  }

  private initial(at: Float64Array): Float64Array {
    const initial = new Float64Array(this.states);
    let rest = 1;
    for (let k = 0; k < this.states - 1; k++) {
      initial[k] = Math.max(0, at[this.initialAt + k]!);
      rest -= initial[k]!;
    }
    initial[this.states - 1] = Math.max(0, rest);
    return initial;
  }
}
