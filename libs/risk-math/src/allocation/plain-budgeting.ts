import { ANNUALISATION } from '../foundation/conventions.js';
import { descendFreely } from './coordinate-descent.js';
import type { AllocationProblem, Solution, WeightScale } from './types.js';

/** Residual above which an answer is refused. */
export const ACCEPTED = 1e-9;

/**
 * Risk budgets of a long-only portfolio without constraints, straight from the covariance: nothing is copied or written out
 * for constraints that are not there.
 *
 * @param budgets none negative, sum 1
 * @returns `null` when there is more to the problem than that, or something to refuse
 */
export function solvePlain(problem: AllocationProblem, budgets: Float64Array): Solution | null {
  const { covariance, constraints, signs, scale } = problem;
  const { ids, size, values } = covariance;
  if (ids === undefined || signs !== undefined || isConstrained(constraints)) return null;
  const barrier = barrierOf(covariance.variances, budgets);
  if (barrier === null) return null;
  const { variables, product, iterations, converged } = descendFreely(values, barrier);
  if (!converged) return null;
  let variance = 0;
  let sum = 0;
  for (let i = 0; i < size; i++) {
    sum += variables[i]!;
    product[i]! *= variables[i]!;
    variance += product[i]!;
  }
  let residual = 0;
  for (let i = 0; i < size; i++) {
    product[i]! /= variance;
    residual = Math.max(residual, Math.abs(product[i]! - budgets[i]!));
  }
  const factor = factorOf(scale, sum, Math.sqrt(variance));
  if (!(residual <= ACCEPTED && factor > 0 && Number.isFinite(factor))) return null;
  for (let i = 0; i < size; i++) variables[i]! *= factor;
  return {
    assetIds: ids,
    weights: variables,
    targetShares: budgets,
    realisedShares: product,
    status: 'optimal',
    binding: [],
    iterations,
    residual,
    volatilityAnnual: ANNUALISATION * Math.sqrt(variance) * factor,
  };
}

function isConstrained(constraints: AllocationProblem['constraints']): boolean {
  return (constraints?.bounds?.length ?? 0) + (constraints?.groups?.length ?? 0) > 0;
}

/** The budgets in the unit of the mean variance, so that the solution has numbers of ordinary size; `null` unless all are above 0. */
function barrierOf(variances: Float64Array, budgets: Float64Array): Float64Array | null {
  const size = budgets.length;
  let unit = 0;
  for (let i = 0; i < size; i++) {
    if (!(variances[i]! > 0 && budgets[i]! > 0)) return null;
    unit += variances[i]! / size;
  }
  const barrier = new Float64Array(size);
  for (let i = 0; i < size; i++) barrier[i] = budgets[i]! * unit;
  return barrier;
}

/** What scales weights of this sum and daily deviation. */
function factorOf(scale: WeightScale | undefined, sum: number, deviation: number): number {
  if (scale === undefined) return 1 / sum;
  return scale.kind === 'volatility' ? scale.value / (ANNUALISATION * deviation) : scale.value / sum;
}
