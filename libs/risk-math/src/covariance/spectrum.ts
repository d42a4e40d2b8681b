import { multiplyTransposed } from '../kernels/multiply.js';

/**
 * Σ_k λ_k v_k v_kᵀ, symmetric to the bit.
 *
 * @param values k, none negative
 * @param rows k×n row-major: an eigenvector a row
 */
export function fromSpectrum(values: Float64Array, rows: Float64Array, size: number): Float64Array {
  const count = values.length;
  const columns = new Float64Array(size * count);
  for (let k = 0; k < count; k++) {
    const root = Math.sqrt(values[k]!);
    for (let i = 0; i < size; i++) columns[i * count + k] = root * rows[k * size + i]!;
  }
  const matrix = multiplyTransposed(columns, columns, size, size, count);
  for (let i = 0; i < size; i++) for (let j = 0; j < i; j++) matrix[j * size + i] = matrix[i * size + j]!;
  return matrix;
}
