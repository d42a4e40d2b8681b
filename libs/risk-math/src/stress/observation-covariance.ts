import type { FactorModel } from '../model/factor-model.js';
import type { RiskModelMatrix } from '../model/risk-model-matrix.js';
import type { Observation } from './shocks.js';

/** Covariance of the observations with each other, m×m row-major, per day. */
export function observationCovariance(matrix: RiskModelMatrix, observations: readonly Observation[]): Float64Array {
  const size = observations.length;
  const result = new Float64Array(size * size);
  const between =
    matrix.kind === 'covariance'
      ? denseBetween(matrix.values, matrix.size, observations)
      : factorBetween(matrix, observations);
  for (let a = 0; a < size; a++) {
    for (let b = 0; b <= a; b++) {
      const value = between(a, b);
      result[a * size + b] = value;
      result[b * size + a] = value;
    }
  }
  return result;
}

function denseBetween(
  values: Float64Array,
  size: number,
  observations: readonly Observation[],
): (a: number, b: number) => number {
  /** Σ times the observation; one row of Σ is not copied. */
  const products = observations.map(({ rows, weights }) => {
    if (rows.length === 1 && weights[0] === 1) return values.subarray(rows[0]! * size, (rows[0]! + 1) * size);
    const product = new Float64Array(size);
    rows.forEach((row, k) => {
      for (let j = 0; j < size; j++) product[j]! += weights[k]! * values[row * size + j]!;
    });
    return product;
  });
  return (a, b) => {
    let total = 0;
    const { rows, weights } = observations[b]!;
    for (let k = 0; k < rows.length; k++) total += weights[k]! * products[a]![rows[k]!]!;
    return total;
  };
}

function factorBetween(model: FactorModel, observations: readonly Observation[]): (a: number, b: number) => number {
  const { factors, specificVariances } = model;
  const exposures = observations.map((observation) => factorExposure(model, observation));
  const products = exposures.map((exposure) => timesFactorCovariance(model, exposure));
  const bySpecific = observations.map(
    ({ rows, weights }) => new Map(rows.map((row, k) => [row, weights[k]! * specificVariances[row]!])),
  );
  return (a, b) => {
    let total = 0;
    for (let k = 0; k < factors; k++) total += products[a]![k]! * exposures[b]![k]!;
    const { rows, weights } = observations[b]!;
    for (let k = 0; k < rows.length; k++) total += weights[k]! * (bySpecific[a]!.get(rows[k]!) ?? 0);
    return total;
  };
}

/** Bᵀa of the observation's instruments, with its factor. */
export function factorExposure(
  { factors, exposures }: FactorModel,
  { rows, weights, factor }: Observation,
): Float64Array {
  const exposure = new Float64Array(factors);
  rows.forEach((row, k) => {
    for (let f = 0; f < factors; f++) exposure[f]! += weights[k]! * exposures[row * factors + f]!;
  });
  if (factor >= 0) exposure[factor]! += 1;
  return exposure;
}

/** F x. */
export function timesFactorCovariance(
  { factors, factorCovariance }: FactorModel,
  exposure: Float64Array,
): Float64Array {
  const product = new Float64Array(factors);
  for (let a = 0; a < factors; a++) {
    for (let b = 0; b < factors; b++) product[a]! += factorCovariance[a * factors + b]! * exposure[b]!;
  }
  return product;
}
