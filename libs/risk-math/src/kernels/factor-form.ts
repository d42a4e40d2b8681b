import { type KernelName, type Workspace, kernelName, workspace } from './engine.js';

/** Numbers of the exposures that are brought over at a time, so that they are still in the cache when they are used. */
const CHUNK_NUMBERS = 32_768;
/** Exposures from which on bringing them over pays. */
const FEWEST_NUMBERS = 4_096;
/** Exposures that stay in the kernels' memory at the most, 32 MiB. */
const MOST_HELD = 2 ** 22;

/** Sections of the workspace. */
const ROWS = 0;
const ASSETS = 1;
const FACTORS = 2;

/** The factor form of a risk model; its arrays are not changed once it is made. */
interface Exposures {
  readonly size: number;
  readonly factors: number;
  /** n×K row-major. */
  readonly exposures: Float64Array;
}

/** The model of the last product, and, once it came twice in a row, its exposures in the kernels' memory. */
interface Recent {
  readonly model: WeakRef<Exposures>;
  readonly kernel: KernelName;
  held: Workspace | null;
}

let recent: Recent | null = null;

/**
 * B f(Bᵀ w) by the compiled kernels; `null` without them, and for few exposures. A model that is multiplied again and again,
 * as one is that every tick or trade is measured by, is brought over once.
 *
 * @param inFactors f, from K numbers to K
 */
export function kernelFactorProduct(
  model: Exposures,
  weights: Float64Array,
  inFactors: (exposure: Float64Array) => Float64Array,
): Float64Array | null {
  const { size, factors } = model;
  if (size * factors < FEWEST_NUMBERS) return null;
  const held = heldOf(model);
  const chunk = held === null ? Math.max(4, Math.floor(CHUNK_NUMBERS / factors / 4) * 4) : size;
  const space = held ?? workspace([chunk * factors, size, factors]);
  if (space === null) return null;
  const { kernels, at, numbers } = space;
  const byAsset = numbers(ASSETS, size);
  const byFactor = numbers(FACTORS, factors);
  const inChunks = (use: (first: number, count: number) => void): void => {
    for (let first = 0; first < size; first += chunk) {
      const end = Math.min(size, first + chunk);
      if (held === null) numbers(ROWS, chunk * factors).set(model.exposures.subarray(first * factors, end * factors));
      use(first, end - first);
    }
  };
  byAsset.set(weights);
  byFactor.fill(0);
  inChunks((first, count) => kernels.addExposures(at[ROWS]!, count, factors, at[ASSETS]! + first * 8, at[FACTORS]!));
  byFactor.set(inFactors(byFactor.slice()));
  inChunks((first, count) => kernels.rowProducts(at[ROWS]!, count, factors, at[FACTORS]!, at[ASSETS]! + first * 8));
  return byAsset.slice();
}

/** The kernels' memory with a model's exposures in it; `null` the first time that a model comes. */
function heldOf(model: Exposures): Workspace | null {
  const kernel = kernelName();
  if (recent === null || recent.model.deref() !== model || recent.kernel !== kernel) {
    recent = { model: new WeakRef(model), kernel, held: null };
    return null;
  }
  const { size, factors, exposures } = model;
  if (recent.held === null && size * factors <= MOST_HELD) {
    recent.held = workspace([size * factors, size, factors], true);
    recent.held?.numbers(ROWS, size * factors).set(exposures);
  }
  return recent.held;
}
