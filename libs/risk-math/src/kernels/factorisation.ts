import { type Workspace, workspace } from './engine.js';
import { groupCount, groupLength } from './layout.js';

const BLOCK_COLUMNS = 16;

/**
 * The lower Cholesky factor by the compiled kernels.
 *
 * @param tolerance a pivot must be above this times its diagonal element
 * @returns L, n×n row-major; the first column whose pivot is not; or `null` without compiled kernels
 */
export function kernelCholesky(matrix: Float64Array, size: number, tolerance: number): Float64Array | number | null {
  const group = groupLength(size);
  const groups = groupCount(size);
  const width = groups * 4;
  const square = size * size;
  const space = workspace([square, groups * group, BLOCK_COLUMNS * width, square]);
  if (space === null) return null;
  const { kernels, at, numbers } = space;
  numbers(0, square).set(matrix);
  numbers(1, groups * group).fill(0);
  const factor = numbers(3, square).fill(0);
  const stopped = kernels.cholesky(at[0]!, size, tolerance, at[1]!, group * 8, at[2]!, width, at[3]!);
  return stopped < 0 ? Float64Array.from(factor) : stopped;
}

/**
 * Solves L x = b, or Lᵀ x = b, for many right-hand sides by the compiled kernels; Lᵀ read backwards in both directions is
 * lower triangular as well.
 *
 * @param factor L, n×n row-major
 * @param rights m×n row-major: a right-hand side a row
 * @returns the solutions in the same form; `null` without compiled kernels
 */
export function kernelTriangularSolve(
  factor: Float64Array,
  size: number,
  rights: Float64Array,
  count: number,
  transposed: boolean,
): Float64Array | null {
  const group = groupLength(size);
  const groups = groupCount(size);
  const rightGroups = groupCount(count);
  const width = rightGroups * 4;
  const space = workspace([size * size, groups * group, count * size, rightGroups * group, BLOCK_COLUMNS * width]);
  if (space === null) return null;
  const { kernels, at, numbers } = space;
  const lower = numbers(0, size * size);
  const solutions = numbers(2, count * size);
  if (transposed) {
    for (let i = 0; i < size; i++) {
      for (let j = 0; j <= i; j++) lower[i * size + j] = factor[(size - 1 - j) * size + size - 1 - i]!;
    }
  } else {
    lower.set(factor);
  }
  solutions.set(rights);
  if (transposed) reverseRows(solutions, count, size);
  kernels.packRows(at[0]!, size, size, at[1]!, group * 8);
  numbers(3, rightGroups * group).fill(0);
  solve(space, size, group * 8, count, width);
  if (transposed) reverseRows(solutions, count, size);
  return Float64Array.from(solutions);
}

function solve({ kernels, at }: Workspace, size: number, groupBytes: number, count: number, width: number): void {
  kernels.solveLower(at[0]!, at[1]!, size, groupBytes, at[2]!, count, at[3]!, at[4]!, width);
}

function reverseRows(values: Float64Array, rows: number, length: number): void {
  for (let row = 0; row < rows; row++) values.subarray(row * length, (row + 1) * length).reverse();
}
