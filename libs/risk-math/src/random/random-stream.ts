import { RiskMathError } from '../foundation/risk-math-error.js';
import { kernelNormals } from '../kernels/normals.js';
import { logarithm } from './logarithm.js';
import { type PhiloxKey, keyOf, philox, uniformOf } from './philox.js';
import { standardNormalOf } from './standard-normal.js';

/**
 * A sequence of random numbers of its own for every (seed, stream, path): no two overlap, each holds 2³³ numbers, and each
 * can be made without the others. A result that used one names its seed.
 */
export class RandomStream {
  private readonly key: PhiloxKey;
  private readonly words = new Uint32Array(4);
  private path = 0;
  private block = 0;
  private left = 0;

  /**
   * @param seed integer from 0 to 2⁵³ − 1
   * @param stream what the numbers are for, so that two uses of one seed do not share any
   * @throws RiskMathError `invalidInput` on a seed out of range
   */
  constructor(
    readonly seed: number,
    private readonly stream = 0,
  ) {
    this.key = keyOf(seed);
  }

  /** Goes to the beginning of a path's own sequence; paths are numbered from 0 to 2³² − 1. */
  moveTo(path: number): this {
    this.path = path;
    this.block = 0;
    this.left = 0;
    return this;
  }

  /** Uniform in (0, 1), 52 bits, never 0 or 1. */
  uniform(): number {
    if (this.left === 0) {
      philox(this.block, this.path, this.stream, 0, this.key, this.words);
      this.block++;
      this.left = 2;
    }
    const at = (2 - this.left) * 2;
    this.left--;
    return uniformOf(this.words[at]!, this.words[at + 1]!);
  }

  /** A whole number from 0 to `count` − 1, for a count below 2³². */
  integer(count: number): number {
    return Math.min(count - 1, Math.floor(this.uniform() * count));
  }

  /** Standard normal, by inversion. */
  normal(): number {
    return standardNormalOf(this.uniform());
  }

  /**
   * Gamma of the given shape and scale 1.
   *
   * Source: Marsaglia and Tsang, "A simple method for generating gamma variables", ACM TOMS 26 (2000); a shape below 1 by
   * their boost u^(1/shape).
   *
   * @throws RiskMathError `outOfDomain` unless the shape is above 0
   */
  gamma(shape: number): number {
    if (!(Number.isFinite(shape) && shape > 0)) {
      throw new RiskMathError('outOfDomain', `the shape of a gamma distribution is ${shape}; it must be above 0`, {
        field: 'shape',
      });
    }
    if (shape < 1) return this.gamma(shape + 1) * Math.pow(this.uniform(), 1 / shape);
    const d = shape - 1 / 3;
    const c = 1 / Math.sqrt(9 * d);
    for (;;) {
      const x = this.normal();
      const root = 1 + c * x;
      if (root <= 0) continue;
      const v = root * root * root;
      if (logarithm(this.uniform()) < 0.5 * x * x + d - d * v + d * logarithm(v)) return d * v;
    }
  }

  /** χ² with the given degrees of freedom. @throws as `gamma` */
  chiSquare(degreesOfFreedom: number): number {
    return 2 * this.gamma(degreesOfFreedom / 2);
  }

  /** Student's t with scale 1. @throws as `gamma` */
  studentT(degreesOfFreedom: number): number {
    const normal = this.normal();
    return normal / Math.sqrt(this.chiSquare(degreesOfFreedom) / degreesOfFreedom);
  }
}

/**
 * Standard normal numbers for paths `from` … `from + count` − 1, `perPath` each, row-major: the numbers that
 * `RandomStream.normal` gives for these paths.
 */
export function fillNormals(
  seed: number,
  stream: number,
  from: number,
  count: number,
  perPath: number,
  out: Float64Array,
): void {
  fillPathNormals(seed, stream, pathNumbers(from, count), perPath, out);
}

/** `fillNormals` for any paths. */
export function fillPathNormals(
  seed: number,
  stream: number,
  paths: Uint32Array,
  perPath: number,
  out: Float64Array,
): void {
  const key = keyOf(seed);
  if (kernelNormals({ key, stream }, paths, perPath, out)) return;
  const words = new Uint32Array(4);
  let at = 0;
  for (const path of paths) {
    for (let draw = 0; draw < perPath; draw += 2) {
      philox(draw >> 1, path, stream, 0, key, words);
      out[at++] = standardNormalOf(uniformOf(words[0]!, words[1]!));
      if (draw + 1 < perPath) out[at++] = standardNormalOf(uniformOf(words[2]!, words[3]!));
    }
  }
}

/** The numbers of `count` paths from `from` on. */
export function pathNumbers(from: number, count: number): Uint32Array {
  const paths = new Uint32Array(count);
  for (let k = 0; k < count; k++) paths[k] = from + k;
  return paths;
}
