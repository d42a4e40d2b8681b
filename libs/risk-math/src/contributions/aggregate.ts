import { requireFinite, requireLength } from '../foundation/guards.js';
import { RiskMathError } from '../foundation/risk-math-error.js';

/**
 * Sums figures up a hierarchy in one pass.
 *
 * @param parents the index of each node's parent, which comes before it; −1 for a root
 * @param values each node's own figure, 0 for nodes that only aggregate
 * @returns each node's figure with all below it
 * @throws RiskMathError `invalidInput` when a parent does not come before its child
 */
export function aggregate(parents: Int32Array, values: Float64Array): Float64Array {
  requireLength(values, parents.length, 'values');
  requireFinite(values, 'values');
  const totals = Float64Array.from(values);
  for (let node = parents.length - 1; node >= 0; node--) {
    const parent = parents[node]!;
    if (parent >= node || parent < -1) {
      throw new RiskMathError('invalidInput', `the parent of node ${node} does not come before it`, {
        field: 'parents',
      });
    }
    if (parent >= 0) totals[parent]! += totals[node]!;
  }
  return totals;
}
