import { kernelCholesky, kernelTriangularSolve } from '../kernels/factorisation.js';

/** From this size on the compiled kernels are faster than a plain loop. */
const KERNEL_SIZE = 24;

/**
 * Lower Cholesky factor L of a symmetric n×n row-major matrix, A = L Lᵀ; `null` when a pivot is not above
 * `tolerance` times its diagonal element.
 */
export function cholesky(matrix: Float64Array, size: number, tolerance = 0): Float64Array | null {
  const compiled = size < KERNEL_SIZE ? null : kernelCholesky(matrix, size, tolerance);
  if (compiled !== null) return typeof compiled === 'number' ? null : compiled;
  return portableCholesky(matrix, size, tolerance);
}

function portableCholesky(matrix: Float64Array, size: number, tolerance: number): Float64Array | null {
  const factor = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    const row = i * size;
    for (let j = 0; j <= i; j++) {
      const other = j * size;
      let total = matrix[row + j]!;
      for (let k = 0; k < j; k++) total -= factor[row + k]! * factor[other + k]!;
      if (i === j) {
        if (!(total > tolerance * Math.abs(matrix[row + i]!))) return null;
        factor[row + i] = Math.sqrt(total);
      } else {
        factor[row + j] = total / factor[other + j]!;
      }
    }
  }
  return factor;
}

/** Solves L Lᵀ x = b. */
export function choleskySolve(factor: Float64Array, size: number, right: Float64Array): Float64Array {
  const x = Float64Array.from(right);
  forward(factor, size, x, 0);
  backward(factor, size, x, 0);
  return x;
}

/**
 * Solves L x = b, or Lᵀ x = b, for many right-hand sides.
 *
 * @param factor L, n×n row-major
 * @param rights m×n row-major: a right-hand side a row
 * @returns the solutions in the same form
 */
export function triangularSolve(
  factor: Float64Array,
  size: number,
  rights: Float64Array,
  count: number,
  transposed = false,
): Float64Array {
  const compiled = size < KERNEL_SIZE ? null : kernelTriangularSolve(factor, size, rights, count, transposed);
  if (compiled !== null) return compiled;
  const solutions = Float64Array.from(rights);
  for (let at = 0; at < count * size; at += size) {
    if (transposed) backward(factor, size, solutions, at);
    else forward(factor, size, solutions, at);
  }
  return solutions;
}

function forward(factor: Float64Array, size: number, x: Float64Array, at: number): void {
  for (let i = 0; i < size; i++) {
    let total = x[at + i]!;
    for (let k = 0; k < i; k++) total -= factor[i * size + k]! * x[at + k]!;
    x[at + i] = total / factor[i * size + i]!;
  }
}

function backward(factor: Float64Array, size: number, x: Float64Array, at: number): void {
  for (let i = size - 1; i >= 0; i--) {
    let total = x[at + i]!;
    for (let k = i + 1; k < size; k++) total -= factor[k * size + i]! * x[at + k]!;
    x[at + i] = total / factor[i * size + i]!;
  }
}
