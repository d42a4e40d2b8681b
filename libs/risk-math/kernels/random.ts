// Standard normal numbers of counter-based generators, four paths side by side, and their products with a root. Plain
// arithmetic in the order of `philox.ts`, `standard-normal.ts`, `logarithm.ts` and `correlated-normals.ts`, never fused:
// a seeded path has the same bits from every kernel.

const M0: i32 = 0xd2511f53;
const M1: i32 = 0xcd9e8d57;
const W0: i32 = 0x9e3779b9;
const W1: i32 = 0xbb67ae85;

/** Products of the 32-bit lanes: the high words. */
function highs(a: v128, b: v128): v128 {
  const low = i64x2.extmul_low_i32x4_u(a, b);
  return v128.shuffle<i32>(low, i64x2.extmul_high_i32x4_u(a, b), 1, 3, 5, 7);
}

/** a₀ + x a₁. */
function step(value: v128, x: v128, coefficient: f64): v128 {
  return f64x2.add(f64x2.mul(value, x), f64x2.splat(coefficient));
}

/** Φ⁻¹ of q + ½ for |q| ≤ 0.425. */
function central(q: v128): v128 {
  const r = f64x2.sub(f64x2.splat(0.180625), f64x2.mul(q, q));
  let top = step(f64x2.splat(2509.0809287301227), r, 33430.57558358813);
  let base = step(f64x2.splat(5226.495278852546), r, 28729.085735721943);
  top = step(top, r, 67265.7709270087);
  base = step(base, r, 39307.89580009271);
  top = step(top, r, 45921.95393154987);
  base = step(base, r, 21213.794301586597);
  top = step(top, r, 13731.69376550946);
  base = step(base, r, 5394.196021424751);
  top = step(top, r, 1971.5909503065513);
  base = step(base, r, 687.1870074920579);
  top = step(top, r, 133.14166789178438);
  base = step(base, r, 42.31333070160091);
  top = step(top, r, 3.3871328727963665);
  base = step(base, r, 1);
  return f64x2.div(f64x2.mul(q, top), base);
}

function middle(r: v128): v128 {
  let top = step(f64x2.splat(0.0007745450142783414), r, 0.022723844989269184);
  let base = step(f64x2.splat(1.0507500716444169e-9), r, 0.0005475938084995345);
  top = step(top, r, 0.2417807251774506);
  base = step(base, r, 0.015198666563616457);
  top = step(top, r, 1.2704582524523684);
  base = step(base, r, 0.14810397642748008);
  top = step(top, r, 3.6478483247632045);
  base = step(base, r, 0.6897673349851);
  top = step(top, r, 5.769497221460691);
  base = step(base, r, 1.6763848301838038);
  top = step(top, r, 4.630337846156546);
  base = step(base, r, 2.053191626637759);
  top = step(top, r, 1.4234371107496835);
  base = step(base, r, 1);
  return f64x2.div(top, base);
}

function far(r: v128): v128 {
  let top = step(f64x2.splat(2.0103343992922881e-7), r, 2.7115555687434876e-5);
  let base = step(f64x2.splat(2.0442631033899397e-15), r, 1.421511758316446e-7);
  top = step(top, r, 0.0012426609473880784);
  base = step(base, r, 1.8463183175100548e-5);
  top = step(top, r, 0.026532189526576124);
  base = step(base, r, 0.0007868691311456133);
  top = step(top, r, 0.29656057182850487);
  base = step(base, r, 0.014875361290850615);
  top = step(top, r, 1.7848265399172913);
  base = step(base, r, 0.1369298809227358);
  top = step(top, r, 5.463784911164114);
  base = step(base, r, 0.599832206555888);
  top = step(top, r, 6.657904643501103);
  base = step(base, r, 1);
  return f64x2.div(top, base);
}

