import { workspace } from './engine.js';

/** min ½ yᵀQy + qᵀy − Σ bᵢ ln yᵢ over lower ≤ y ≤ upper, y > 0. */
export interface BarrierProblem {
  readonly size: number;
  /** n×n, symmetric, diagonal above 0. */
  readonly quadratic: Float64Array;
  readonly linear: Float64Array;
  /** bᵢ > 0. */
  readonly barrier: Float64Array;
  readonly lower: Float64Array;
  readonly upper: Float64Array;
}

/** A barrier problem whose linear part and bounds may be left out. */
export type DescentProblem = Pick<BarrierProblem, 'size' | 'quadratic' | 'barrier'> & Partial<BarrierProblem>;

/** How a descent begins and ends. */
export interface DescentOptions {
  /** Whether the start is first brought to yᵀQy = Σ bᵢ, where the optimum lies that has neither bounds nor q. */
  readonly scaled: boolean;
  /** Relative step of a sweep that ends it. */
  readonly smallest: number;
  /** Relative step below which six sweeps without progress end it: rounding. */
  readonly noise: number;
  readonly mostSweeps: number;
}

export interface Descended {
  readonly variables: Float64Array;
  /** Q y of them. */
  readonly product: Float64Array;
  readonly sweeps: number;
  /** Largest relative step of the last sweep. */
  readonly step: number;
}

/** Numbers of the matrix that are brought over at a time, so that they are still in the cache when they are packed. */
const CHUNK_NUMBERS = 16_384;

/** Rows that go together. */
export const DESCENT_ROWS = 4;

/** Sections of the workspace. */
const ROWS = 0;
const PACKED = 1;
const VECTORS = 2;

/** The vectors that go in and out, as the kernel numbers them; the others are its own. */
const LINEAR = 0;
const BARRIER = 1;
const LOWER = 2;
const UPPER = 3;
const VARIABLES = 4;
const AHEAD = 5;
const PRODUCT = 7;
const FAR = 12;

/** Cyclical coordinate descent by the compiled kernel; `null` without one. @param start within the bounds */
export function kernelDescend(problem: DescentProblem, start: Float64Array, options: DescentOptions): Descended | null {
  const { size, quadratic, linear, barrier, lower, upper } = problem;
  // Each vector begins on a cache line of its own.
  const length = Math.ceil(size / 8) * 8;
  const blocks = Math.ceil(size / 4);
  const chunk = Math.max(DESCENT_ROWS, Math.floor(CHUNK_NUMBERS / size / DESCENT_ROWS) * DESCENT_ROWS);
  const space = workspace([chunk * size, 8 * blocks * (blocks + 1), FAR * length + 8]);
  if (space === null) return null;
  const { kernels, at, numbers } = space;
  const vectors = numbers(VECTORS, FAR * length + 8);
  const given = (values: Float64Array | undefined, otherwise: number, vector: number): void => {
    if (values === undefined) vectors.fill(otherwise, vector * length, (vector + 1) * length);
    else vectors.set(values, vector * length);
  };
  given(linear, 0, LINEAR);
  given(barrier, 0, BARRIER);
  given(lower, 0, LOWER);
  given(upper, Infinity, UPPER);
  given(start, 0, VARIABLES);
  vectors.fill(0, VARIABLES * length + size, AHEAD * length);
  const rows = numbers(ROWS, chunk * size);
  for (let first = 0; first < size; first += chunk) {
    const end = Math.min(size, first + chunk);
    rows.set(quadratic.subarray(first * size, end * size));
    kernels.packTriangle(at[ROWS]!, first, end, size, at[PACKED]!, at[VECTORS]!, length * 8);
  }
  const { scaled, smallest, noise, mostSweeps } = options;
  const sweeps = kernels.descend(
    at[PACKED]!,
    size,
    at[VECTORS]!,
    length * 8,
    scaled ? 1 : 0,
    smallest,
    noise,
    mostSweeps,
  );
  return {
    variables: vectors.slice(VARIABLES * length, VARIABLES * length + size),
    product: vectors.slice(PRODUCT * length, PRODUCT * length + size),
    sweeps,
    step: vectors[FAR * length + 4]!,
  };
}
