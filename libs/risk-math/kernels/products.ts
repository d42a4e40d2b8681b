// Symmetric rank-k product and multiply. Compiled by AssemblyScript (`npm run kernels`), twice: with and without relaxed
// SIMD. Every element of a product is summed in one fixed order, whatever block it is computed in:
// even and odd terms apart, in chunks (`CHUNK_PAIRS` of the driver), even + odd last. `portable.ts` repeats that order.
//
// Packed rows: groups of four rows; inside a group, for each pair of adjacent terms, the pair of each row in turn
// (64 bytes). A missing row or term is 0.

export function multiplyAdd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return v128.relaxed_madd<f64>(a, b, c);
  return f64x2.add(f64x2.mul(a, b), c);
}

/** (a₀ + a₁, b₀ + b₁). */
function sums(a: v128, b: v128): v128 {
  return f64x2.add(v128.shuffle<f64>(a, b, 0, 2), v128.shuffle<f64>(a, b, 1, 3));
}

function put(target: usize, value: v128, accumulate: bool): void {
  v128.store(target, accumulate ? f64x2.add(v128.load(target), value) : value);
}

/** Two rows of c, four columns: the products of two rows of b's group at `b` with four rows of a's group at `a`. */
function tile(a: usize, b: usize, pairs: i32, c: usize, rowBytes: usize, accumulate: bool): void {
  const zero = f64x2.splat(0);
  let a0 = zero;
  let a1 = zero;
  let a2 = zero;
  let a3 = zero;
  let b0 = zero;
  let b1 = zero;
  let b2 = zero;
  let b3 = zero;
  const end = a + ((<usize>pairs) << 6);
  while (a < end) {
    const x = v128.load(b);
    const y = v128.load(b, 16);
    let z = v128.load(a);
    a0 = multiplyAdd(z, x, a0);
    b0 = multiplyAdd(z, y, b0);
    z = v128.load(a, 16);
    a1 = multiplyAdd(z, x, a1);
    b1 = multiplyAdd(z, y, b1);
    z = v128.load(a, 32);
    a2 = multiplyAdd(z, x, a2);
    b2 = multiplyAdd(z, y, b2);
    z = v128.load(a, 48);
    a3 = multiplyAdd(z, x, a3);
    b3 = multiplyAdd(z, y, b3);
    a += 64;
    b += 64;
  }
  put(c, sums(a0, a1), accumulate);
  put(c + 16, sums(a2, a3), accumulate);
  put(c + rowBytes, sums(b0, b1), accumulate);
  put(c + rowBytes + 16, sums(b2, b3), accumulate);
}

/**
 * c = B Aᵀ or c += B Aᵀ for packed groups of rows: `bGroups`·4 rows and `aGroups`·4 columns of c.
 *
 * @param aBytes bytes from one group of a to the next; `pairs` pairs of terms are used from `a` on
 * @param diagonal group of a that stands at the first group of b: what lies above the diagonal is left out
 */
export function products(
  a: usize,
  aBytes: usize,
  aGroups: i32,
  b: usize,
  bBytes: usize,
  bGroups: i32,
  pairs: i32,
  c: usize,
  rowBytes: usize,
  diagonal: i32,
  accumulate: bool,
): void {
  for (let i = 0; i < aGroups; i++) {
    const first = max(0, i - diagonal);
    let from = b + <usize>first * bBytes;
    let row = c + 4 * <usize>first * rowBytes;
    for (let j = first; j < bGroups; j++) {
      tile(a, from, pairs, row, rowBytes, accumulate);
      tile(a, from + 32, pairs, row + 2 * rowBytes, rowBytes, accumulate);
      from += bBytes;
      row += 4 * rowBytes;
    }
    a += aBytes;
    c += 32;
  }
}

/** Packs rows of a rows×length row-major matrix. @param groupBytes bytes of a packed group */
export function packRows(source: usize, rows: i32, length: i32, target: usize, groupBytes: usize): void {
  const groups = (rows + 3) >> 2;
  for (let group = 0; group < groups; group++) {
    const base = target + <usize>group * groupBytes;
    for (let lane = 0; lane < 4; lane++) {
      const row = group * 4 + lane;
      let at = base + ((<usize>lane) << 4);
      let from = source + ((<usize>row * <usize>length) << 3);
      for (let term = 0; term < length; term += 2) {
        const first = row < rows ? f64.load(from) : 0;
        const second = row < rows && term + 1 < length ? f64.load(from, 8) : 0;
        f64.store(at, first);
        f64.store(at, second, 8);
        at += 64;
        from += 16;
      }
    }
  }
}

/** Terms that are packed at a time: the rows they are read from stay in the cache while group after group is written. */
const STRIP: i32 = 16;

/**
 * Packs columns of a terms×columns row-major matrix, so that products sum over its rows: less `means` (columns) unless
 * that is 0, times `scales` (terms) unless that is 0.
 */
