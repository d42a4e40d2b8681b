import { pivotedCholesky } from '../linear-algebra/pivoted-cholesky.js';
import type { RiskModelMatrix } from '../model/risk-model-matrix.js';

/**
 * Scenarios as r = S z with uncorrelated z of unit variance: |z| is the Mahalanobis distance of the scenario. Works for a
 * singular model too, whose scenarios are only those that it allows.
 */
export interface ScenarioSpace {
  /** Length of z. */
  readonly size: number;
  /** Sᵀa, for a functional a of the instruments' returns. */
  readonly instrumentNormal: (functional: Float64Array) => Float64Array;
  /** The normal of one factor's return; `null` in a dense model. */
  readonly factorNormal: (factor: number) => Float64Array | null;
  /** S z. */
  readonly returnsOf: (point: Float64Array) => Float64Array;
  /** Factor returns of z; `null` in a dense model. */
  readonly factorReturnsOf: (point: Float64Array) => Float64Array | null;
}

/** The space of a risk model's scenarios, per day. */
export function scenarioSpace(matrix: RiskModelMatrix): ScenarioSpace {
  if (matrix.kind === 'covariance') {
    const { root, rank } = pivotedCholesky(matrix.values, matrix.size);
    return {
      size: rank,
      instrumentNormal: (functional) => transposedTimes(root, matrix.size, rank, functional),
      factorNormal: () => null,
      returnsOf: (point) => times(root, matrix.size, rank, point),
      factorReturnsOf: () => null,
    };
  }
  const { size, factors, exposures, factorCovariance, specificVariances } = matrix;
  const { root, rank } = pivotedCholesky(factorCovariance, factors);
  const specific = specificVariances.map(Math.sqrt);
  const factorReturnsOf = (point: Float64Array): Float64Array => times(root, factors, rank, point.subarray(0, rank));
  return {
    size: rank + size,
    instrumentNormal: (functional) => {
      const normal = new Float64Array(rank + size);
      normal.set(transposedTimes(root, factors, rank, transposedTimes(exposures, size, factors, functional)));
      for (let i = 0; i < size; i++) normal[rank + i] = specific[i]! * functional[i]!;
      return normal;
    },
    factorNormal: (factor) => {
      const normal = new Float64Array(rank + size);
      normal.set(root.subarray(factor * rank, (factor + 1) * rank));
      return normal;
    },
    returnsOf: (point) =>
      times(exposures, size, factors, factorReturnsOf(point)).map(
        (value, i) => value + specific[i]! * point[rank + i]!,
      ),
    factorReturnsOf,
  };
}

function times(matrix: Float64Array, rows: number, columns: number, vector: Float64Array): Float64Array {
  const product = new Float64Array(rows);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) product[i]! += matrix[i * columns + j]! * vector[j]!;
  }
  return product;
}

function transposedTimes(matrix: Float64Array, rows: number, columns: number, vector: Float64Array): Float64Array {
  const product = new Float64Array(columns);
  for (let i = 0; i < rows; i++) {
    const value = vector[i]!;
    if (value === 0) continue;
    for (let j = 0; j < columns; j++) product[j]! += matrix[i * columns + j]! * value;
  }
  return product;
}
