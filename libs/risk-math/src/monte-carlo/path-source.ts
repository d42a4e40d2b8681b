/** Makes the returns of any path, alone or many at once, always the same. */
export interface PathSource {
  readonly assets: number;
  /** Writes the returns of the paths of these numbers over the horizon, paths×n row-major. */
  fill(paths: Uint32Array, out: Float64Array): void;
}

/** What the numbers of a seed are used for; each has numbers of its own. */
export const NORMAL_STREAM = 0;
export const MIXING_STREAM = 1;
export const RESAMPLING_STREAM = 2;
export const SPECIFIC_STREAM = 3;
