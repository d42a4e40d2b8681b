// Symmetric eigenvalue problem: Householder tridiagonalisation of the lower triangle, implicit QL, and the way back.

function dot(a: usize, b: usize, count: i32): f64 {
  let s = f64x2.splat(0);
  let t = f64x2.splat(0);
  let at: usize = 0;
  const end = (<usize>count) << 3;
  for (; at + 24 < end; at += 32) {
    s = f64x2.add(s, f64x2.mul(v128.load(a + at), v128.load(b + at)));
    t = f64x2.add(t, f64x2.mul(v128.load(a + at, 16), v128.load(b + at, 16)));
  }
  s = f64x2.add(s, t);
  let total = f64x2.extract_lane(s, 0) + f64x2.extract_lane(s, 1);
  for (; at < end; at += 8) total += f64.load(a + at) * f64.load(b + at);
  return total;
}

/**
 * One row of the trailing matrix: takes the last reflection's rank-2 update, and multiplies by the next reflector.
 * row −= x·w + y·v; returns row · u over the first `count`, and adds scale · row to p.
 */
function updateRow(row: usize, v: usize, w: usize, x: f64, y: f64, u: usize, p: usize, scale: f64, count: i32): f64 {
  const xs = f64x2.splat(x);
  const ys = f64x2.splat(y);
  const by = f64x2.splat(scale);
  let s = f64x2.splat(0);
  let at: usize = 0;
  const end = (<usize>count) << 3;
  for (; at + 8 < end; at += 16) {
    const a = f64x2.sub(
      v128.load(row + at),
      f64x2.add(f64x2.mul(xs, v128.load(w + at)), f64x2.mul(ys, v128.load(v + at))),
    );
    v128.store(row + at, a);
    s = f64x2.add(s, f64x2.mul(a, v128.load(u + at)));
    v128.store(p + at, f64x2.add(v128.load(p + at), f64x2.mul(by, a)));
  }
  let total = f64x2.extract_lane(s, 0) + f64x2.extract_lane(s, 1);
  if (at < end) {
    const a = f64.load(row + at) - (x * f64.load(w + at) + y * f64.load(v + at));
    f64.store(row + at, a);
    total += a * f64.load(u + at);
    f64.store(p + at, f64.load(p + at) + scale * a);
  }
  return total;
}

/**
 * Tridiagonalises a symmetric n×n row-major matrix (lower triangle used). Reflector k (1 ≤ k < n) acts on the first k
 * coordinates; its unit-free vector is left in row k of the matrix, and `taus[k]` is its factor: H = I − τ u uᵀ.
 *
 * @param diagonal n
 * @param offDiagonal n: element k joins k − 1 and k; the first is 0
 * @param work 3·n numbers (rounded up to even)
 */
export function tridiagonalise(
  matrix: usize,
  size: i32,
  diagonal: usize,
  offDiagonal: usize,
  taus: usize,
  work: usize,
): void {
  const bytes = (<usize>size) << 3;
  const padded = (bytes + 15) & ~15;
  let v = work;
  const w = work + padded;
  const p = work + 2 * padded;
  memory.fill(work, 0, 3 * padded);
  for (let k = size - 1; k >= 1; k--) {
    const row = matrix + <usize>k * bytes;
    // Row k takes the last update; v and w are 0 the first time. v lies in row k + 1.
    const x = f64.load(v + ((<usize>k) << 3));
    const y = f64.load(w + ((<usize>k) << 3));
    for (let j = 0; j <= k; j++) {
      const at = (<usize>j) << 3;
      f64.store(row + at, f64.load(row + at) - (x * f64.load(w + at) + y * f64.load(v + at)));
    }
    f64.store(diagonal + ((<usize>k) << 3), f64.load(row + ((<usize>k) << 3)));
    // The reflector that leaves only element k − 1 of the row.
    let scale: f64 = 0;
    for (let j = 0; j < k; j++) scale = max(scale, Math.abs(f64.load(row + ((<usize>j) << 3))));
    const last = row + ((<usize>(k - 1)) << 3);
    let tau: f64 = 0;
    let off: f64 = 0;
    if (scale > 0) {
      let squares: f64 = 0;
      for (let j = 0; j < k; j++) {
        const value = f64.load(row + ((<usize>j) << 3)) / scale;
        f64.store(row + ((<usize>j) << 3), value);
        squares += value * value;
      }
      const head = f64.load(last);
      const norm = head > 0 ? -Math.sqrt(squares) : Math.sqrt(squares);
      off = scale * norm;
      f64.store(last, head - norm);
      tau = 1 / (squares - head * norm);
    }
    f64.store(offDiagonal + ((<usize>k) << 3), off);
    f64.store(taus + ((<usize>k) << 3), tau);
    // The update of the last step on the rest of the matrix, and p = A u on the way.
    memory.fill(p, 0, padded);
    for (let i = 0; i < k; i++) {
      const at = (<usize>i) << 3;
      const from = matrix + <usize>i * bytes;
      const xi = f64.load(v + at);
      const yi = f64.load(w + at);
      const own = updateRow(from, v, w, xi, yi, row, p, f64.load(row + at), i);
      const centre = f64.load(from + at) - 2 * xi * yi;
      f64.store(from + at, centre);
      f64.store(p + at, f64.load(p + at) + own + centre * f64.load(row + at));
    }
    // w = τ p − (τ² pᵀu / 2) u, v = u.
    const half = (tau * tau * dot(p, row, k)) / 2;
    for (let j = 0; j < k; j++) {
      const at = (<usize>j) << 3;
      f64.store(w + at, tau * f64.load(p + at) - half * f64.load(row + at));
    }
    v = row;
  }
  if (size > 0) {
    const first = size > 1 ? f64.load(matrix) - 2 * f64.load(v) * f64.load(w) : f64.load(matrix);
    f64.store(diagonal, first);
    f64.store(offDiagonal, 0);
  }
}

