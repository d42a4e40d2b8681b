import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { kernelEigen } from '../kernels/eigen.js';

/** Eigenvalues in ascending order and the eigenvectors as columns of an n×n row-major matrix. */
export interface SymmetricEigen {
  readonly values: Float64Array;
  readonly vectors: Float64Array;
}

/**
 * Eigenvalues and vectors of a symmetric n×n row-major matrix (Householder tridiagonalisation and implicit QL): by the
 * compiled kernels, by ml-matrix without them. Scaled to unit size first, so that covariances of 1e-12 lose nothing.
 */
export function symmetricEigen(matrix: Float64Array, size: number): SymmetricEigen {
  const { values, rows } = symmetricEigenRows(matrix, size);
  const vectors = new Float64Array(size * size);
  for (let k = 0; k < size; k++) for (let i = 0; i < size; i++) vectors[i * size + k] = rows[k * size + i]!;
  return { values, vectors };
}

/** The same with each eigenvector as a row, adjacent in memory. */
export function symmetricEigenRows(
  matrix: Float64Array,
  size: number,
): { readonly values: Float64Array; readonly rows: Float64Array } {
  const scale = largest(matrix);
  if (scale === 0) return { values: new Float64Array(size), rows: identity(size) };
  const unit = matrix.map((value) => value / scale);
  const { values, rows } = kernelEigen(unit, size, true) ?? decomposed(unit, size);
  return { values: values.map((value) => value * scale), rows };
}

/** Eigenvalues alone, in ascending order. */
export function symmetricEigenvalues(matrix: Float64Array, size: number): Float64Array {
  const scale = largest(matrix);
  if (scale === 0) return new Float64Array(size);
  const unit = matrix.map((value) => value / scale);
  const { values } = kernelEigen(unit, size, false) ?? decomposed(unit, size);
  return values.map((value) => value * scale);
}

/** The twin of the kernels: ml-matrix. */
function decomposed(unit: Float64Array, size: number): { values: Float64Array; rows: Float64Array } {
  const decomposition = new EigenvalueDecomposition(Matrix.from1DArray(size, size, unit), { assumeSymmetric: true });
  const vectors = decomposition.eigenvectorMatrix;
  const order = decomposition.realEigenvalues
    .map((value, index) => ({ value, index }))
    .sort((a, b) => a.value - b.value);
  const rows = new Float64Array(size * size);
  order.forEach(({ index }, row) => {
    for (let i = 0; i < size; i++) rows[row * size + i] = vectors.get(i, index);
  });
  return { values: Float64Array.from(order, ({ value }) => value), rows };
}

function largest(matrix: Float64Array): number {
  let scale = 0;
  for (let at = 0; at < matrix.length; at++) scale = Math.max(scale, Math.abs(matrix[at]!));
  return scale;
}

function identity(size: number): Float64Array {
  const matrix = new Float64Array(size * size);
  for (let i = 0; i < size; i++) matrix[i * size + i] = 1;
  return matrix;
}
