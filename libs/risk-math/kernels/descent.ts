// Cyclical coordinate descent on the lower triangle of a symmetric matrix: what a coordinate needs of those after it was
// added up when they were last moved, so that a sweep reads every element once. The twin in `portable-descent.ts` repeats
// the order of the sums.
//
// The triangle is packed in blocks of four rows; in a block, for each pair of columns up to the diagonal, the pair of each row
// in turn: one cache line. Rows and columns beyond the last are 0.

import { multiplyAdd } from './products';

const LINE: usize = 64;

/** Vectors of a descent, each of a stride of its own; what lies beyond n in the first line of five is 0. */
const LINEAR: usize = 0;
const BARRIER: usize = 1;
const LOWER: usize = 2;
const UPPER: usize = 3;
const VARIABLES: usize = 4;
const AHEAD: usize = 5;
const NEXT: usize = 6;
const PRODUCT: usize = 7;
const STEPS: usize = 8;
const LAST_STEPS: usize = 9;
const LAST_VARIABLES: usize = 10;
const LAST_AHEAD: usize = 11;
/** Four products, and the largest relative step of the last sweep behind them. */
const FAR: usize = 12;

/** Where the block whose first row is `first` lies. */
function blockAt(packed: usize, first: i32): usize {
  const block = first >> 2;
  return packed + ((<usize>(block * (block + 1))) << 6);
}

/**
 * Packs rows `first` (a multiple of four) up to `end` of the triangle, and begins Σ Q_ij y_j over j > i with what they give
 * to the rows before them.
 *
 * @param rows the rows, n numbers each
 * @param packed room for the triangle: 8 b (b + 1) numbers for b = ⌈n / 4⌉
 * @param vectors as `descend` takes them
 */
export function packTriangle(
  rows: usize,
  first: i32,
  end: i32,
  size: i32,
  packed: usize,
  vectors: usize,
  stride: usize,
): void {
  const rowBytes = (<usize>size) << 3;
  const ahead = vectors + AHEAD * stride;
  let own = vectors + VARIABLES * stride + ((<usize>first) << 3);
  for (; first < end; first += 4) {
    const block = blockAt(packed, first);
    if (first + 4 <= size) packWhole(rows, rowBytes, first + 4, block);
    else packRest(rows, rowBytes, size - first, size, block);
    scatter(block, first, f64.load(own), f64.load(own, 8), f64.load(own, 16), f64.load(own, 24), ahead);
    rows += 4 * rowBytes;
    own += 32;
  }
}

function packWhole(row: usize, rowBytes: usize, columns: i32, to: usize): void {
  const r1 = row + rowBytes;
  const r2 = r1 + rowBytes;
  const r3 = r2 + rowBytes;
  const end = (<usize>columns) << 3;
  for (let at: usize = 0; at < end; at += 16) {
    v128.store(to, v128.load(row + at));
    v128.store(to, v128.load(r1 + at), 16);
    v128.store(to, v128.load(r2 + at), 32);
    v128.store(to, v128.load(r3 + at), 48);
    to += LINE;
  }
}

/** A last block of fewer than four rows. */
function packRest(row: usize, rowBytes: usize, rows: i32, columns: i32, to: usize): void {
  const end = ((<usize>columns + 3) & ~3) << 3;
  for (let at: usize = 0; at < end; at += 8) {
    for (let lane = 0; lane < 4; lane++) {
      const inside = lane < rows && at < (<usize>columns) << 3;
      const from = row + <usize>lane * rowBytes + at;
      f64.store(to + (at >> 4) * LINE + ((<usize>lane) << 4) + (at & 8), inside ? f64.load(from) : 0);
    }
  }
}

function sum(a: v128, b: v128): f64 {
  const both = f64x2.add(a, b);
  return f64x2.extract_lane(both, 0) + f64x2.extract_lane(both, 1);
}

function pair(a: f64, b: f64): v128 {
  return f64x2.replace_lane(f64x2.splat(a), 1, b);
}