/** ln x of numbers in (0, 1). */
function logarithms(x: v128): v128 {
  const shifted = i64x2.add(x, i64x2.splat((<i64>0x95f62) << 32));
  const raw = i64x2.sub(i64x2.shr_u(shifted, 52), i64x2.splat(0x3ff));
  const exponent = f64x2.convert_low_i32x4_s(v128.shuffle<i32>(raw, raw, 0, 2, 0, 2));
  const fraction = v128.and(shifted, i64x2.splat(0x000fffffffffffff));
  const f = f64x2.sub(i64x2.add(fraction, i64x2.splat((<i64>0x3fe6a09e) << 32)), f64x2.splat(1));
  const halfSquare = f64x2.mul(f64x2.mul(f64x2.splat(0.5), f), f);
  const s = f64x2.div(f, f64x2.add(f64x2.splat(2), f));
  const z = f64x2.mul(s, s);
  const w = f64x2.mul(z, z);
  let even = step(f64x2.splat(0.15313837699209373), w, 0.22222198432149784);
  even = f64x2.mul(w, step(even, w, 0.3999999999940942));
  let odd = step(f64x2.splat(0.14798198605116586), w, 0.1818357216161805);
  odd = step(odd, w, 0.2857142874366239);
  odd = f64x2.mul(z, step(odd, w, 0.6666666666666735));
  const rest = f64x2.add(even, odd);
  let sum = f64x2.mul(s, f64x2.add(halfSquare, rest));
  sum = f64x2.add(sum, f64x2.mul(exponent, f64x2.splat(1.90821492927058770002e-10)));
  sum = f64x2.add(f64x2.sub(sum, halfSquare), f);
  return f64x2.add(sum, f64x2.mul(exponent, f64x2.splat(6.9314718036912381649e-1)));
}

/** Φ⁻¹ of uniform numbers outside the centre. */
function tail(uniform: v128): v128 {
  const q = f64x2.sub(uniform, f64x2.splat(0.5));
  const below = f64x2.lt(q, f64x2.splat(0));
  const nearest = v128.bitselect(uniform, f64x2.sub(f64x2.splat(1), uniform), below);
  const r = f64x2.sqrt(f64x2.neg(logarithms(nearest)));
  let size = middle(f64x2.sub(r, f64x2.splat(1.6)));
  const beyond = f64x2.gt(r, f64x2.splat(5));
  if (v128.any_true(beyond)) size = v128.bitselect(far(f64x2.sub(r, f64x2.splat(5))), size, beyond);
  return v128.bitselect(f64x2.neg(size), size, below);
}

/** Numbers outside the centre, that are taken together later: how many there are. */
let waiting: i32 = 0;

/** Two uniform numbers become normal ones at `at`, unless they are outside the centre: then they wait. */
function put(high: v128, low: v128, at: usize, uniforms: usize, places: usize): void {
  const whole = f64x2.mul(f64x2.convert_low_i32x4_s(high), f64x2.splat(67108864));
  const sum = f64x2.add(f64x2.add(whole, f64x2.convert_low_i32x4_s(low)), f64x2.splat(0.5));
  const uniform = f64x2.mul(sum, f64x2.splat(2.220446049250313e-16));
  const q = f64x2.sub(uniform, f64x2.splat(0.5));
  v128.store(at, central(q));
  const outside = i64x2.bitmask(f64x2.gt(f64x2.abs(q), f64x2.splat(0.425)));
  // Stored always and counted where it is so: no branch to guess.
  v128.store64_lane(uniforms + ((<usize>waiting) << 3), uniform, 0);
  i32.store(places + ((<usize>waiting) << 2), <i32>at);
  waiting += outside & 1;
  v128.store64_lane(uniforms + ((<usize>waiting) << 3), uniform, 1);
  i32.store(places + ((<usize>waiting) << 2), <i32>(at + 8));
  waiting += outside >> 1;
}

/** Four words of a counter, for four paths: two uniform numbers each. */
function putAll(a: v128, b: v128, at: usize, uniforms: usize, places: usize): void {
  const high = i32x4.shr_u(a, 6);
  const low = i32x4.shr_u(b, 6);
  put(high, low, at, uniforms, places);
  put(v128.shuffle<i32>(high, high, 2, 3, 2, 3), v128.shuffle<i32>(low, low, 2, 3, 2, 3), at + 16, uniforms, places);
}

/**
 * Standard normal numbers by path number: those of draw d lie together, `count` of them.
 *
 * @param paths `count` path numbers (32 bits each), a multiple of four
 * @param target draws × count numbers
 * @param uniforms, places room for one number, or one 32-bit word, a draw and path, and two more
 */
