/** The inverse of a regular n×n row-major matrix: Gauss–Jordan with row exchanges. */
export function inverted(matrix: Float64Array, size: number): Float64Array {
  const a = matrix.slice();
  const inverse = new Float64Array(size * size);
  for (let i = 0; i < size; i++) inverse[i * size + i] = 1;
  for (let k = 0; k < size; k++) {
    let pivot = k;
    for (let row = k + 1; row < size; row++) {
      if (Math.abs(a[row * size + k]!) > Math.abs(a[pivot * size + k]!)) pivot = row;
    }
    for (const values of [a, inverse]) {
      if (pivot === k) break;
      for (let j = 0; j < size; j++) {
        const held = values[k * size + j]!;
        values[k * size + j] = values[pivot * size + j]!;
        values[pivot * size + j] = held;
      }
    }
    const scale = 1 / a[k * size + k]!;
    for (let j = 0; j < size; j++) {
      a[k * size + j]! *= scale;
      inverse[k * size + j]! *= scale;
    }
    for (let row = 0; row < size; row++) {
      const factor = a[row * size + k]!;
      if (row === k || factor === 0) continue;
      for (let j = 0; j < size; j++) {
        a[row * size + j]! -= factor * a[k * size + j]!;
        inverse[row * size + j]! -= factor * inverse[k * size + j]!;
      }
    }
  }
  return inverse;
}
