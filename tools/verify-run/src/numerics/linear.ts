import type { Matrix } from './shrinkage.js';

/** x with A x = b, by elimination with the largest pivot. @throws RangeError where there is not one such x */
export function solved(matrix: Matrix, right: readonly number[]): number[] {
  return determinantAndSolution(matrix, right).x;
}

/** ln |det A|, and x with A x = b, by elimination with the largest pivot. @throws RangeError where there is not one such x */
export function determinantAndSolution(
  matrix: Matrix,
  right: readonly number[],
): { logDeterminant: number; x: number[] } {
  let logDeterminant = 0;
  const rows = matrix.map((row, i) => [...row, right[i] ?? NaN]);
  const size = rows.length;
  for (let k = 0; k < size; k++) {
    const pivot = rows
      .map((row, i) => ({ i, size: i < k ? -1 : Math.abs(row[k] ?? 0) }))
      .reduce((a, b) => (b.size > a.size ? b : a));
    const top = rows[pivot.i];
    if (top === undefined || !(pivot.size > 0)) throw new RangeError('the matrix is singular');
    logDeterminant += Math.log(pivot.size);
    rows[pivot.i] = rows[k] ?? top;
    rows[k] = top;
    for (const row of rows.slice(k + 1)) {
      const factor = (row[k] ?? 0) / (top[k] ?? NaN);
      for (let j = k; j <= size; j++) row[j] = (row[j] ?? 0) - factor * (top[j] ?? 0);
    }
  }
  const x = new Array<number>(size).fill(0);
  for (let k = size - 1; k >= 0; k--) {
    let value = rows[k]?.[size] ?? NaN;
    for (let j = k + 1; j < size; j++) value -= (rows[k]?.[j] ?? 0) * (x[j] ?? 0);
    x[k] = value / (rows[k]?.[k] ?? NaN);
  }
  return { logDeterminant, x };
}
