import { type BarrierProblem, type DescentOptions, type DescentProblem, kernelDescend } from '../kernels/descent.js';
import { portableDescend } from '../kernels/portable-descent.js';

export type { BarrierProblem } from '../kernels/descent.js';

export interface DescentResult {
  readonly variables: Float64Array;
  /** Q y of them. */
  readonly product: Float64Array;
  readonly iterations: number;
  /** Largest relative step of the last sweep. */
  readonly step: number;
  readonly converged: boolean;
}

/** Relative step below which a sweep changes nothing that the digits could show. */
const STEP = 1e-15;
/** Relative step of a descent that has converged. */
const SETTLED = 1e-13;
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
  const { size, lower, upper } = problem;
  const from = new Float64Array(size);
  for (let i = 0; i < size; i++) from[i] = Math.min(upper[i]!, Math.max(lower[i]!, start[i]!));
  return solved(problem, from, { scaled: false, smallest, noise: SETTLED, mostSweeps: MAXIMUM_SWEEPS });
}

/**
 * The problem without a linear part or bounds, yᵢ (Qy)ᵢ = bᵢ, from inverse volatilities of the right size, until no variable's
 * relative step is above 1e-13.
 */
export function descendFreely(quadratic: Float64Array, barrier: Float64Array): DescentResult {
  const size = barrier.length;
  const start = new Float64Array(size);
  for (let i = 0; i < size; i++) start[i] = 1 / Math.sqrt(quadratic[i * size + i]!);
  const free = { size, quadratic, barrier };
  return solved(free, start, { scaled: true, smallest: SETTLED, noise: SETTLED, mostSweeps: MAXIMUM_SWEEPS });
}

function solved(problem: DescentProblem, start: Float64Array, options: DescentOptions): DescentResult {
  const { variables, product, sweeps, step } =
    kernelDescend(problem, start, options) ?? portableDescend(problem, start, options);
  return { variables, product, iterations: sweeps, step, converged: step <= SETTLED };
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
