import { requireFinite, requireLength } from '../foundation/guards.js';
import { RiskMathError } from '../foundation/risk-math-error.js';
import { multiplyTransposed } from '../kernels/multiply.js';
import { symmetricEigenRows, symmetricEigenvalues } from '../linear-algebra/symmetric-eigen.js';
import { type Covariance, createCovariance, unrepaired } from '../model/covariance.js';

/** An eigenvalue below minus this, relative to the largest, is negative beyond rounding. */
const NEGATIVE = 1e-12;
const MAXIMUM_ITERATIONS = 500;

/**
 * The nearest covariance to a symmetric matrix, in the Frobenius norm of the correlation matrix, that is positive
 * semi-definite and keeps every variance; a matrix that needs none is returned as it is, with `repair.method` `none`.
 *
 * Source: Higham, "Computing the nearest correlation matrix", IMA Journal of Numerical Analysis 22 (2002), alternating
 * projections with Dykstra's correction.
 *
 * @param matrix n×n row-major, symmetric, per day
 * @throws RiskMathError `notPositiveSemiDefinite` on a negative variance, or covariance with an asset without variance;
 *   `notConverged` with the residual; `invalidInput` on a number that is not finite
 */
export function nearestPositiveSemiDefinite(matrix: Float64Array, size: number, ids?: readonly string[]): Covariance {
  requireLength(matrix, size * size, 'matrix');
  requireFinite(matrix, 'matrix');
  const deviations = deviationsOf(matrix, size, ids);
  const correlation = correlationOf(matrix, deviations, size);
  const values = symmetricEigenvalues(correlation, size);
  const smallest = values[0] ?? 0;
  const largest = values[size - 1] ?? 0;
  if (smallest >= -NEGATIVE * largest) {
    return createCovariance(Float64Array.from(matrix), size, { ids, repair: unrepaired });
  }
  const repaired = nearestCorrelation(correlation, size);
  const result = new Float64Array(size * size);
  let change = 0;
  let norm = 0;
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) {
      const at = i * size + j;
      result[at] = i === j ? matrix[at]! : repaired[at]! * deviations[i]! * deviations[j]!;
      change += (result[at]! - matrix[at]!) ** 2;
      norm += matrix[at]! ** 2;
    }
  }
  return createCovariance(result, size, {
    ids,
    repair: {
      method: 'higham',
      distance: Math.sqrt(change),
      relativeDistance: Math.sqrt(change / norm),
      smallestEigenvalue: symmetricEigenvalues(matrix, size)[0]!,
    },
  });
}

function deviationsOf(matrix: Float64Array, size: number, ids: readonly string[] | undefined): Float64Array {
  const deviations = new Float64Array(size);
  for (let i = 0; i < size; i++) {
    const variance = matrix[i * size + i]!;
    if (variance < 0) {
      throw new RiskMathError('notPositiveSemiDefinite', `the variance of ${ids?.[i] ?? `asset ${i}`} is negative`, {
        ids: [ids?.[i] ?? String(i)],
      });
    }
    deviations[i] = Math.sqrt(variance);
  }
  return deviations;
}

/** Correlations; an asset without variance has none with any other. */
function correlationOf(matrix: Float64Array, deviations: Float64Array, size: number): Float64Array {
  const correlation = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) {
      const scale = deviations[i]! * deviations[j]!;
      const element = matrix[i * size + j]!;
      if (scale === 0 && i !== j && element !== 0) {
        throw new RiskMathError('notPositiveSemiDefinite', 'an asset without variance has a covariance', {
          field: 'matrix',
        });
      }
      correlation[i * size + j] = i === j ? 1 : scale === 0 ? 0 : element / scale;
    }
  }
  return correlation;
}

function nearestCorrelation(correlation: Float64Array, size: number): Float64Array {
  let current = Float64Array.from(correlation);
  let correction = new Float64Array(size * size);
  let residual = Infinity;
  for (let iteration = 0; iteration < MAXIMUM_ITERATIONS; iteration++) {
    const corrected = current.map((value, at) => value - correction[at]!);
    const projected = positivePart(corrected, size);
    correction = projected.map((value, at) => value - corrected[at]!);
    const next = Float64Array.from(projected);
    for (let i = 0; i < size; i++) next[i * size + i] = 1;
    residual = relativeChange(next, projected);
    current = next;
    if (residual < 1e-13) return rescaled(projected, size);
  }
  if (residual > 1e-8) {
    throw new RiskMathError('notConverged', 'the nearest correlation matrix was not found', {
      residual,
      iterations: MAXIMUM_ITERATIONS,
    });
  }
  return rescaled(positivePart(current, size), size);
}

/**
 * The projection on positive semi-definite matrices: negative eigenvalues to 0. Whichever sign has fewer eigenvalues is put
 * together, and taken off where it is the negative one.
 */
function positivePart(matrix: Float64Array, size: number): Float64Array {
  const { values, rows } = symmetricEigenRows(matrix, size);
  let negative = 0;
  while (negative < size && values[negative]! <= 0) negative++;
  const removes = negative <= size / 2;
  const [from, to] = removes ? [0, negative] : [negative, size];
  const terms = to - from;
  // Columns √|λ| v: their products with each other are the part of the matrix.
  const scaled = new Float64Array(size * terms);
  for (let k = 0; k < terms; k++) {
    const root = Math.sqrt(Math.abs(values[from + k]!));
    for (let i = 0; i < size; i++) scaled[i * terms + k] = root * rows[(from + k) * size + i]!;
  }
  const part = multiplyTransposed(scaled, scaled, size, size, terms);
  return removes ? matrix.map((value, at) => value + part[at]!) : part;
}

/** A unit diagonal to the bit, by a congruence that keeps positive semi-definiteness. */
function rescaled(matrix: Float64Array, size: number): Float64Array {
  return matrix.map((value, at) => {
    const i = Math.floor(at / size);
    const j = at % size;
    return i === j ? 1 : value / Math.sqrt(matrix[i * size + i]! * matrix[j * size + j]!);
  });
}

function relativeChange(a: Float64Array, b: Float64Array): number {
  let change = 0;
  let norm = 0;
  for (let at = 0; at < a.length; at++) {
    change += (a[at]! - b[at]!) ** 2;
    norm += a[at]! ** 2;
  }
  return Math.sqrt(change / norm);
}
