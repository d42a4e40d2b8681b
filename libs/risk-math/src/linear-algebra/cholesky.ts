/**
 * Lower Cholesky factor L of a symmetric n×n row-major matrix, A = L Lᵀ; `null` when a pivot is not above
 * `tolerance` times its diagonal element.
 */
export function cholesky(matrix: Float64Array, size: number, tolerance = 0): Float64Array | null {
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
  for (let i = 0; i < size; i++) {
    let total = x[i]!;
    for (let k = 0; k < i; k++) total -= factor[i * size + k]! * x[k]!;
    x[i] = total / factor[i * size + i]!;
  }
  for (let i = size - 1; i >= 0; i--) {
    let total = x[i]!;
    for (let k = i + 1; k < size; k++) total -= factor[k * size + i]! * x[k]!;
    x[i] = total / factor[i * size + i]!;
  }
  return x;
}
