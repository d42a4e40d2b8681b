import { type Concentration, concentrationOfSizes } from '../measures/concentration.js';
import type { PreparedLeaf, PreparedPortfolio } from './prepared.js';
import type { NodeConcentration } from './types.js';

/** Concentration of parts of one portfolio; keeps its scratch memory between calls. */
export class NodeConcentrations {
  private readonly byInstrument: GrossByName;
  private readonly byIssuer: GrossByName;

  constructor(portfolio: PreparedPortfolio) {
    this.byInstrument = new GrossByName(portfolio.input.model.instrumentIds);
    this.byIssuer = new GrossByName(portfolio.issuers);
  }

  of(leaves: readonly PreparedLeaf[]): NodeConcentration {
    const only = leaves[0];
    if (leaves.length === 1 && only !== undefined) return ofOne(only);
    for (const { instrument, issuer, weight } of leaves) {
      const size = Math.abs(weight);
      this.byInstrument.add(instrument, size);
      this.byIssuer.add(issuer, size);
    }
    return { byInstrument: this.byInstrument.take(), byIssuer: this.byIssuer.take() };
  }
}

function ofOne({ leaf, weight }: PreparedLeaf): NodeConcentration {
  const size = Math.abs(weight);
  const figures = (name: string): Concentration =>
    size === 0
      ? { largest: 0, largestName: null, topFive: 0, herfindahl: 0, effectiveNumber: 0 }
      : { largest: size, largestName: name, topFive: size, herfindahl: 1, effectiveNumber: 1 };
  return { byInstrument: figures(leaf.instrumentId), byIssuer: figures(leaf.issuer) };
}

/** Σ|w| by numbered name. */
class GrossByName {
  private readonly sizes: Float64Array;
  private readonly touched: number[] = [];

  constructor(private readonly names: readonly string[]) {
    this.sizes = new Float64Array(names.length);
  }

  add(name: number, size: number): void {
    if (size === 0) return;
    if (this.sizes[name] === 0) this.touched.push(name);
    this.sizes[name]! += size;
  }

  /** The concentration of what was added, and an empty sum again. */
  take(): Concentration {
    const order = this.touched.slice();
    const sizes = new Float64Array(order.length);
    order.forEach((name, index) => {
      sizes[index] = this.sizes[name]!;
      this.sizes[name] = 0;
    });
    this.touched.length = 0;
    return concentrationOfSizes(sizes, (index) => this.names[order[index]!]!);
  }
}
