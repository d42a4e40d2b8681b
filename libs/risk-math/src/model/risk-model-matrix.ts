import { requireFinite, requireLength } from '../foundation/guards.js';
import { kernelFactorProduct } from '../kernels/factor-form.js';
import type { Covariance } from './covariance.js';
import { createCovariance } from './covariance.js';
import type { FactorModel } from './factor-model.js';
import { notNegative, variancePossible } from '../foundation/variance.js';

/** A covariance of daily returns, dense or in factor form. */
export type RiskModelMatrix = Covariance | FactorModel;

/**
 * Σw, per day.
 *
 * @param weights n
 * @throws RiskMathError `invalidInput` on a wrong length or a number that is not finite
 */
export function multiply(matrix: RiskModelMatrix, weights: Float64Array): Float64Array {
  requireLength(weights, matrix.size, 'weights');
  requireFinite(weights, 'weights');
  return matrix.kind === 'covariance' ? multiplyDense(matrix, weights) : multiplyFactorForm(matrix, weights);
}

/**
 * wᵀΣw, per day; never below 0 (rounding is cut off).
 *
 * @throws RiskMathError as `multiply`; `notPositiveSemiDefinite` when it is negative beyond rounding
 */
export function quadraticForm(matrix: RiskModelMatrix, weights: Float64Array): number {
  const product = multiply(matrix, weights);
  let total = 0;
  for (let i = 0; i < weights.length; i++) total += weights[i]! * product[i]!;
  return notNegative(total, () => variancePossible(weights, matrix.variances));
}

/** The element Σ_ij, per day. */
export function covarianceBetween(matrix: RiskModelMatrix, i: number, j: number): number {
  if (matrix.kind === 'covariance') return matrix.values[i * matrix.size + j]!;
  const { factors, exposures, factorCovariance } = matrix;
  let total = i === j ? matrix.specificVariances[i]! : 0;
  for (let a = 0; a < factors; a++) {
    let row = 0;
    for (let b = 0; b < factors; b++) row += factorCovariance[a * factors + b]! * exposures[j * factors + b]!;
    total += row * exposures[i * factors + a]!;
  }
  return total;
}

/**
 * The dense covariance of the assets at `indices`, in that order. An index may come twice: a solver's assets are
 * leaves, and one instrument may be two leaves.
 *
 * @param ids names of the assets of the result, such as leaf ids
 */
export function subCovariance(
  matrix: RiskModelMatrix,
  indices: ArrayLike<number>,
  ids?: readonly string[],
): Covariance {
  const size = indices.length;
  const values = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      const element = covarianceBetween(matrix, indices[i]!, indices[j]!);
      values[i * size + j] = element;
      values[j * size + i] = element;
    }
  }
  return createCovariance(values, size, { ids, repair: matrix.repair });
}

/** Σ written out. A dense matrix is returned as it is. */
export function toDense(matrix: RiskModelMatrix): Covariance {
  if (matrix.kind === 'covariance') return matrix;
  return subCovariance(
    matrix,
    Array.from({ length: matrix.size }, (_, index) => index),
    matrix.ids,
  );
}

function multiplyDense(matrix: Covariance, weights: Float64Array): Float64Array {
  const { size, values } = matrix;
  const product = new Float64Array(size);
  for (let i = 0; i < size; i++) {
    let total = 0;
    const row = i * size;
    for (let j = 0; j < size; j++) total += values[row + j]! * weights[j]!;
    product[i] = total;
  }
  return product;
}

function multiplyFactorForm(matrix: FactorModel, weights: Float64Array): Float64Array {
  const { size, specificVariances } = matrix;
  const inFactors = (exposure: Float64Array): Float64Array => factorRiskOf(matrix, exposure);
  const product =
    kernelFactorProduct(matrix, weights, inFactors) ?? systematicOf(matrix, inFactors(exposureOf(matrix, weights)));
  for (let i = 0; i < size; i++) product[i] = specificVariances[i]! * weights[i]! + product[i]!;
  return product;
}

/** F x. */
function factorRiskOf({ factors, factorCovariance }: FactorModel, exposure: Float64Array): Float64Array {
  const factorRisk = new Float64Array(factors);
  for (let a = 0; a < factors; a++) {
    let total = 0;
    for (let b = 0; b < factors; b++) total += factorCovariance[a * factors + b]! * exposure[b]!;
    factorRisk[a] = total;
  }
  return factorRisk;
}

/** B f. */
function systematicOf({ size, factors, exposures }: FactorModel, factorRisk: Float64Array): Float64Array {
  const product = new Float64Array(size);
  for (let i = 0, at = 0; i < size; i++) {
    // Four sums, so that no addition waits for the one before.
    let s0 = 0;
    let s1 = 0;
    let s2 = 0;
    let s3 = 0;
    let a = 0;
    for (; a + 3 < factors; a += 4, at += 4) {
      s0 += exposures[at]! * factorRisk[a]!;
      s1 += exposures[at + 1]! * factorRisk[a + 1]!;
      s2 += exposures[at + 2]! * factorRisk[a + 2]!;
      s3 += exposures[at + 3]! * factorRisk[a + 3]!;
    }
    for (; a < factors; a++, at++) s0 += exposures[at]! * factorRisk[a]!;
    product[i] = s0 + s1 + (s2 + s3);
  }
  return product;
}

/** Bᵀw, four assets at a time: each sum is read and written once for four products. */
function exposureOf({ size, factors, exposures }: FactorModel, weights: Float64Array): Float64Array {
  const exposure = new Float64Array(factors);
  let i = 0;
  for (; i + 3 < size; i += 4) {
    const w0 = weights[i]!;
    const w1 = weights[i + 1]!;
    const w2 = weights[i + 2]!;
    const w3 = weights[i + 3]!;
    if (w0 === 0 && w1 === 0 && w2 === 0 && w3 === 0) continue;
    let e0 = i * factors;
    let e1 = e0 + factors;
    let e2 = e1 + factors;
    let e3 = e2 + factors;
    for (let a = 0; a < factors; a++) {
      exposure[a]! += w0 * exposures[e0++]! + w1 * exposures[e1++]! + (w2 * exposures[e2++]! + w3 * exposures[e3++]!);
    }
  }
  for (; i < size; i++) {
    const weight = weights[i]!;
    for (let a = 0; a < factors; a++) exposure[a]! += weight * exposures[i * factors + a]!;
  }
  return exposure;
}
