import { requireFinite } from '../foundation/guards.js';

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
 * @param weights signed weight of each position, fraction of NAV
 * @param names the instrument or issuer of each position
 */
export function concentration(weights: ArrayLike<number>, names: readonly string[]): Concentration {
  requireFinite(weights, 'weights');
  const gross = new Map<string, number>();
  names.forEach((name, index) => gross.set(name, (gross.get(name) ?? 0) + Math.abs(weights[index] ?? 0)));
  return concentrationOfGross(gross);
}

/** Concentration from Σ|w| by name. */
export function concentrationOfGross(gross: ReadonlyMap<string, number>): Concentration {
  let largest = 0;
  let largestName: string | null = null;
  let total = 0;
  for (const [name, weight] of gross) {
    total += weight;
    if (weight > largest) {
      largest = weight;
      largestName = name;
    }
  }
  if (total === 0) return { largest: 0, largestName: null, topFive: 0, herfindahl: 0, effectiveNumber: 0 };
  const sorted = Float64Array.from(gross.values()).sort();
  let topFive = 0;
  let squares = 0;
  for (let rank = 1; rank <= sorted.length; rank++) {
    const weight = sorted[sorted.length - rank]!;
    if (rank <= 5) topFive += weight;
    squares += (weight / total) * (weight / total);
  }
  return { largest, largestName, topFive, herfindahl: squares, effectiveNumber: 1 / squares };
}
