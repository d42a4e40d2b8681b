/**
 * Solves A x = b by elimination with partial pivoting; both are changed, `right` becomes x.
 *
 * @param matrix n×n row-major
 * @returns false when a pivot is 0 or not a number
 */
export function solveInPlace(matrix: Float64Array, right: Float64Array, size: number): boolean {
  for (let column = 0; column < size; column++) {
    const pivotRow = largestBelow(matrix, size, column);
    const pivot = matrix[pivotRow * size + column]!;
    if (!(Math.abs(pivot) > 0)) return false;
    if (pivotRow !== column) swapRows(matrix, right, size, pivotRow, column);
    for (let row = column + 1; row < size; row++) {
      const factor = matrix[row * size + column]! / pivot;
      if (factor === 0) continue;
      for (let k = column; k < size; k++) matrix[row * size + k]! -= factor * matrix[column * size + k]!;
      right[row]! -= factor * right[column]!;
    }
  }
  for (let row = size - 1; row >= 0; row--) {
    let total = right[row]!;
    for (let k = row + 1; k < size; k++) total -= matrix[row * size + k]! * right[k]!;
    right[row] = total / matrix[row * size + row]!;
    if (!Number.isFinite(right[row]!)) return false;
  }
  return true;
}

function largestBelow(matrix: Float64Array, size: number, column: number): number {
  let best = column;
  for (let row = column + 1; row < size; row++) {
    if (Math.abs(matrix[row * size + column]!) > Math.abs(matrix[best * size + column]!)) best = row;
  }
  return best;
}

function swapRows(matrix: Float64Array, right: Float64Array, size: number, a: number, b: number): void {
  for (let k = 0; k < size; k++) {
    const value = matrix[a * size + k]!;
    matrix[a * size + k] = matrix[b * size + k]!;
    matrix[b * size + k] = value;
  }
  const value = right[a]!;
  right[a] = right[b]!;
  right[b] = value;
}

/** The inverse of an n×n row-major matrix; `null` when it is singular. */
export function inverse(matrix: Float64Array, size: number): Float64Array | null {
  const result = new Float64Array(size * size);
  for (let column = 0; column < size; column++) {
    const unit = new Float64Array(size);
    unit[column] = 1;
    if (!solveInPlace(Float64Array.from(matrix), unit, size)) return null;
    for (let row = 0; row < size; row++) result[row * size + column] = unit[row]!;
  }
  return result;
}
