// Cholesky factorisation and triangular solves, block columns of `BLOCK` at a time: what earlier columns take away is one
// product of packed rows; the rest runs along rows of the block, two numbers at a time. Packed rows as in products.ts.

import { products } from './products';

const BLOCK: i32 = 16;

/** Where row `row`, term `term` lies in packed rows. */
function place(packed: usize, groupBytes: usize, row: i32, term: i32): usize {
  return (
    packed +
    <usize>(row >> 2) * groupBytes +
    ((<usize>(term >> 1)) << 6) +
    ((<usize>(row & 3)) << 4) +
    ((<usize>(term & 1)) << 3)
  );
}

/** to −= factor · from, for numbers `first` (even) up to `count`. */
function subtract(to: usize, from: usize, factor: f64, first: i32, count: i32): void {
  const by = f64x2.splat(factor);
  let at = (<usize>first) << 3;
  const end = (<usize>count) << 3;
  for (; at < end; at += 16) {
    v128.store(to + at, f64x2.sub(v128.load(to + at), f64x2.mul(by, v128.load(from + at))));
  }
}

/**
 * The lower factor of a symmetric n×n row-major matrix.
 *
 * @param packed room for n packed rows of n terms, filled with 0
 * @param block room for 16 rows of `width` numbers, n rounded up to a multiple of 4
 * @param factor n×n, filled with 0; becomes L
 * @returns −1, or the first column whose pivot is not above `tolerance` times its diagonal element
 */
export function cholesky(
  matrix: usize,
  size: i32,
  tolerance: f64,
  packed: usize,
  groupBytes: usize,
  block: usize,
  width: i32,
  factor: usize,
): i32 {
  const rowBytes = (<usize>width) << 3;
  const matrixBytes = (<usize>size) << 3;
  for (let first = 0; first < size; first += BLOCK) {
    const columns = min(BLOCK, size - first);
    const rest = size - first;
    const groups = packed + <usize>(first >> 2) * groupBytes;
    products(
      groups,
      groupBytes,
      (rest + 3) >> 2,
      groups,
      groupBytes,
      (columns + 3) >> 2,
      first >> 1,
      block,
      rowBytes,
      rest,
      false,
    );
    for (let j = 0; j < columns; j++) {
      const row = block + <usize>j * rowBytes;
      const given = matrix + <usize>(first + j) * matrixBytes + ((<usize>first) << 3);
      for (let i = j; i < rest; i++) {
        const at = (<usize>i) << 3;
        f64.store(row + at, f64.load(given + at) - f64.load(row + at));
      }
      for (let k = 0; k < j; k++) {
        const before = block + <usize>k * rowBytes;
        subtract(row, before, f64.load(before + ((<usize>j) << 3)), j & ~1, rest);
      }
      const pivot = f64.load(row + ((<usize>j) << 3));
      if (!(pivot > tolerance * Math.abs(f64.load(given + ((<usize>j) << 3))))) return first + j;
      const root = Math.sqrt(pivot);
      for (let i = j; i < rest; i++) {
        const at = row + ((<usize>i) << 3);
        const value = i === j ? root : f64.load(at) / root;
        f64.store(at, value);
        f64.store(place(packed, groupBytes, first + i, first + j), value);
        f64.store(factor + <usize>(first + i) * matrixBytes + ((<usize>(first + j)) << 3), value);
      }
    }
  }
  return -1;
}

/**
 * Solves L x = b for `count` right-hand sides b, the rows of a count×n row-major matrix, in place.
 *
 * @param lower n×n row-major
 * @param packedLower its n packed rows
 * @param packed room for the right-hand sides as packed rows
 * @param block room for 16 rows of `width` numbers, `count` rounded up to a multiple of 4
 */
export function solveLower(
  lower: usize,
  packedLower: usize,
  size: i32,
  groupBytes: usize,
  rights: usize,
  count: i32,
  packed: usize,
  block: usize,
  width: i32,
): void {
  const rowBytes = (<usize>width) << 3;
  const lowerBytes = (<usize>size) << 3;
  for (let first = 0; first < size; first += BLOCK) {
    const columns = min(BLOCK, size - first);
    products(
      packed,
      groupBytes,
      (count + 3) >> 2,
      packedLower + <usize>(first >> 2) * groupBytes,
      groupBytes,
      (columns + 3) >> 2,
      first >> 1,
      block,
      rowBytes,
      (count + 3) >> 2,
      false,
    );
    for (let j = 0; j < columns; j++) {
      const row = block + <usize>j * rowBytes;
      const coefficients = lower + <usize>(first + j) * lowerBytes + ((<usize>first) << 3);
      const offset = (<usize>(first + j)) << 3;
      for (let r = 0; r < count; r++) {
        const at = (<usize>r) << 3;
        f64.store(row + at, f64.load(rights + <usize>r * lowerBytes + offset) - f64.load(row + at));
      }
      for (let k = 0; k < j; k++) {
        subtract(row, block + <usize>k * rowBytes, f64.load(coefficients + ((<usize>k) << 3)), 0, count);
      }
      const pivot = f64.load(coefficients + ((<usize>j) << 3));
      for (let r = 0; r < count; r++) {
        const value = f64.load(row + ((<usize>r) << 3)) / pivot;
        f64.store(row + ((<usize>r) << 3), value);
        f64.store(rights + <usize>r * lowerBytes + offset, value);
        f64.store(place(packed, groupBytes, r, first + j), value);
      }
    }
  }
}