/** Rotates the rows of `vectors` from `upper` down to `lower` in the chain of a QL sweep: cosines and sines by row. */
function rotate(
  vectors: usize,
  size: i32,
  rowBytes: usize,
  lower: i32,
  upper: i32,
  cosines: usize,
  sines: usize,
): void {
  let column: usize = 0;
  const end = rowBytes;
  for (; column < end; column += 64) {
    let at = vectors + <usize>upper * rowBytes + column;
    let c0 = v128.load(at);
    let c1 = v128.load(at, 16);
    let c2 = v128.load(at, 32);
    let c3 = v128.load(at, 48);
    for (let i = upper - 1; i >= lower; i--) {
      const c = v128.load_splat<f64>(cosines + ((<usize>i) << 3));
      const s = v128.load_splat<f64>(sines + ((<usize>i) << 3));
      const from = at - rowBytes;
      let x = v128.load(from);
      v128.store(at, f64x2.add(f64x2.mul(s, x), f64x2.mul(c, c0)));
      c0 = f64x2.sub(f64x2.mul(c, x), f64x2.mul(s, c0));
      x = v128.load(from, 16);
      v128.store(at, f64x2.add(f64x2.mul(s, x), f64x2.mul(c, c1)), 16);
      c1 = f64x2.sub(f64x2.mul(c, x), f64x2.mul(s, c1));
      x = v128.load(from, 32);
      v128.store(at, f64x2.add(f64x2.mul(s, x), f64x2.mul(c, c2)), 32);
      c2 = f64x2.sub(f64x2.mul(c, x), f64x2.mul(s, c2));
      x = v128.load(from, 48);
      v128.store(at, f64x2.add(f64x2.mul(s, x), f64x2.mul(c, c3)), 48);
      c3 = f64x2.sub(f64x2.mul(c, x), f64x2.mul(s, c3));
      at = from;
    }
    v128.store(at, c0);
    v128.store(at, c1, 16);
    v128.store(at, c2, 32);
    v128.store(at, c3, 48);
  }
}

/**
 * Eigenvalues of a symmetric tridiagonal matrix by implicit QL, in `diagonal`, unsorted; `offDiagonal` is used up. Rows of
 * `vectors` (n rows of `rowBytes`, a multiple of 64 bytes; the identity, or 0 to leave them out) become the eigenvectors.
 *
 * @param rotations 2·n numbers
 * @returns 0, or 1 when an eigenvalue has not converged in 60 sweeps
 */
export function tridiagonalEigen(
  diagonal: usize,
  offDiagonal: usize,
  size: i32,
  vectors: usize,
  rowBytes: usize,
  rotations: usize,
): i32 {
  const sines = rotations + ((<usize>size) << 3);
  // From here on element k joins k and k + 1.
  for (let i = 1; i < size; i++) {
    f64.store(offDiagonal + ((<usize>(i - 1)) << 3), f64.load(offDiagonal + ((<usize>i) << 3)));
  }
  if (size > 0) f64.store(offDiagonal + ((<usize>(size - 1)) << 3), 0);
  for (let l = 0; l < size; l++) {
    const dl = diagonal + ((<usize>l) << 3);
    const el = offDiagonal + ((<usize>l) << 3);
    for (let sweep = 0; ; sweep++) {
      let m = l;
      for (; m < size - 1; m++) {
        const e = Math.abs(f64.load(offDiagonal + ((<usize>m) << 3)));
        const around =
          Math.abs(f64.load(diagonal + ((<usize>m) << 3))) + Math.abs(f64.load(diagonal + ((<usize>m) << 3), 8));
        if (e <= f64.EPSILON * around * 0.5 || e < f64.MIN_NORMAL_VALUE) break;
      }
      if (m === l) break;
      if (sweep === 60) return 1;
      let g = (f64.load(dl, 8) - f64.load(dl)) / (2 * f64.load(el));
      let r = Math.sqrt(g * g + 1);
      g = f64.load(diagonal + ((<usize>m) << 3)) - f64.load(dl) + f64.load(el) / (g + (g >= 0 ? r : -r));
      let s: f64 = 1;
      let c: f64 = 1;
      let p: f64 = 0;
      let i = m - 1;
      for (; i >= l; i--) {
        const di = diagonal + ((<usize>i) << 3);
        const ei = offDiagonal + ((<usize>i) << 3);
        let f = s * f64.load(ei);
        const b = c * f64.load(ei);
        // A hypotenuse that neither overflows nor loses small numbers; the matrix has unit size.
        r = Math.sqrt(f * f + g * g);
        f64.store(ei, r, 8);
        if (r === 0) {
          f64.store(di, f64.load(di, 8) - p, 8);
          f64.store(offDiagonal + ((<usize>m) << 3), 0);
          break;
        }
        s = f / r;
        c = g / r;
        g = f64.load(di, 8) - p;
        r = (f64.load(di) - g) * s + 2 * c * b;
        p = s * r;
        f64.store(di, g + p, 8);
        g = c * r - b;
        f64.store(rotations + ((<usize>i) << 3), c);
        f64.store(sines + ((<usize>i) << 3), s);
      }
      if (vectors) rotate(vectors, size, rowBytes, i + 1, m, rotations, sines);
      if (r === 0 && i >= l) continue;
      f64.store(dl, f64.load(dl) - p);
      f64.store(el, g);
      f64.store(offDiagonal + ((<usize>m) << 3), 0);
    }
  }
  return 0;
}

