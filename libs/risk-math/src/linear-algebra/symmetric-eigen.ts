import { EigenvalueDecomposition, Matrix } from 'ml-matrix';

/** Eigenvalues in ascending order and the eigenvectors as columns of an n×n row-major matrix. */
export interface SymmetricEigen {
  readonly values: Float64Array;
  readonly vectors: Float64Array;
}

/**
 * Eigenvalues and vectors of a symmetric n×n row-major matrix (Householder tridiagonalisation and implicit QL, by
 * ml-matrix). Scaled to unit size first, so that covariances of 1e-12 lose nothing.
 */
export function symmetricEigen(matrix: Float64Array, size: number): SymmetricEigen {
  let scale = 0;
  for (const value of matrix) scale = Math.max(scale, Math.abs(value));
  if (size === 0 || scale === 0) return { values: new Float64Array(size), vectors: identity(size) };
  const wrapped = Matrix.from1DArray(
    size,
    size,
    Array.from(matrix, (value) => value / scale),
  );
  const decomposition = new EigenvalueDecomposition(wrapped, { assumeSymmetric: true });
  const vectors = decomposition.eigenvectorMatrix;
  const order = decomposition.realEigenvalues
    .map((value, index) => ({ value, index }))
    .sort((a, b) => a.value - b.value);
  const sorted = new Float64Array(size * size);
  order.forEach(({ index }, column) => {
    for (let row = 0; row < size; row++) sorted[row * size + column] = vectors.get(row, index);
  });
  return { values: Float64Array.from(order, ({ value }) => value * scale), vectors: sorted };
}

function identity(size: number): Float64Array {
  const matrix = new Float64Array(size * size);
  for (let i = 0; i < size; i++) matrix[i * size + i] = 1;
  return matrix;
}