/** The products of a block's four rows with y, over the columns before it, go to `far`. @param last columns first − 4 … first */
function farProducts(block: usize, y: usize, first: i32, last: v128, lastButOne: v128, far: usize): void {
  let a0 = f64x2.splat(0);
  let a1 = a0;
  let a2 = a0;
  let a3 = a0;
  let b0 = a0;
  let b1 = a0;
  let b2 = a0;
  let b3 = a0;
  const end = y + ((<usize>(first - 4)) << 3);
  while (y < end) {
    const x = v128.load(y);
    a0 = multiplyAdd(v128.load(block), x, a0);
    a1 = multiplyAdd(v128.load(block, 16), x, a1);
    a2 = multiplyAdd(v128.load(block, 32), x, a2);
    a3 = multiplyAdd(v128.load(block, 48), x, a3);
    const z = v128.load(y, 16);
    b0 = multiplyAdd(v128.load(block, 64), z, b0);
    b1 = multiplyAdd(v128.load(block, 80), z, b1);
    b2 = multiplyAdd(v128.load(block, 96), z, b2);
    b3 = multiplyAdd(v128.load(block, 112), z, b3);
    block += 2 * LINE;
    y += 32;
  }
  a0 = multiplyAdd(v128.load(block), lastButOne, a0);
  a1 = multiplyAdd(v128.load(block, 16), lastButOne, a1);
  a2 = multiplyAdd(v128.load(block, 32), lastButOne, a2);
  a3 = multiplyAdd(v128.load(block, 48), lastButOne, a3);
  b0 = multiplyAdd(v128.load(block, 64), last, b0);
  b1 = multiplyAdd(v128.load(block, 80), last, b1);
  b2 = multiplyAdd(v128.load(block, 96), last, b2);
  b3 = multiplyAdd(v128.load(block, 112), last, b3);
  f64.store(far, sum(a0, b0));
  f64.store(far, sum(a1, b1), 8);
  f64.store(far, sum(a2, b2), 16);
  f64.store(far, sum(a3, b3), 24);
}

/**
 * What a block's four variables give to the products of those before them: added to `target` for the columns before the
 * block, put there for its own.
 */
function scatter(block: usize, first: i32, y0: f64, y1: f64, y2: f64, y3: f64, target: usize): void {
  const v0 = f64x2.splat(y0);
  const v1 = f64x2.splat(y1);
  const v2 = f64x2.splat(y2);
  const v3 = f64x2.splat(y3);
  const end = target + ((<usize>first) << 3);
  while (target < end) {
    let even = multiplyAdd(v128.load(block), v0, v128.load(target));
    let odd = multiplyAdd(v128.load(block, 64), v0, v128.load(target, 16));
    even = multiplyAdd(v128.load(block, 16), v1, even);
    odd = multiplyAdd(v128.load(block, 80), v1, odd);
    even = multiplyAdd(v128.load(block, 32), v2, even);
    odd = multiplyAdd(v128.load(block, 96), v2, odd);
    v128.store(target, multiplyAdd(v128.load(block, 48), v3, even));
    v128.store(target, multiplyAdd(v128.load(block, 112), v3, odd), 16);
    block += 2 * LINE;
    target += 32;
  }
  const g0 = f64.load(block, 16) * y1 + f64.load(block, 32) * y2 + f64.load(block, 48) * y3;
  const g1 = f64.load(block, 40) * y2 + f64.load(block, 56) * y3;
  v128.store(target, pair(g0, g1));
  v128.store(target, pair(f64.load(block, 112) * y3, 0), 16);
}

/** The positive root of a y² + c y − b = 0 without cancellation, cut off at its bounds. */
function boundedRoot(a: f64, c: f64, b: f64, lower: f64, upper: f64): f64 {
  const root = Math.sqrt(c * c + 4 * a * b);
  const free = c > 0 ? (2 * b) / (c + root) : (root - c) / (2 * a);
  const raised = free < lower ? lower : free;
  return raised > upper ? upper : raised;
}

/** A start's variance is taken for no less than this part of what its positions have alone. */
const HEDGED: f64 = 1e-8;

/** Sweeps that a mixture made worse, after which none is tried again. */
const REFUSALS: i32 = 3;

/**
 * min ½ yᵀQy + qᵀy − Σ bᵢ ln yᵢ over lower ≤ y ≤ upper.
 *
 * Between sweeps the variables are mixed with those of the sweep before so that the relative steps are as small as a mixture
 * makes them (Anderson 1965, depth 1), where that stays inside the bounds.
 *
 * @param packed the triangle, as `packTriangle` leaves it
 * @param vectors as listed above, `stride` bytes each, a multiple of 64; linear, barrier, bounds and variables are given
 * @param scaled whether the start is first brought to yᵀQy = Σ bᵢ, where the optimum lies that has neither bounds nor q
 * @param smallest relative step of a sweep that ends the descent; `noise`: below it, six sweeps without progress do as well
 * @returns the sweeps made
 */
