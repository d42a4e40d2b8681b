import { riskShares } from '../allocation/solution.js';
import type { Solution } from '../allocation/types.js';
import { deviationContributions } from '../contributions/euler.js';
import { ANNUALISATION } from '../foundation/conventions.js';
import { requireIds } from '../foundation/guards.js';
import { RiskMathError } from '../foundation/risk-math-error.js';
import type { Covariance } from '../model/covariance.js';
import { notNegative, variancePossible } from '../foundation/variance.js';
import { optimalLeafOrder } from './leaf-order.js';
import { type Linkage, type Merge, cluster, leavesOf } from './linkage.js';

export interface HierarchicalProblem {
  /** `ids` are required. */
  readonly covariance: Covariance;
  /** `single` when absent. */
  readonly linkage?: Linkage | undefined;
  /** Whether neighbours in the order are made as near as the tree allows; the tree's own order when absent. */
  readonly optimalLeafOrder?: boolean | undefined;
  /** The assets in an order given, such as that of another program's tree; then nothing is clustered. */
  readonly leafOrder?: readonly string[] | undefined;
}

/** Weights with the tree behind them. */
export interface HierarchicalSolution extends Solution {
  /** The assets as the recursion splits them. */
  readonly leafOrder: readonly string[];
  /** The tree; empty for an order given. */
  readonly merges: readonly Merge[];
}

/**
 * Hierarchical risk parity: assets are clustered by the distance √(½ (1 − ρ)), put in the order of the tree, and weight is split
 * again and again between the first ⌊k/2⌋ and the other assets of a run in inverse proportion to the variances that the two halves
 * have at inverse-variance weights. Long only, fully invested. It solves no optimisation and needs no inverse.
 *
 * Source: López de Prado, "Building diversified portfolios that outperform out of sample" (2016). The linkage is of the distances
 * themselves, as in skfolio, Riskfolio-Lib and PyPortfolioOpt, not of distances between columns of distances. The optimal leaf
 * order is the optimum; SciPy's, which those libraries take, is not always.
 *
 * @throws RiskMathError `outOfDomain` on an asset without variance, or two halves of a run that both have none; `notPositiveSemiDefinite`;
 *   `invalidInput`
 */
export function hierarchicalRiskParity(problem: HierarchicalProblem): HierarchicalSolution {
  const { covariance } = problem;
  const { ids, size } = covariance;
  if (ids === undefined || size === 0) {
    throw new RiskMathError('invalidInput', 'an allocation needs a covariance with the ids of its assets', {
      field: 'covariance',
    });
  }
  const { order, merges } = problem.leafOrder === undefined ? clustered(problem) : given(ids, problem.leafOrder);
  const weights = bisected(covariance, order);
  const shares = riskShares(covariance, weights);
  return {
    assetIds: ids,
    weights,
    targetShares: shares,
    realisedShares: shares,
    status: 'optimal',
    binding: [],
    iterations: merges.length,
    residual: 0,
    volatilityAnnual: ANNUALISATION * deviationContributions(covariance, weights).total,
    leafOrder: Array.from(order, (asset) => ids[asset]!),
    merges,
  };
}

interface Ordered {
  readonly order: Int32Array;
  readonly merges: readonly Merge[];
}

function clustered({
  covariance,
  linkage = 'single',
  optimalLeafOrder: optimal = false,
}: HierarchicalProblem): Ordered {
  const { size } = covariance;
  const distances = correlationDistances(covariance);
  const merges = cluster(distances, size, linkage);
  return { order: optimal ? optimalLeafOrder(merges, distances, size) : leavesOf(merges, size), merges };
}

function given(ids: readonly string[], leafOrder: readonly string[]): Ordered {
  requireIds(leafOrder, ids.length, 'leafOrder');
  const order = Int32Array.from(leafOrder, (id) => {
    const asset = ids.indexOf(id);
    if (asset >= 0) return asset;
    throw new RiskMathError('invalidInput', `${id} is not among the assets`, { field: 'leafOrder', ids: [id] });
  });
  return { order, merges: [] };
}

/** √(½ (1 − ρ)), n×n. @throws RiskMathError `outOfDomain` on an asset without variance */
export function correlationDistances({ size, values, variances, ids }: Covariance): Float64Array {
  const deviations = variances.map(Math.sqrt);
  const still = variances.findIndex((variance) => !(variance > 0));
  if (still >= 0) {
    const id = ids?.[still] ?? String(still);
    throw new RiskMathError('outOfDomain', `${id} has no variance, so that it has no correlation`, { ids: [id] });
  }
  const distances = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < i; j++) {
      const correlation = values[i * size + j]! / (deviations[i]! * deviations[j]!);
      const distance = Math.sqrt(Math.max(0, (1 - correlation) / 2));
      distances[i * size + j] = distance;
      distances[j * size + i] = distance;
    }
  }
  return distances;
}

function bisected(covariance: Covariance, order: Int32Array): Float64Array {
  const weights = new Float64Array(order.length).fill(1);
  const pending: [number, number][] = [[0, order.length]];
  while (pending.length > 0) {
    const [from, to] = pending.pop()!;
    if (to - from < 2) continue;
    const middle = from + ((to - from) >> 1);
    const first = inverseVarianceRisk(covariance, order, from, middle);
    const second = inverseVarianceRisk(covariance, order, middle, to);
    if (!(first + second > 0)) {
      throw new RiskMathError('outOfDomain', 'two clusters without risk cannot share it', { field: 'covariance' });
    }
    const share = second / (first + second);
    for (let k = from; k < to; k++) weights[order[k]!]! *= k < middle ? share : 1 - share;
    pending.push([from, middle], [middle, to]);
  }
  return weights;
}

/** Variance of a run of assets at weights in proportion to 1/σ². */
function inverseVarianceRisk(
  { size, values, variances }: Covariance,
  order: Int32Array,
  from: number,
  to: number,
): number {
  let total = 0;
  let mass = 0;
  for (let a = from; a < to; a++) {
    const i = order[a]!;
    const row = i * size;
    let line = 0;
    for (let b = from; b < a; b++) line += values[row + order[b]!]! / variances[order[b]!]!;
    total += 1 / variances[i]! + (2 * line) / variances[i]!;
    mass += 1 / variances[i]!;
  }
  const most = (): number => {
    const run = order.subarray(from, to);
    return variancePossible(
      Float64Array.from(run, (i) => 1 / variances[i]!),
      Float64Array.from(run, (i) => variances[i]!),
    );
  };
  return notNegative(total, most) / (mass * mass);
}
