import { RiskMathError } from '../foundation/risk-math-error.js';
import { pivotedCholesky, solvePivoted } from '../linear-algebra/pivoted-cholesky.js';
import { type RiskModelMatrix, multiply } from '../model/risk-model-matrix.js';
import { factorExposure, observationCovariance, timesFactorCovariance } from './observation-covariance.js';
import { type Observation, type Shock, type StressModel, observationsOf } from './shocks.js';

/** A whole scenario: what was fixed, and the rest where the model expects it given all of that. */
export interface ShockedReturns {
  /** n simple returns in the order of the model's instruments. */
  readonly returns: Float64Array;
  /** By factor; `null` for a dense model. */
  readonly factorReturns: Float64Array | null;
  /** √(sᵀ Cov(s)⁻¹ s): how many standard deviations a day the shocks are away, taken together. */
  readonly mahalanobisDistance: number;
  /** Shocks that follow from the others and so added nothing, by name. */
  readonly implied: readonly string[];
}

/** A dependent shock may differ from what the others imply by this part of the largest shock. */
const CONSISTENT = 1e-7;

/**
 * Moves every instrument by its expectation given all shocks at once,
 *
 *     E[r | s] = Cov(r, s) Cov(s, s)⁻¹ s,
 *
 * zero mean, as for any elliptic distribution. Shocked names keep exactly their shock. In factor form the factors move with
 * them. Shocks that depend on each other (duplicated names) are fine as long as they agree.
 *
 * Source: Kupiec, "Stress testing in a value at risk framework", Journal of Derivatives 6 (1998).
 *
 * @param model per day; the horizon of the shocks does not matter to the expectation, the distance is per day
 * @throws RiskMathError `invalidInput` on unknown names, contradictory or empty shocks; `outOfDomain` naming shocks to which
 *   the model gives no probability: a name without variance, or two that cannot move apart
 */
export function conditionalShock(model: StressModel, shocks: readonly Shock[]): ShockedReturns {
  const observations = observationsOf(model, shocks);
  if (observations.length === 0) throw new RiskMathError('invalidInput', 'there is no shock', { field: 'shocks' });
  const values = Float64Array.from(observations, ({ value }) => value);
  const covariance = observationCovariance(model.matrix, observations);
  const factor = pivotedCholesky(covariance, values.length);
  const solution = solvePivoted(factor, values);
  const implied = Array.from(factor.order.subarray(factor.rank));
  requireConsistent(covariance, solution, observations, implied);
  const moved = expectedReturns(model.matrix, observations, solution);
  for (const { rows, weights, factor: own, value } of observations) {
    if (rows.length === 1 && weights[0] === 1) moved.returns[rows[0]!] = value;
    if (own >= 0 && moved.factorReturns !== null) moved.factorReturns[own] = value;
  }
  let squares = 0;
  for (let k = 0; k < values.length; k++) squares += values[k]! * solution[k]!;
  return {
    ...moved,
    mahalanobisDistance: Math.sqrt(Math.max(0, squares)),
    implied: implied.map((at) => observations[at]!.name),
  };
}

function requireConsistent(
  covariance: Float64Array,
  solution: Float64Array,
  observations: readonly Observation[],
  implied: readonly number[],
): void {
  const size = observations.length;
  const largest = observations.reduce((most, { value }) => Math.max(most, Math.abs(value)), 0);
  const apart: string[] = [];
  let residual = 0;
  for (const at of implied) {
    let expected = 0;
    for (let k = 0; k < size; k++) expected += covariance[at * size + k]! * solution[k]!;
    const difference = Math.abs(observations[at]!.value - expected);
    if (difference <= CONSISTENT * largest) continue;
    apart.push(observations[at]!.name);
    residual = Math.max(residual, difference);
  }
  if (apart.length > 0) {
    throw new RiskMathError(
      'outOfDomain',
      `the model gives the shock of ${apart.join(', ')} no probability beside the others`,
      { field: 'shocks', ids: apart, residual },
    );
  }
}

/** Cov(r, s) x, and Cov(f, s) x in factor form. */
function expectedReturns(
  matrix: RiskModelMatrix,
  observations: readonly Observation[],
  solution: Float64Array,
): { readonly returns: Float64Array; readonly factorReturns: Float64Array | null } {
  const combination = new Float64Array(matrix.size);
  observations.forEach(({ rows, weights }, k) => {
    rows.forEach((row, at) => (combination[row]! += weights[at]! * solution[k]!));
  });
  if (matrix.kind === 'covariance') return { returns: multiply(matrix, combination), factorReturns: null };
  const { factors, exposures, specificVariances } = matrix;
  const exposure = new Float64Array(factors);
  observations.forEach((observation, k) => {
    factorExposure(matrix, observation).forEach((value, f) => (exposure[f]! += value * solution[k]!));
  });
  const factorReturns = timesFactorCovariance(matrix, exposure);
  const returns = combination.map((value, i) => {
    let total = specificVariances[i]! * value;
    for (let f = 0; f < factors; f++) total += exposures[i * factors + f]! * factorReturns[f]!;
    return total;
  });
  return { returns, factorReturns };
}
