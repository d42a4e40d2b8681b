/**
 * XᵀX / divisor of a T×n row-major matrix: n×n, symmetric to the bit.
 *
 * Works on the transposed matrix so that every inner product runs over adjacent memory, four columns at a time.
 *
 * @param columns n×T row-major: the transpose of X
 */
export function crossProduct(
  columns: Float64Array,
  assets: number,
  observations: number,
  divisor: number,
): Float64Array {
  const product = new Float64Array(assets * assets);
  for (let i = 0; i < assets; i++) {
    let j = 0;
    for (; j + 4 <= i + 1; j += 4) {
      const a = i * observations;
      let b = j * observations;
      let c = b + observations;
      let d = c + observations;
      let e = d + observations;
      let s0 = 0;
      let s1 = 0;
      let s2 = 0;
      let s3 = 0;
      for (let t = a; t < a + observations; t++) {
        const x = columns[t]!;
        s0 += x * columns[b++]!;
        s1 += x * columns[c++]!;
        s2 += x * columns[d++]!;
        s3 += x * columns[e++]!;
      }
      product[i * assets + j] = s0 / divisor;
      product[i * assets + j + 1] = s1 / divisor;
      product[i * assets + j + 2] = s2 / divisor;
      product[i * assets + j + 3] = s3 / divisor;
    }
    for (; j <= i; j++) {
      let total = 0;
      for (let t = 0; t < observations; t++) total += columns[i * observations + t]! * columns[j * observations + t]!;
      product[i * assets + j] = total / divisor;
    }
  }
  for (let i = 0; i < assets; i++) for (let j = 0; j < i; j++) product[j * assets + i] = product[i * assets + j]!;
  return product;
}

/** The transpose of a rows×columns row-major matrix. */
export function transpose(values: Float64Array, rows: number, columns: number): Float64Array {
  const result = new Float64Array(rows * columns);
  for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) result[c * rows + r] = values[r * columns + c]!;
  return result;
}

/** The transpose with each column's mean taken off: n×T. */
export function demeanedColumns(values: Float64Array, observations: number, assets: number): Float64Array {
  const columns = transpose(values, observations, assets);
  for (let i = 0; i < assets; i++) {
    const column = columns.subarray(i * observations, (i + 1) * observations);
    let mean = 0;
    for (const value of column) mean += value;
    mean /= observations;
    // Second pass: what rounding left of the mean, so that prices of any level give the same digits.
    let rest = 0;
    for (const value of column) rest += value - mean;
    mean += rest / observations;
    for (let t = 0; t < observations; t++) column[t]! -= mean;
  }
  return columns;
}
