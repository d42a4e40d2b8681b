import { workspace } from './engine.js';

/** What random numbers are made from: the two words of a seed, and what they are for. */
export interface NormalStream {
  readonly key: { readonly low: number; readonly high: number };
  readonly stream: number;
}

/** R z: each sum in the order of its terms, rows cut off behind their last number that is not 0. */
export interface Root {
  /** n×rank row-major. */
  readonly root: Float64Array;
  readonly size: number;
  readonly rank: number;
  readonly lengths: Int32Array;
}

/** Paths made at a time, so that their numbers stay in the cache; a multiple of four. */
const BLOCK = 128;

/** Sections of the workspace. */
const NORMALS = 0;
const UNIFORMS = 1;
const WORDS = 2;
const RESULT = 3;
const ROOT = 4;

/**
 * Standard normal numbers by path, `draws` each, from the compiled kernel: the bits of `RandomStream.normal`.
 *
 * @param out receives them, path by path
 * @returns whether there is a kernel
 */
export function kernelNormals(from: NormalStream, paths: Uint32Array, draws: number, out: Float64Array): boolean {
  return inBlocks(from, paths, draws, draws, [], out, ({ kernels, at }, count, wanted) =>
    kernels.byPath(at[NORMALS]!, count, draws, wanted, at[RESULT]!),
  );
}

/** `kernelNormals`, and their products with a root. @param out receives n numbers a path */
export function kernelCorrelatedNormals(
  from: NormalStream,
  paths: Uint32Array,
  { root, size, rank, lengths }: Root,
  out: Float64Array,
): boolean {
  const half = Math.ceil(size / 2);
  return inBlocks(
    from,
    paths,
    rank,
    size,
    [size * rank, half],
    out,
    ({ kernels, at }, count) =>
      kernels.correlate(at[ROOT]!, at[ROOT + 1]!, size, rank, at[NORMALS]!, count, at[RESULT]!),
    ({ numbers }) => {
      numbers(ROOT, size * rank).set(root);
      const words = numbers(ROOT + 1, half);
      new Int32Array(words.buffer, words.byteOffset, size).set(lengths);
    },
  );
}

type Space = NonNullable<ReturnType<typeof workspace>>;

function inBlocks(
  { key, stream }: NormalStream,
  paths: Uint32Array,
  draws: number,
  perPath: number,
  more: readonly number[],
  out: Float64Array,
  finish: (space: Space, count: number, wanted: number) => void,
  prepare?: (space: Space) => void,
): boolean {
  const most = Math.min(BLOCK, Math.ceil(paths.length / 4) * 4);
  const room = draws * most;
  // Words: the path numbers, then the places of the numbers outside the centre.
  const space = workspace([room, room + 8, most + Math.ceil(room / 2) + 8, perPath * most, ...more]);
  if (space === null) return false;
  prepare?.(space);
  const { kernels, at, numbers } = space;
  const head = numbers(WORDS, most);
  const numbersOfPaths = new Uint32Array(head.buffer, head.byteOffset, most);
  const result = numbers(RESULT, perPath * most);
  for (let start = 0; start < paths.length; start += most) {
    const wanted = Math.min(most, paths.length - start);
    const count = Math.ceil(wanted / 4) * 4;
    numbersOfPaths.set(paths.subarray(start, start + wanted));
    kernels.normals(
      key.low,
      key.high,
      stream,
      at[WORDS]!,
      count,
      draws,
      at[NORMALS]!,
      at[UNIFORMS]!,
      at[WORDS]! + most * 8,
    );
    finish(space, count, wanted);
    out.set(wanted === most ? result : result.subarray(0, wanted * perPath), start * perPath);
  }
  return true;
}