export function packColumns(
  source: usize,
  terms: i32,
  columns: i32,
  means: usize,
  scales: usize,
  target: usize,
  groupBytes: usize,
): void {
  const groups = (columns + 3) >> 2;
  const whole = columns >> 2;
  const rowBytes = (<usize>columns) << 3;
  for (let first = 0; first < terms; first += STRIP) {
    const last = min(first + STRIP, terms);
    const paired = last & ~1;
    let base = target + ((<usize>first) << 5);
    for (let group = 0; group < groups; group++) {
      const offset = (<usize>group) << 5;
      let from = source + <usize>first * rowBytes + offset;
      let at = base;
      let term = first;
      if (group < whole) {
        const left = means ? v128.load(means + offset) : f64x2.splat(0);
        const right = means ? v128.load(means + offset, 16) : f64x2.splat(0);
        for (; term < paired; term += 2) {
          const upperScale = f64x2.splat(scales ? f64.load(scales + ((<usize>term) << 3)) : 1);
          const lowerScale = f64x2.splat(scales ? f64.load(scales + ((<usize>term) << 3), 8) : 1);
          packPairs(from, rowBytes, left, upperScale, lowerScale, at);
          packPairs(from + 16, rowBytes, right, upperScale, lowerScale, at + 32);
          from += 2 * rowBytes;
          at += 64;
        }
      }
      for (; term < last; term += 2) {
        packLanes(from, rowBytes, columns - 4 * group, term + 1 < terms, means ? means + offset : 0, scales, term, at);
        from += 2 * rowBytes;
        at += 64;
      }
      base += groupBytes;
    }
  }
}

/** Two columns of two rows that follow each other, as `packColumns` packs them. */
function packPairs(upper: usize, rowBytes: usize, mean: v128, upperScale: v128, lowerScale: v128, target: usize): void {
  const first = f64x2.mul(f64x2.sub(v128.load(upper), mean), upperScale);
  const second = f64x2.mul(f64x2.sub(v128.load(upper + rowBytes), mean), lowerScale);
  v128.store(target, v128.shuffle<f64>(first, second, 0, 2));
  v128.store(target, v128.shuffle<f64>(first, second, 1, 3), 16);
}

/** A group of which columns, or the second row, may be missing. @param columns those from this group on */
function packLanes(
  upper: usize,
  rowBytes: usize,
  columns: i32,
  hasLower: bool,
  means: usize,
  scales: usize,
  term: i32,
  target: usize,
): void {
  const upperScale = scales ? f64.load(scales + ((<usize>term) << 3)) : 1;
  const lowerScale = scales && hasLower ? f64.load(scales + ((<usize>term) << 3), 8) : 1;
  for (let lane = 0; lane < 4; lane++) {
    const offset = (<usize>lane) << 3;
    let first: f64 = 0;
    let second: f64 = 0;
    if (lane < columns) {
      const mean = means ? f64.load(means + offset) : 0;
      first = (f64.load(upper + offset) - mean) * upperScale;
      if (hasLower) second = (f64.load(upper + rowBytes + offset) - mean) * lowerScale;
    }
    f64.store(target + 2 * offset, first);
    f64.store(target + 2 * offset, second, 8);
  }
}

/** target += values less `means` (unless that is 0), number by number, two at a time. */
function addRow(target: usize, values: usize, means: usize, bytes: usize): void {
  const pairs = bytes & ~15;
  for (let at: usize = 0; at < pairs; at += 16) {
    const value = v128.load(values + at);
    const term = means ? f64x2.sub(value, v128.load(means + at)) : value;
    v128.store(target + at, f64x2.add(v128.load(target + at), term));
  }
  if (pairs < bytes) {
    const value = f64.load(values + pairs);
    f64.store(target + pairs, f64.load(target + pairs) + (means ? value - f64.load(means + pairs) : value));
  }
}

/** Means of the columns of a terms×columns row-major matrix, in two passes: what rounding left of the first is added. */
export function columnMeans(source: usize, terms: i32, columns: i32, means: usize, rests: usize): void {
  const bytes = (<usize>columns) << 3;
  memory.fill(means, 0, bytes);
  memory.fill(rests, 0, bytes);
  const count = <f64>terms;
  for (let term = 0; term < terms; term++) addRow(means, source + <usize>term * bytes, 0, bytes);
  for (let at: usize = 0; at < bytes; at += 8) f64.store(means + at, f64.load(means + at) / count);
  for (let term = 0; term < terms; term++) addRow(rests, source + <usize>term * bytes, means, bytes);
  for (let at: usize = 0; at < bytes; at += 8)
    f64.store(means + at, f64.load(means + at) + f64.load(rests + at) / count);
}

/**
 * Divides a block of rows, and writes its mirror image: its columns, `stride` bytes from one to the next. Both dimensions
 * are rounded up, to two rows and four columns.
 */
export function finishBlock(
  block: usize,
  rows: i32,
  columns: i32,
  rowBytes: usize,
  divisor: f64,
  mirror: usize,
  stride: usize,
): void {
  const by = f64x2.splat(divisor);
  for (let column = 0; column < columns; column += 4) {
    let from = block + ((<usize>column) << 3);
    let to = mirror + <usize>column * stride;
    for (let row = 0; row < rows; row += 2) {
      mirrorPairs(from, rowBytes, by, to, stride);
      mirrorPairs(from + 16, rowBytes, by, to + 2 * stride, stride);
      from += 2 * rowBytes;
      to += 16;
    }
  }
}

/** Two columns of two rows. */
function mirrorPairs(from: usize, rowBytes: usize, by: v128, to: usize, stride: usize): void {
  const upper = f64x2.div(v128.load(from), by);
  const lower = f64x2.div(v128.load(from + rowBytes), by);
  v128.store(from, upper);
  v128.store(from + rowBytes, lower);
  v128.store(to, v128.shuffle<f64>(upper, lower, 0, 2));
  v128.store(to + stride, v128.shuffle<f64>(upper, lower, 1, 3));
}
