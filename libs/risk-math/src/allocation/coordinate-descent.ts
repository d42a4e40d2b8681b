/** min ½ yᵀQy + qᵀy − Σ bᵢ ln yᵢ over lower ≤ y ≤ upper, y > 0. */
export interface BarrierProblem {
  readonly size: number;
  /** m×m, symmetric, diagonal above 0. */
  readonly quadratic: Float64Array;
  readonly linear: Float64Array;
  /** bᵢ > 0. */
  readonly barrier: Float64Array;
  readonly lower: Float64Array;
  readonly upper: Float64Array;
}

export interface DescentResult {
  readonly variables: Float64Array;
  readonly iterations: number;
  /** Largest relative step of the last sweep. */
  readonly step: number;
  readonly converged: boolean;
}

/** Relative step below which a sweep changes nothing that the digits could show. */
const STEP = 1e-15;
const MAXIMUM_SWEEPS = 2000;

/**
 * Cyclical coordinate descent: each coordinate goes to the minimum of its own problem, the positive root of
 * Q_ii y² + c y − bᵢ = 0, cut off at its bounds. The problem is strictly convex and its bounds separate, so that it
 * converges (Tseng 2001).
 *
 * Source: Griveau-Billion, Richard and Roncalli, "A fast algorithm for computing high-dimensional risk parity portfolios"
 * (2013); bounds as in Richard and Roncalli, "Constrained risk budgeting portfolios" (2019), section 3.2.
 *
 * @param smallest relative step of a sweep that ends the descent
 */
export function descend(problem: BarrierProblem, start: Float64Array, smallest = STEP): DescentResult {
  const { size, quadratic, linear, barrier, lower, upper } = problem;
  const y = Float64Array.from(start, (value, i) => Math.min(upper[i]!, Math.max(lower[i]!, value)));
  let step = Infinity;
  let best = Infinity;
  let sinceBest = 0;
  let sweep = 0;
  while (sweep < MAXIMUM_SWEEPS && step > smallest) {
    step = 0;
    for (let i = 0; i < size; i++) {
      const row = i * size;
      const curvature = quadratic[row + i]!;
      const slope = linear[i]! + rowTimes(quadratic, row, y, size) - curvature * y[i]!;
      const next = Math.min(upper[i]!, Math.max(lower[i]!, positiveRoot(curvature, slope, barrier[i]!)));
      step = Math.max(step, Math.abs(next - y[i]!) / next);
      y[i] = next;
    }
    sweep++;
    if (step < best) {
      best = step;
      sinceBest = 0;
    } else if (++sinceBest > 5 && step < 1e-13) {
      break;
    }
  }
  return { variables: y, iterations: sweep, step, converged: step <= 1e-13 };
}

/** The positive root of a y² + c y − b = 0, without cancellation. */
function positiveRoot(a: number, c: number, b: number): number {
  const root = Math.sqrt(c * c + 4 * a * b);
  return c > 0 ? (2 * b) / (c + root) : (root - c) / (2 * a);
}

/** Four sums at a time: the additions of one do not wait for those of another. */
export function rowTimes(matrix: Float64Array, row: number, y: Float64Array, size: number): number {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  let j = 0;
  for (; j + 4 <= size; j += 4) {
    a += matrix[row + j]! * y[j]!;
    b += matrix[row + j + 1]! * y[j + 1]!;
    c += matrix[row + j + 2]! * y[j + 2]!;
    d += matrix[row + j + 3]! * y[j + 3]!;
  }
  for (; j < size; j++) a += matrix[row + j]! * y[j]!;
  return a + b + (c + d);
}