/**
 * Takes eigenvectors of the tridiagonal matrix back to the whole one: each row z becomes H₁ … Hₙ₋₁ z, four rows at a time.
 *
 * @param matrix as `tridiagonalise` left it
 * @param count rows, a multiple of 4 (those beyond the last are 0)
 */
export function backTransform(
  matrix: usize,
  size: i32,
  taus: usize,
  vectors: usize,
  rowBytes: usize,
  count: i32,
): void {
  const bytes = (<usize>size) << 3;
  for (let row = 0; row < count; row += 4) {
    const z0 = vectors + <usize>row * rowBytes;
    const z1 = z0 + rowBytes;
    const z2 = z1 + rowBytes;
    const z3 = z2 + rowBytes;
    for (let k = 1; k < size; k++) {
      const tau = f64.load(taus + ((<usize>k) << 3));
      if (tau === 0) continue;
      const u = matrix + <usize>k * bytes;
      const end = (<usize>k) << 3;
      let s0 = f64x2.splat(0);
      let s1 = s0;
      let s2 = s0;
      let s3 = s0;
      let at: usize = 0;
      for (; at + 8 < end; at += 16) {
        const a = v128.load(u + at);
        s0 = f64x2.add(s0, f64x2.mul(a, v128.load(z0 + at)));
        s1 = f64x2.add(s1, f64x2.mul(a, v128.load(z1 + at)));
        s2 = f64x2.add(s2, f64x2.mul(a, v128.load(z2 + at)));
        s3 = f64x2.add(s3, f64x2.mul(a, v128.load(z3 + at)));
      }
      let d0 = f64x2.extract_lane(s0, 0) + f64x2.extract_lane(s0, 1);
      let d1 = f64x2.extract_lane(s1, 0) + f64x2.extract_lane(s1, 1);
      let d2 = f64x2.extract_lane(s2, 0) + f64x2.extract_lane(s2, 1);
      let d3 = f64x2.extract_lane(s3, 0) + f64x2.extract_lane(s3, 1);
      if (at < end) {
        const a = f64.load(u + at);
        d0 += a * f64.load(z0 + at);
        d1 += a * f64.load(z1 + at);
        d2 += a * f64.load(z2 + at);
        d3 += a * f64.load(z3 + at);
      }
      d0 *= tau;
      d1 *= tau;
      d2 *= tau;
      d3 *= tau;
      s0 = f64x2.splat(d0);
      s1 = f64x2.splat(d1);
      s2 = f64x2.splat(d2);
      s3 = f64x2.splat(d3);
      for (at = 0; at + 8 < end; at += 16) {
        const a = v128.load(u + at);
        v128.store(z0 + at, f64x2.sub(v128.load(z0 + at), f64x2.mul(s0, a)));
        v128.store(z1 + at, f64x2.sub(v128.load(z1 + at), f64x2.mul(s1, a)));
        v128.store(z2 + at, f64x2.sub(v128.load(z2 + at), f64x2.mul(s2, a)));
        v128.store(z3 + at, f64x2.sub(v128.load(z3 + at), f64x2.mul(s3, a)));
      }
      if (at < end) {
        const a = f64.load(u + at);
        f64.store(z0 + at, f64.load(z0 + at) - d0 * a);
        f64.store(z1 + at, f64.load(z1 + at) - d1 * a);
        f64.store(z2 + at, f64.load(z2 + at) - d2 * a);
        f64.store(z3 + at, f64.load(z3 + at) - d3 * a);
      }
    }
  }
}
