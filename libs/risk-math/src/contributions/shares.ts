import { requireFinite, requireLength } from '../foundation/guards.js';
import { RiskMathError } from '../foundation/risk-math-error.js';

/**
 * Contributions as shares of their total, which sum to 1.
 *
 * @throws RiskMathError `outOfDomain` when the total is 0: nothing has a share of nothing
 */
export function percentageContributions(contributions: Float64Array, total: number): Float64Array {
  requireFinite(contributions, 'contributions');
  if (!(Number.isFinite(total) && total !== 0)) {
    throw new RiskMathError('outOfDomain', `shares of a total of ${total} are not defined`, { field: 'total' });
  }
  return contributions.map((value) => value / total);
}

/**
 * Sums figures by several groupings in one pass: each position belongs to one group of every grouping (sector, issuer,
 * strategy, currency).
 *
 * @param groupings the name of each position's group, one list a grouping
 * @returns by grouping, figures by group, groups in the order in which they first come
 */
export function sumByGroup(
  values: Float64Array,
  groupings: readonly (readonly string[])[],
): readonly ReadonlyMap<string, number>[] {
  requireFinite(values, 'values');
  groupings.forEach((names, at) => requireLength(names, values.length, `groupings[${at}]`));
  const sums = groupings.map(() => new Map<string, number>());
  for (let i = 0; i < values.length; i++) {
    groupings.forEach((names, at) => {
      const name = names[i]!;
      sums[at]!.set(name, (sums[at]!.get(name) ?? 0) + values[i]!);
    });
  }
  return sums;
}