export function normals(
  keyLow: i32,
  keyHigh: i32,
  stream: i32,
  paths: usize,
  count: i32,
  draws: i32,
  target: usize,
  uniforms: usize,
  places: usize,
): void {
  const line = (<usize>count) << 3;
  waiting = 0;
  for (let draw = 0; draw < draws; draw += 2) {
    for (let path = 0; path < count; path += 4) {
      let c0 = i32x4.splat(draw >> 1);
      let c1 = v128.load(paths + ((<usize>path) << 2));
      let c2 = i32x4.splat(stream);
      let c3 = i32x4.splat(0);
      let k0 = keyLow;
      let k1 = keyHigh;
      for (let round = 0; round < 10; round++) {
        const aHigh = highs(c0, i32x4.splat(M0));
        const bHigh = highs(c2, i32x4.splat(M1));
        const aLow = i32x4.mul(c0, i32x4.splat(M0));
        const bLow = i32x4.mul(c2, i32x4.splat(M1));
        c0 = v128.xor(v128.xor(bHigh, c1), i32x4.splat(k0));
        c1 = bLow;
        c2 = v128.xor(v128.xor(aHigh, c3), i32x4.splat(k1));
        c3 = aLow;
        k0 += W0;
        k1 += W1;
      }
      const at = target + <usize>draw * line + ((<usize>path) << 3);
      putAll(c0, c1, at, uniforms, places);
      if (draw + 1 < draws) putAll(c2, c3, at + line, uniforms, places);
    }
  }
  f64.store(uniforms + ((<usize>waiting) << 3), 0.25);
  tailQuantiles(uniforms, waiting);
  for (let i = 0; i < waiting; i++) {
    f64.store(i32.load(places + ((<usize>i) << 2)), f64.load(uniforms + ((<usize>i) << 3)));
  }
}

/** Uniform numbers outside the centre become normal ones, in pairs. @param uniforms `count`, and one more in (0, 1) */
export function tailQuantiles(uniforms: usize, count: i32): void {
  const end = uniforms + ((<usize>count) << 3);
  for (; uniforms < end; uniforms += 16) v128.store(uniforms, tail(v128.load(uniforms)));
}

/** Numbers by draw become numbers by path. @param count paths, a multiple of four; the first `wanted` are written */
export function byPath(source: usize, count: i32, draws: i32, wanted: i32, target: usize): void {
  const line = (<usize>count) << 3;
  for (let path = 0; path < wanted; path++) {
    let from = source + ((<usize>path) << 3);
    for (let draw = 0; draw < draws; draw++) {
      f64.store(target, f64.load(from));
      target += 8;
      from += line;
    }
  }
}

/**
 * R z for every path, by path: each sum in the order of its terms.
 *
 * @param root n×rank row-major
 * @param lengths n 32-bit words: terms of each row that are not 0
 * @param normals as `normals` makes them, for a multiple of four paths
 */
export function correlate(
  root: usize,
  lengths: usize,
  size: i32,
  rank: i32,
  normals: usize,
  count: i32,
  target: usize,
): void {
  const line = (<usize>count) << 3;
  const rowBytes = (<usize>rank) << 3;
  const pathBytes = (<usize>size) << 3;
  for (let path = 0; path < count; path += 4) {
    let row = root;
    const from = normals + ((<usize>path) << 3);
    let to = target + <usize>path * pathBytes;
    for (let i = 0; i < size; i++) {
      let a = f64x2.splat(0);
      let b = a;
      let z = from;
      const end = row + ((<usize>i32.load(lengths + ((<usize>i) << 2))) << 3);
      for (let at = row; at < end; at += 8) {
        const weight = v128.load_splat<f64>(at);
        a = f64x2.add(a, f64x2.mul(weight, v128.load(z)));
        b = f64x2.add(b, f64x2.mul(weight, v128.load(z, 16)));
        z += line;
      }
      v128.store64_lane(to, a, 0);
      v128.store64_lane(to + pathBytes, a, 1);
      v128.store64_lane(to + 2 * pathBytes, b, 0);
      v128.store64_lane(to + 3 * pathBytes, b, 1);
      row += rowBytes;
      to += 8;
    }
  }
}