export function descend(
  packed: usize,
  size: i32,
  vectors: usize,
  stride: usize,
  scaled: bool,
  smallest: f64,
  noise: f64,
  most: i32,
): i32 {
  const y = vectors + VARIABLES * stride;
  const far = vectors + FAR * stride;
  let ahead = vectors + AHEAD * stride;
  let next = vectors + NEXT * stride;
  let steps = vectors + STEPS * stride;
  let lastSteps = vectors + LAST_STEPS * stride;
  if (scaled) scale(packed, size, y, ahead, vectors + BARRIER * stride);
  memory.fill(steps, 0, 2 * stride);
  let step: f64 = f64.MAX_VALUE;
  let best: f64 = f64.MAX_VALUE;
  let sinceBest = 0;
  let refusals = 0;
  let comparable = false;
  let sweep = 0;
  while (sweep < most && step > smallest) {
    const before = step;
    step = sweepOnce(packed, size, vectors, stride, y, ahead, next, steps, far);
    const used = ahead;
    ahead = next;
    next = used;
    sweep++;
    if (step < best) {
      best = step;
      sinceBest = 0;
    } else if (++sinceBest > 5 && step < noise) {
      break;
    }
    if (!(step > smallest) || refusals === REFUSALS) continue;
    if (step > before) refusals++;
    const share = comparable && step < before ? mixture(steps, lastSteps, size) : 0;
    mix(size, vectors, stride, y, ahead, isInside(size, vectors, stride, y, share) ? share : 0);
    comparable = true;
    const old = steps;
    steps = lastSteps;
    lastSteps = old;
  }
  symmetricProduct(packed, size, y, far, vectors + PRODUCT * stride);
  f64.store(far, step, 32);
  return sweep;
}

function scale(packed: usize, size: i32, y: usize, ahead: usize, barrier: usize): void {
  let form: f64 = 0;
  let alone: f64 = 0;
  let budget: f64 = 0;
  for (let i = 0; i < size; i++) {
    const at = (<usize>i) << 3;
    // The diagonal of row i of its block.
    const place = blockAt(packed, i & ~3) + <usize>(i >> 1) * LINE + ((<usize>(i & 3)) << 4) + ((<usize>(i & 1)) << 3);
    const value = f64.load(y + at);
    const own = f64.load(place) * value;
    form += value * (own + 2 * f64.load(ahead + at));
    alone += value * own;
    budget += f64.load(barrier + at);
  }
  const factor = Math.sqrt(budget / max(form, HEDGED * alone));
  for (let i = 0; i < size; i++) {
    const at = (<usize>i) << 3;
    f64.store(y + at, f64.load(y + at) * factor);
    f64.store(ahead + at, f64.load(ahead + at) * factor);
  }
}

/** The part of the last change to take off, so that the steps are smallest: ⟨s − s′, s⟩ / |s − s′|². */
function mixture(steps: usize, lastSteps: usize, size: i32): f64 {
  let inner = f64x2.splat(0);
  let square = inner;
  const end = (<usize>size) << 3;
  for (let at: usize = 0; at < end; at += 16) {
    const now = v128.load(steps + at);
    const change = f64x2.sub(now, v128.load(lastSteps + at));
    inner = f64x2.add(inner, f64x2.mul(change, now));
    square = f64x2.add(square, f64x2.mul(change, change));
  }
  const total = f64x2.extract_lane(square, 0) + f64x2.extract_lane(square, 1);
  return total > 0 ? (f64x2.extract_lane(inner, 0) + f64x2.extract_lane(inner, 1)) / total : 0;
}

/** Whether the mixture keeps its bounds, and every variable at least a quarter of its own. */
function isInside(size: i32, vectors: usize, stride: usize, y: usize, share: f64): bool {
  const end = (<usize>size) << 3;
  const last = vectors + LAST_VARIABLES * stride;
  for (let at: usize = 0; at < end; at += 8) {
    const own = f64.load(y + at);
    const value = own - share * (own - f64.load(last + at));
    const lower = f64.load(vectors + LOWER * stride + at);
    const upper = f64.load(vectors + UPPER * stride + at);
    if (!(value >= lower && value <= upper && value > 0.25 * own)) return false;
  }
  return true;
}

/** y −= share (y − y′), and the same of what lies ahead; keeps y and ahead as the next y′ and ahead′. */
function mix(size: i32, vectors: usize, stride: usize, y: usize, ahead: usize, share: f64): void {
  const lastVariables = vectors + LAST_VARIABLES * stride;
  const lastAhead = vectors + LAST_AHEAD * stride;
  const end = (<usize>size) << 3;
  for (let at: usize = 0; at < end; at += 8) {
    const value = f64.load(y + at);
    const sum = f64.load(ahead + at);
    if (share !== 0) {
      f64.store(y + at, value - share * (value - f64.load(lastVariables + at)));
      f64.store(ahead + at, sum - share * (sum - f64.load(lastAhead + at)));
    }
    f64.store(lastVariables + at, value);
    f64.store(lastAhead + at, sum);
  }
}

