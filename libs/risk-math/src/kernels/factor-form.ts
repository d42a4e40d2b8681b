import { workspace } from './engine.js';

/** Numbers of the exposures that are brought over at a time, so that they are still in the cache when they are used. */
const CHUNK_NUMBERS = 32_768;
/** Exposures from which on bringing them over pays. */
const FEWEST_NUMBERS = 4_096;

/** Sections of the workspace. */
const ROWS = 0;
const ASSETS = 1;
const FACTORS = 2;

/**
 * B f(Bᵀ w) by the compiled kernels; `null` without them, and for few exposures.
 *
 * @param exposures n×K row-major
 * @param inFactors f, from K numbers to K
 */
export function kernelFactorProduct(
  exposures: Float64Array,
  size: number,
  factors: number,
  weights: Float64Array,
  inFactors: (exposure: Float64Array) => Float64Array,
): Float64Array | null {
  if (size * factors < FEWEST_NUMBERS) return null;
  const chunk = Math.max(4, Math.floor(CHUNK_NUMBERS / factors / 4) * 4);
  const space = workspace([chunk * factors, size, factors]);
  if (space === null) return null;
  const { kernels, at, numbers } = space;
  const rows = numbers(ROWS, chunk * factors);
  const byAsset = numbers(ASSETS, size);
  const byFactor = numbers(FACTORS, factors);
  const inChunks = (use: (first: number, count: number) => void): void => {
    for (let first = 0; first < size; first += chunk) {
      const end = Math.min(size, first + chunk);
      rows.set(exposures.subarray(first * factors, end * factors));
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
