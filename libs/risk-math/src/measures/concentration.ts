import { requireFinite, requireInteger, requireLength } from '../foundation/guards.js';
import { largestFirst } from './order-statistics.js';

/** How much rests on few names, on gross weights. */
export interface Concentration {
  /** The largest |w|, fraction of NAV. */
  readonly largest: number;
  /** The name that is the largest; `null` when there is none. */
  readonly largestName: string | null;
  /** Sum of the five largest |w|, fraction of NAV. */
  readonly topFive: number;
  /** Σ pᵢ² with pᵢ = |wᵢ| / Σ|w|; 0 for an empty portfolio. */
  readonly herfindahl: number;
  /** 1 / Herfindahl: as many equal names would be as concentrated; 0 for an empty portfolio. */
  readonly effectiveNumber: number;
}

/**
 * Concentration by name. Positions of one name add up by |w|: a short does not net a long.
 *
 * Source: the index of Herfindahl and Hirschman: Hirschman, "The paternity of an index", American Economic Review 54 (1964); its inverse as
 * a number of equals: Adelman, "Comment on the 'H' concentration measure as a numbers-equivalent", Review of Economics and Statistics
 * 51 (1969).
 *
 * @param weights signed weight of each position, fraction of NAV
 * @param names the instrument or issuer of each position
 * @throws RiskMathError `invalidInput` on a weight that is not finite or another number of names than of positions
 */
export function concentration(weights: ArrayLike<number>, names: readonly string[]): Concentration {
  requireFinite(weights, 'weights');
  requireLength(names, weights.length, 'names');
  const gross = new Map<string, number>();
  names.forEach((name, index) => gross.set(name, (gross.get(name) ?? 0) + Math.abs(weights[index]!)));
  return concentrationOfGross(gross);
}

/**
 * Sum of the `count` largest Σ|w| by name, fraction of NAV; of all names when there are fewer.
 *
 * @param weights signed weight of each position, fraction of NAV
 * @param names the instrument or issuer of each position
 * @throws RiskMathError `invalidInput` as `concentration`, and on a count below 1
 */
export function largestNames(weights: ArrayLike<number>, names: readonly string[], count: number): number {
  requireFinite(weights, 'weights');
  requireLength(names, weights.length, 'names');
  requireInteger(count, 1, 'count');
  const gross = new Map<string, number>();
  names.forEach((name, index) => gross.set(name, (gross.get(name) ?? 0) + Math.abs(weights[index]!)));
  const sizes = Float64Array.from(gross.values());
  largestFirst(sizes, count);
  return sizes.subarray(0, count).reduce((total, size) => total + size, 0);
}

/** Concentration from Σ|w| by name. */
export function concentrationOfGross(gross: ReadonlyMap<string, number>): Concentration {
  const names = [...gross.keys()];
  return concentrationOfSizes(Float64Array.from(gross.values()), (index) => names[index]!);
}

/** Concentration of Σ|w| of different names; reorders `sizes`. */
export function concentrationOfSizes(sizes: Float64Array, nameOf: (index: number) => string): Concentration {
  let largest = 0;
  let at = -1;
  let total = 0;
  for (let index = 0; index < sizes.length; index++) {
    const size = sizes[index]!;
    total += size;
    if (size > largest) {
      largest = size;
      at = index;
    }
  }
  if (at < 0) return { largest: 0, largestName: null, topFive: 0, herfindahl: 0, effectiveNumber: 0 };
  let herfindahl = 0;
  for (const size of sizes) herfindahl += (size / total) * (size / total);
  largestFirst(sizes, 5);
  let topFive = 0;
  for (let rank = 0; rank < Math.min(5, sizes.length); rank++) topFive += sizes[rank]!;
  return { largest, largestName: nameOf(at), topFive, herfindahl, effectiveNumber: 1 / herfindahl };
}