/** One sweep. @returns the largest relative step; `steps` becomes all of them */
function sweepOnce(
  packed: usize,
  size: i32,
  vectors: usize,
  stride: usize,
  y: usize,
  ahead: usize,
  next: usize,
  steps: usize,
  far: usize,
): f64 {
  let largest: f64 = 0;
  memory.fill(far, 0, 32);
  for (let first = 0; first < size; first += 4) {
    const block = blockAt(packed, first);
    const own = block + ((<usize>first) << 5);
    const at = vectors + ((<usize>first) << 3);
    const offset = (<usize>first) << 3;
    const rows = size - first;
    let y1: f64 = 0;
    let y2: f64 = 0;
    let y3: f64 = 0;
    const y0 = moved(at, stride, f64.load(own), f64.load(far) + f64.load(ahead + offset));
    largest = max(largest, noted(y0, y + offset, steps + offset));
    if (rows > 1) {
      const before = f64.load(far, 8) + f64.load(own, 16) * y0;
      y1 = moved(at + 8, stride, f64.load(own, 24), before + f64.load(ahead + offset, 8));
      largest = max(largest, noted(y1, y + offset + 8, steps + offset + 8));
    }
    if (rows > 2) {
      const before = f64.load(far, 16) + f64.load(own, 32) * y0 + f64.load(own, 40) * y1;
      y2 = moved(at + 16, stride, f64.load(own, 96), before + f64.load(ahead + offset, 16));
      largest = max(largest, noted(y2, y + offset + 16, steps + offset + 16));
    }
    if (rows > 3) {
      const before = f64.load(far, 24) + f64.load(own, 48) * y0 + f64.load(own, 56) * y1 + f64.load(own, 112) * y2;
      y3 = moved(at + 24, stride, f64.load(own, 120), before + f64.load(ahead + offset, 24));
      largest = max(largest, noted(y3, y + offset + 24, steps + offset + 24));
    }
    const low = pair(y0, y1);
    const high = pair(y2, y3);
    v128.store(y + offset, low);
    v128.store(y + offset, high, 16);
    // The far columns of the rows that come next do not wait for the roots just taken, but for the last of them.
    if (rows > 4) farProducts(blockAt(packed, first + 4), y, first + 4, high, low, far);
    scatter(block, first, y0, y1, y2, y3, next);
  }
  return largest;
}

/** Where a variable goes. @param at its place in the first of the vectors; `others`: Σ Q_ij y_j of all others */
function moved(at: usize, stride: usize, curvature: f64, others: f64): f64 {
  const slope = f64.load(at + LINEAR * stride) + others;
  const barrier = f64.load(at + BARRIER * stride);
  return boundedRoot(curvature, slope, barrier, f64.load(at + LOWER * stride), f64.load(at + UPPER * stride));
}

/** Notes the relative step of a variable, whose old value still stands at `place`. @returns its size */
function noted(value: f64, place: usize, step: usize): f64 {
  const relative = (value - f64.load(place)) / value;
  f64.store(step, relative);
  return Math.abs(relative);
}

/** Q y of a packed triangle. */
function symmetricProduct(packed: usize, size: i32, y: usize, far: usize, product: usize): void {
  memory.fill(far, 0, 32);
  for (let first = 0; first < size; first += 4) {
    const block = blockAt(packed, first);
    const own = block + ((<usize>first) << 5);
    const from = y + ((<usize>first) << 3);
    const y0 = f64.load(from);
    const y1 = f64.load(from, 8);
    const y2 = f64.load(from, 16);
    const y3 = f64.load(from, 24);
    if (first > 0) {
      farProducts(block, y, first, v128.load(from - 16), v128.load(from - 32), far);
    }
    scatter(block, first, y0, y1, y2, y3, product);
    let to = product + ((<usize>first) << 3);
    f64.store(to, f64.load(to) + (f64.load(far) + f64.load(own) * y0));
    to += 8;
    f64.store(to, f64.load(to) + (f64.load(far, 8) + f64.load(own, 16) * y0 + f64.load(own, 24) * y1));
    to += 8;
    const third = f64.load(far, 16) + f64.load(own, 32) * y0 + f64.load(own, 40) * y1 + f64.load(own, 96) * y2;
    f64.store(to, f64.load(to) + third);
    to += 8;
    const fourth = f64.load(far, 24) + f64.load(own, 48) * y0 + f64.load(own, 56) * y1 + f64.load(own, 112) * y2;
    f64.store(to, f64.load(to) + (fourth + f64.load(own, 120) * y3));
  }
}
