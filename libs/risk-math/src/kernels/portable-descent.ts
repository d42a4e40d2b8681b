import {
  type BarrierProblem,
  DESCENT_ROWS,
  type Descended,
  type DescentOptions,
  type DescentProblem,
} from './descent.js';

/** A start's variance is taken for no less than this part of what its positions have alone. */
const HEDGED = 1e-8;

/** Sweeps that a mixture made worse, after which none is tried again. */
const REFUSALS = 3;

/** The plain TypeScript twin of the descent's kernel: the same sums in the same order. */
export function portableDescend(given: DescentProblem, start: Float64Array, options: DescentOptions): Descended {
  const { size, quadratic } = given;
  const problem = {
    linear: new Float64Array(size),
    lower: new Float64Array(size),
    upper: new Float64Array(size).fill(Infinity),
    ...given,
  };
  const now: State = { y: start.slice(), ahead: new Float64Array(size), steps: new Float64Array(size) };
  for (let first = 0; first < size; first += DESCENT_ROWS) scatter(quadratic, size, first, now.y, now.ahead);
  if (options.scaled) scale(problem, now);
  let last: State | null = null;
  let step = Infinity;
  let best = Infinity;
  let sinceBest = 0;
  let refusals = 0;
  let sweep = 0;
  while (sweep < options.mostSweeps && step > options.smallest) {
    const before = step;
    step = sweepOnce(problem, now);
    sweep++;
    if (step < best) {
      best = step;
      sinceBest = 0;
    } else if (++sinceBest > 5 && step < options.noise) {
      break;
    }
    if (!(step > options.smallest) || refusals === REFUSALS) continue;
    if (step > before) refusals++;
    const share: number = last !== null && step < before ? mixture(now.steps, last.steps) : 0;
    const kept = copyOf(now);
    if (last !== null && share !== 0 && isInside(problem, now.y, last.y, share)) mix(now, last, share);
    last = kept;
  }
  return { variables: now.y, product: symmetricProduct(quadratic, size, now.y), sweeps: sweep, step };
}

interface State {
  readonly y: Float64Array;
  /** Σ Q_ij y_j of the variables after i. */
  ahead: Float64Array;
  /** Relative steps of the sweep that led here. */
  readonly steps: Float64Array;
}

function scale({ size, quadratic, barrier }: BarrierProblem, { y, ahead }: State): void {
  let form = 0;
  let alone = 0;
  let budget = 0;
  for (let i = 0; i < size; i++) {
    const own = quadratic[i * size + i]! * y[i]!;
    form += y[i]! * (own + 2 * ahead[i]!);
    alone += y[i]! * own;
    budget += barrier[i]!;
  }
  const factor = Math.sqrt(budget / Math.max(form, HEDGED * alone));
  for (let i = 0; i < size; i++) {
    y[i]! *= factor;
    ahead[i]! *= factor;
  }
}

function copyOf({ y, ahead, steps }: State): State {
  return { y: y.slice(), ahead: ahead.slice(), steps: steps.slice() };
}

/** @returns the largest relative step */
function sweepOnce({ size, quadratic, linear, barrier, lower, upper }: BarrierProblem, state: State): number {
  const { y, ahead, steps } = state;
  const next = new Float64Array(size);
  const far = new Float64Array(DESCENT_ROWS);
  let largest = 0;
  for (let first = 0; first < size; first += DESCENT_ROWS) {
    const end = Math.min(size, first + DESCENT_ROWS);
    farProducts(quadratic, size, first, y, far);
    for (let i = first; i < end; i++) {
      const before = nearProduct(quadratic, i * size, y, first, i, far[i - first]!);
      const slope = linear[i]! + (before + ahead[i]!);
      const value = boundedRoot(quadratic[i * size + i]!, slope, barrier[i]!, lower[i]!, upper[i]!);
      steps[i] = (value - y[i]!) / value;
      largest = Math.max(largest, Math.abs(steps[i]!));
      y[i] = value;
    }
    scatter(quadratic, size, first, y, next);
  }
  state.ahead = next;
  return largest;
}

