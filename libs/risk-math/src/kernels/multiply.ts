import { workspace } from './engine.js';
import { BLOCK_ROWS, CHUNK_TERMS, groupCount, groupLength } from './layout.js';
import { dotProduct } from './portable.js';

/**
 * A Bᵀ of an m×k and an n×k row-major matrix: m×n. Every element is summed in the order of `layout.ts`.
 */
export function multiplyTransposed(
  a: Float64Array,
  b: Float64Array,
  rows: number,
  columns: number,
  terms: number,
): Float64Array {
  const result = new Float64Array(rows * columns);
  const group = groupLength(terms);
  const groups = groupCount(columns);
  const width = groups * 4;
  const space = workspace([
    columns * terms,
    groups * group,
    BLOCK_ROWS * terms,
    groupCount(BLOCK_ROWS) * group,
    BLOCK_ROWS * width,
  ]);
  if (space === null || terms === 0 || columns === 0) {
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++) result[i * columns + j] = dotProduct(a, i * terms, b, j * terms, terms);
    }
    return result;
  }
  const { kernels, at, numbers } = space;
  numbers(0, columns * terms).set(b);
  kernels.packRows(at[0]!, columns, terms, at[1]!, group * 8);
  for (let first = 0; first < rows; first += BLOCK_ROWS) {
    const count = Math.min(BLOCK_ROWS, rows - first);
    numbers(2, count * terms).set(a.subarray(first * terms, (first + count) * terms));
    kernels.packRows(at[2]!, count, terms, at[3]!, group * 8);
    for (let term = 0; term < terms; term += CHUNK_TERMS) {
      kernels.products(
        at[1]! + term * 32,
        group * 8,
        groups,
        at[3]! + term * 32,
        group * 8,
        groupCount(count),
        Math.ceil(Math.min(CHUNK_TERMS, terms - term) / 2),
        at[4]!,
        width * 8,
        groups,
        term > 0 ? 1 : 0,
      );
    }
    const block = numbers(4, count * width);
    for (let row = 0; row < count; row++) {
      result.set(block.subarray(row * width, row * width + columns), (first + row) * columns);
    }
  }
  return result;
}
