import type { ColumnProducts, Partition } from './column-products.js';
import { BLOCK_ROWS, CHUNK_TERMS } from './layout.js';

/** The plain TypeScript twin of the kernels: the same sums in the same order, so that plain SIMD gives the same bits. */

/** `columnProducts` without WebAssembly. */
export function portableColumnProducts(
  input: ColumnProducts,
  partition: Partition,
  target: Float64Array,
): Float64Array {
  const { terms, columns, divisor } = input;
  const rows = preparedColumns(input);
  for (const block of partition.blocks) {
    if (partition.cancelled?.() === true) break;
    const last = Math.min(columns, (block + 1) * BLOCK_ROWS);
    for (let i = block * BLOCK_ROWS; i < last; i++) {
      let j = 0;
      for (; j + 3 <= i; j += 4) fourProducts(rows, i, j, terms, divisor, target, columns);
      for (; j <= i; j++) {
        const product = dotProduct(rows, i * terms, rows, j * terms, terms) / divisor;
        target[i * columns + j] = product;
        target[j * columns + i] = product;
      }
    }
  }
  return target;
}

/** Means of the columns of a T×n row-major matrix, in two passes: what rounding left of the first is added. */
export function columnMeans(values: Float64Array, terms: number, columns: number): Float64Array {
  const means = new Float64Array(columns);
  const rests = new Float64Array(columns);
  for (let t = 0, at = 0; t < terms; t++) for (let i = 0; i < columns; i++) means[i]! += values[at++]!;
  for (let i = 0; i < columns; i++) means[i]! /= terms;
  for (let t = 0, at = 0; t < terms; t++) for (let i = 0; i < columns; i++) rests[i]! += values[at++]! - means[i]!;
  for (let i = 0; i < columns; i++) means[i]! += rests[i]! / terms;
  return means;
}

/** Columns as rows, centred and scaled. */
function preparedColumns({ values, terms, columns, centred, scales, means }: ColumnProducts): Float64Array {
  const off = means ?? (centred ? columnMeans(values, terms, columns) : undefined);
  const result = new Float64Array(terms * columns);
  for (let t = 0; t < terms; t++) {
    const scale = scales?.[t] ?? 1;
    for (let i = 0; i < columns; i++) result[i * terms + t] = (values[t * columns + i]! - (off?.[i] ?? 0)) * scale;
  }
  return result;
}

/** Σ aₖ bₖ in the kernels' order: chunks, even and odd terms apart. */
export function dotProduct(a: Float64Array, aAt: number, b: Float64Array, bAt: number, terms: number): number {
  let total = 0;
  for (let first = 0; first < terms; first += CHUNK_TERMS) {
    const end = Math.min(terms, first + CHUNK_TERMS);
    let even = 0;
    let odd = 0;
    let k = first;
    for (; k + 1 < end; k += 2) {
      even += a[aAt + k]! * b[bAt + k]!;
      odd += a[aAt + k + 1]! * b[bAt + k + 1]!;
    }
    if (k < end) even += a[aAt + k]! * b[bAt + k]!;
    total = first === 0 ? even + odd : total + (even + odd);
  }
  return total;
}

/** Elements (i, j) to (i, j + 3), each in the order of `dotProduct`: a row read once serves four. */
function fourProducts(
  rows: Float64Array,
  i: number,
  j: number,
  terms: number,
  divisor: number,
  target: Float64Array,
  size: number,
): void {
  const totals = [0, 0, 0, 0];
  for (let first = 0; first < terms; first += CHUNK_TERMS) {
    const end = Math.min(terms, first + CHUNK_TERMS);
    let a = i * terms + first;
    const last = i * terms + end;
    let b = j * terms + first;
    let c = b + terms;
    let d = c + terms;
    let e = d + terms;
    let s0 = 0;
    let s1 = 0;
    let s2 = 0;
    let s3 = 0;
    let o0 = 0;
    let o1 = 0;
    let o2 = 0;
    let o3 = 0;
    for (; a + 1 < last; a += 2) {
      const x = rows[a]!;
      const y = rows[a + 1]!;
      s0 += x * rows[b]!;
      o0 += y * rows[b + 1]!;
      s1 += x * rows[c]!;
      o1 += y * rows[c + 1]!;
      s2 += x * rows[d]!;
      o2 += y * rows[d + 1]!;
      s3 += x * rows[e]!;
      o3 += y * rows[e + 1]!;
      b += 2;
      c += 2;
      d += 2;
      e += 2;
    }
    if (a < last) {
      const x = rows[a]!;
      s0 += x * rows[b]!;
      s1 += x * rows[c]!;
      s2 += x * rows[d]!;
      s3 += x * rows[e]!;
    }
    const chunk = [s0 + o0, s1 + o1, s2 + o2, s3 + o3];
    for (let k = 0; k < 4; k++) totals[k] = first === 0 ? chunk[k]! : totals[k]! + chunk[k]!;
  }
  for (let k = 0; k < 4; k++) {
    const product = totals[k]! / divisor;
    target[i * size + j + k] = product;
    target[(j + k) * size + i] = product;
  }
}