/** The part of the last change to take off, so that the steps are smallest: ⟨s − s′, s⟩ / |s − s′|². */
function mixture(steps: Float64Array, last: Float64Array): number {
  const inner = [0, 0];
  const square = [0, 0];
  for (let i = 0; i < steps.length; i++) {
    const change = steps[i]! - last[i]!;
    inner[i & 1]! += change * steps[i]!;
    square[i & 1]! += change * change;
  }
  const total = square[0]! + square[1]!;
  return total > 0 ? (inner[0]! + inner[1]!) / total : 0;
}

/** Whether the mixture keeps its bounds, and every variable at least a quarter of its own. */
function isInside({ lower, upper }: BarrierProblem, y: Float64Array, last: Float64Array, share: number): boolean {
  return y.every((own, i) => {
    const value = own - share * (own - last[i]!);
    return value >= lower[i]! && value <= upper[i]! && value > 0.25 * own;
  });
}

function mix(now: State, last: State, share: number): void {
  for (let i = 0; i < now.y.length; i++) {
    now.y[i]! -= share * (now.y[i]! - last.y[i]!);
    now.ahead[i]! -= share * (now.ahead[i]! - last.ahead[i]!);
  }
}

/** The positive root of a y² + c y − b = 0 without cancellation, cut off at its bounds. */
function boundedRoot(a: number, c: number, b: number, lower: number, upper: number): number {
  const root = Math.sqrt(c * c + 4 * a * b);
  const free = c > 0 ? (2 * b) / (c + root) : (root - c) / (2 * a);
  const raised = free < lower ? lower : free;
  return raised > upper ? upper : raised;
}

/** Q y of a symmetric matrix, of which the lower triangle is read. */
function symmetricProduct(matrix: Float64Array, size: number, y: Float64Array): Float64Array {
  const product = new Float64Array(size);
  const far = new Float64Array(DESCENT_ROWS);
  for (let first = 0; first < size; first += DESCENT_ROWS) {
    farProducts(matrix, size, first, y, far);
    scatter(matrix, size, first, y, product);
    const end = Math.min(size, first + DESCENT_ROWS);
    for (let i = first; i < end; i++) {
      product[i]! += nearProduct(matrix, i * size, y, first, i + 1, far[i - first]!);
    }
  }
  return product;
}

/** Σ rowₖ y over the columns before a block, of its rows. */
function farProducts(matrix: Float64Array, size: number, first: number, y: Float64Array, far: Float64Array): void {
  const end = Math.min(size, first + DESCENT_ROWS);
  for (let i = first; i < end; i++) {
    const row = i * size;
    let a = 0;
    let b = 0;
    let c = 0;
    let d = 0;
    for (let j = 0; j < first; j += 4) {
      a += matrix[row + j]! * y[j]!;
      b += matrix[row + j + 1]! * y[j + 1]!;
      c += matrix[row + j + 2]! * y[j + 2]!;
      d += matrix[row + j + 3]! * y[j + 3]!;
    }
    far[i - first] = a + c + (b + d);
  }
}

/** Columns from `from` up to and without `to` are added to what the far ones gave. */
function nearProduct(
  matrix: Float64Array,
  row: number,
  y: Float64Array,
  from: number,
  to: number,
  far: number,
): number {
  let total = far;
  for (let j = from; j < to; j++) total += matrix[row + j]! * y[j]!;
  return total;
}

/** target += Σ yₖ rowₖ over the columns before the diagonal, for the rows of a block. */
function scatter(matrix: Float64Array, size: number, first: number, y: Float64Array, target: Float64Array): void {
  const end = Math.min(size, first + DESCENT_ROWS);
  for (let i = first; i < end; i++) {
    const value = y[i]!;
    const row = i * size;
    for (let j = 0; j < i; j++) target[j]! += matrix[row + j]! * value;
  }
}
