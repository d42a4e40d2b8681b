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
  for (let term = 0; term < terms; term += 2) {
    const upper = source + <usize>term * rowBytes;
    const hasLower = term + 1 < terms;
    const upperScale = scales ? f64.load(scales + ((<usize>term) << 3)) : 1;
    const lowerScale = scales && hasLower ? f64.load(scales + ((<usize>term) << 3), 8) : 1;
    let at = target + ((<usize>term) << 5);
    let group = 0;
    if (hasLower) {
      for (; group < whole; group++) {
        const offset = (<usize>group) << 5;
        packPairs(upper + offset, rowBytes, means ? means + offset : 0, upperScale, lowerScale, at);
        packPairs(upper + offset + 16, rowBytes, means ? means + offset + 16 : 0, upperScale, lowerScale, at + 32);
        at += groupBytes;
      }
    }
    for (; group < groups; group++) {
      for (let lane = 0; lane < 4; lane++) {
        const column = group * 4 + lane;
        const offset = (<usize>column) << 3;
        let first: f64 = 0;
        let second: f64 = 0;
        if (column < columns) {
          const mean = means ? f64.load(means + offset) : 0;
          first = (f64.load(upper + offset) - mean) * upperScale;
          if (hasLower) second = (f64.load(upper + rowBytes + offset) - mean) * lowerScale;
        }
        const place = at + ((<usize>lane) << 4);
        f64.store(place, first);
        f64.store(place, second, 8);
      }
      at += groupBytes;
    }
  }
}

/** Two columns of two rows that follow each other, as `packColumns` packs them. */
function packPairs(upper: usize, rowBytes: usize, means: usize, upperScale: f64, lowerScale: f64, target: usize): void {
  const mean = means ? v128.load(means) : f64x2.splat(0);
  const first = f64x2.mul(f64x2.sub(v128.load(upper), mean), f64x2.splat(upperScale));
  const second = f64x2.mul(f64x2.sub(v128.load(upper + rowBytes), mean), f64x2.splat(lowerScale));
  v128.store(target, v128.shuffle<f64>(first, second, 0, 2));
  v128.store(target, v128.shuffle<f64>(first, second, 1, 3), 16);
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

/** Divides `count` numbers. */
export function divide(values: usize, count: i32, divisor: f64): void {
  const by = f64x2.splat(divisor);
  const end = values + ((<usize>count) << 3);
  for (; values + 8 < end; values += 16) v128.store(values, f64x2.div(v128.load(values), by));
  if (values < end) f64.store(values, f64.load(values) / divisor);
}
