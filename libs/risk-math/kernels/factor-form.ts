// Products with exposures, four assets at a time. The twin in `risk-model-matrix.ts` repeats the order of the sums.

import { multiplyAdd } from './products';

/**
 * total += Σ wᵢ rowᵢ over `count` rows of `factors` numbers, in the order of the rows.
 *
 * @param weights `count` numbers
 */
export function addExposures(rows: usize, count: i32, factors: i32, weights: usize, total: usize): void {
  const bytes = (<usize>factors) << 3;
  const pairs = bytes & ~15;
  let i = 0;
  for (; i + 3 < count; i += 4) {
    const w0 = v128.load_splat<f64>(weights);
    const w1 = v128.load_splat<f64>(weights, 8);
    const w2 = v128.load_splat<f64>(weights, 16);
    const w3 = v128.load_splat<f64>(weights, 24);
    weights += 32;
    const r1 = rows + bytes;
    const r2 = r1 + bytes;
    const r3 = r2 + bytes;
    for (let at: usize = 0; at < pairs; at += 16) {
      const low = multiplyAdd(w1, v128.load(r1 + at), f64x2.mul(w0, v128.load(rows + at)));
      const high = multiplyAdd(w3, v128.load(r3 + at), f64x2.mul(w2, v128.load(r2 + at)));
      v128.store(total + at, f64x2.add(v128.load(total + at), f64x2.add(low, high)));
    }
    if (pairs < bytes) {
      const low = f64x2.extract_lane(w0, 0) * f64.load(rows + pairs) + f64x2.extract_lane(w1, 0) * f64.load(r1 + pairs);
      const high = f64x2.extract_lane(w2, 0) * f64.load(r2 + pairs) + f64x2.extract_lane(w3, 0) * f64.load(r3 + pairs);
      f64.store(total + pairs, f64.load(total + pairs) + (low + high));
    }
    rows = r3 + bytes;
  }
  for (; i < count; i++) {
    const weight = f64.load(weights);
    for (let at: usize = 0; at < bytes; at += 8) {
      f64.store(total + at, f64.load(total + at) + weight * f64.load(rows + at));
    }
    rows += bytes;
    weights += 8;
  }
}

/** The sum of one row's products. */
function rowProduct(row: usize, factors: i32, right: usize): f64 {
  let a = f64x2.splat(0);
  let b = a;
  const bytes = (<usize>factors) << 3;
  const fours = bytes & ~31;
  let at: usize = 0;
  for (; at < fours; at += 32) {
    a = multiplyAdd(v128.load(row + at), v128.load(right + at), a);
    b = multiplyAdd(v128.load(row + at, 16), v128.load(right + at, 16), b);
  }
  return closed(a, b, row, right, at, bytes);
}

/** The terms beyond the last four are added to the first of the four sums, and the sums to each other. */
function closed(a: v128, b: v128, row: usize, right: usize, at: usize, bytes: usize): f64 {
  let first = f64x2.extract_lane(a, 0);
  for (; at < bytes; at += 8) first += f64.load(row + at) * f64.load(right + at);
  return first + f64x2.extract_lane(a, 1) + (f64x2.extract_lane(b, 0) + f64x2.extract_lane(b, 1));
}

/** Products of `count` rows of `factors` numbers with `right`. */
export function rowProducts(rows: usize, count: i32, factors: i32, right: usize, products: usize): void {
  const bytes = (<usize>factors) << 3;
  const fours = bytes & ~31;
  let i = 0;
  for (; i + 3 < count; i += 4) {
    const r1 = rows + bytes;
    const r2 = r1 + bytes;
    const r3 = r2 + bytes;
    let a0 = f64x2.splat(0);
    let a1 = a0;
    let a2 = a0;
    let a3 = a0;
    let b0 = a0;
    let b1 = a0;
    let b2 = a0;
    let b3 = a0;
    let at: usize = 0;
    for (; at < fours; at += 32) {
      const x = v128.load(right + at);
      const y = v128.load(right + at, 16);
      a0 = multiplyAdd(v128.load(rows + at), x, a0);
      b0 = multiplyAdd(v128.load(rows + at, 16), y, b0);
      a1 = multiplyAdd(v128.load(r1 + at), x, a1);
      b1 = multiplyAdd(v128.load(r1 + at, 16), y, b1);
      a2 = multiplyAdd(v128.load(r2 + at), x, a2);
      b2 = multiplyAdd(v128.load(r2 + at, 16), y, b2);
      a3 = multiplyAdd(v128.load(r3 + at), x, a3);
      b3 = multiplyAdd(v128.load(r3 + at, 16), y, b3);
    }
    f64.store(products, closed(a0, b0, rows, right, at, bytes));
    f64.store(products, closed(a1, b1, r1, right, at, bytes), 8);
    f64.store(products, closed(a2, b2, r2, right, at, bytes), 16);
    f64.store(products, closed(a3, b3, r3, right, at, bytes), 24);
    rows = r3 + bytes;
    products += 32;
  }
  for (; i < count; i++) {
    f64.store(products, rowProduct(rows, factors, right));
    rows += bytes;
    products += 8;
  }
}
