import { workspace } from './engine.js';
import { groupCount } from './layout.js';

/** Eigenvalues in ascending order and, where asked for, the eigenvectors as rows of an n×n row-major matrix. */
export interface KernelEigen {
  readonly values: Float64Array;
  readonly rows: Float64Array;
}

/**
 * Eigenvalues and vectors of a symmetric n×n row-major matrix of about unit size, by the compiled kernels: Householder
 * tridiagonalisation, implicit QL, and the reflections back. Source: Golub and Van Loan, Matrix Computations, section 8.3.
 *
 * @param withVectors false saves most of the time; `rows` is then empty
 * @returns `null` without compiled kernels, or when QL has not converged
 */
export function kernelEigen(matrix: Float64Array, size: number, withVectors: boolean): KernelEigen | null {
  const rowLength = Math.ceil(size / 8) * 8;
  const rowCount = groupCount(size) * 4;
  const vectorsLength = withVectors ? rowCount * rowLength : 0;
  const space = workspace([size * size, size, size, size, 3 * (size + 1), vectorsLength, 2 * size]);
  if (space === null) return null;
  const { kernels, at, numbers } = space;
  const [source, diagonal, offDiagonal, taus, work, vectors, rotations] = at as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  numbers(0, size * size).set(matrix);
  const rows = numbers(5, vectorsLength).fill(0);
  if (withVectors) for (let i = 0; i < size; i++) rows[i * rowLength + i] = 1;
  kernels.tridiagonalise(source, size, diagonal, offDiagonal, taus, work);
  const rowBytes = rowLength * 8;
  const failed = kernels.tridiagonalEigen(diagonal, offDiagonal, size, withVectors ? vectors : 0, rowBytes, rotations);
  if (failed !== 0) return null;
  if (withVectors) kernels.backTransform(source, size, taus, vectors, rowBytes, rowCount);
  const unsorted = numbers(1, size);
  const order = Array.from(unsorted.keys()).sort((a, b) => unsorted[a]! - unsorted[b]!);
  const sorted = new Float64Array(withVectors ? size * size : 0);
  if (withVectors) {
    order.forEach((from, to) => sorted.set(rows.subarray(from * rowLength, from * rowLength + size), to * size));
  }
  return { values: Float64Array.from(order, (from) => unsorted[from]!), rows: sorted };
}
