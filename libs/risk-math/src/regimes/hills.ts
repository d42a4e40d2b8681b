import type { RegimeParameters } from './types.js';

/** Where a search has come to. */
export interface Climb {
  readonly parameters: RegimeParameters;
  /** Log-likelihood. */
  readonly value: number;
}

/** Two climbs whose states differ by less, each in its logarithm of variance, its mean over its deviation and its moves, are on one hill. */
const APART = { logarithm: 0.2, mean: 0.2, move: 0.1 } as const;

/**
 * The best climbs that are each on a hill of its own, the best first: starts that lead up one hill count once, so that
 * they do not crowd out a hill whose foot is lower.
 *
 * @param climbs in descending order of value
 */
export function onHillsOfTheirOwn(climbs: readonly Climb[], atMost: number): Climb[] {
  const kept: { climb: Climb; order: readonly number[] }[] = [];
  for (const climb of climbs) {
    if (kept.length === atMost) break;
    const order = byVariance(climb.parameters);
    if (!kept.some((other) => isOneHill(climb.parameters, order, other.climb.parameters, other.order))) {
      kept.push({ climb, order });
    }
  }
  return kept.map(({ climb }) => climb);
}

/** States in ascending order of variance. */
export function byVariance({ variances }: RegimeParameters): number[] {
  return Array.from(variances, (_, k) => k).sort((a, b) => variances[a]! - variances[b]!);
}

function isOneHill(
  a: RegimeParameters,
  orderA: readonly number[],
  b: RegimeParameters,
  orderB: readonly number[],
): boolean {
  const states = orderA.length;
  return orderA.every((i, k) => {
    const j = orderB[k]!;
    const [one, other] = [a.variances[i]!, b.variances[j]!];
    if (Math.abs(Math.log(one / other)) > APART.logarithm) return false;
    if (Math.abs(a.means[i]! - b.means[j]!) > APART.mean * Math.sqrt(Math.min(one, other))) return false;
    return orderA.every(
      (to, l) => Math.abs(a.transition[i * states + to]! - b.transition[j * states + orderB[l]!]!) <= APART.move,
    );
  });
}
