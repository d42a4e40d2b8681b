import { type Root, kernelCorrelatedNormals } from '../kernels/normals.js';
import { pivotedCholesky } from '../linear-algebra/pivoted-cholesky.js';
import type { FactorModel } from '../model/factor-model.js';
import type { RiskModelMatrix } from '../model/risk-model-matrix.js';
import { keyOf } from '../random/philox.js';
import { fillPathNormals } from '../random/random-stream.js';
import { NORMAL_STREAM, SPECIFIC_STREAM } from './path-source.js';

/** Paths made at a time, so that their numbers stay in the cache. */
const BLOCK = 128;

/** Normal vectors with the covariance of a model. */
export interface CorrelatedNormals {
  /** @param out receives n numbers a path */
  fill(seed: number, paths: Uint32Array, out: Float64Array): void;
}

/** The cheapest form for a model: its root when dense, its factors and specific parts in factor form. */
export function correlatedNormals(matrix: RiskModelMatrix): CorrelatedNormals {
  return matrix.kind === 'covariance' ? new DenseNormals(matrix.values, matrix.size) : new FactorNormals(matrix);
}

/** R z with the root R of the matrix, whose rows end at their own pivots. */
class DenseNormals implements CorrelatedNormals, Root {
  readonly root: Float64Array;
  readonly rank: number;
  readonly lengths: Int32Array;
  private readonly normals: Float64Array;

  constructor(
    values: Float64Array,
    readonly size: number,
  ) {
    const { root, rank } = pivotedCholesky(values, size);
    this.root = root;
    this.rank = rank;
    this.normals = new Float64Array(BLOCK * rank);
    this.lengths = Int32Array.from({ length: size }, (_, i) => {
      let length = rank;
      while (length > 0 && root[i * rank + length - 1] === 0) length--;
      return length;
    });
  }

  fill(seed: number, paths: Uint32Array, out: Float64Array): void {
    if (kernelCorrelatedNormals({ key: keyOf(seed), stream: NORMAL_STREAM }, paths, this, out)) return;
    const { rank, size, normals } = this;
    for (let start = 0; start < paths.length; start += BLOCK) {
      const block = Math.min(BLOCK, paths.length - start);
      fillPathNormals(seed, NORMAL_STREAM, paths.subarray(start, start + block), rank, normals);
      let path = 0;
      for (; path + 4 <= block; path += 4) this.fourPaths(path * rank, (start + path) * size, out);
      for (; path < block; path++) this.onePath(path * rank, (start + path) * size, out);
    }
  }

  /** Four paths side by side: four sums that do not wait for each other, each in the order of `onePath`. */
  private fourPaths(z0: number, row0: number, out: Float64Array): void {
    const { root, rank, size, lengths, normals } = this;
    for (let i = 0; i < size; i++) {
      let [a, b, c, d] = [0, 0, 0, 0];
      const end = i * rank + lengths[i]!;
      for (let r = i * rank, z = z0; r < end; r++, z++) {
        const weight = root[r]!;
        a += weight * normals[z]!;
        b += weight * normals[z + rank]!;
        c += weight * normals[z + 2 * rank]!;
        d += weight * normals[z + 3 * rank]!;
      }
      const at = row0 + i;
      out[at] = a;
      out[at + size] = b;
      out[at + 2 * size] = c;
      out[at + 3 * size] = d;
    }
  }

  private onePath(z0: number, row: number, out: Float64Array): void {
    const { root, rank, size, lengths, normals } = this;
    for (let i = 0; i < size; i++) {
      let total = 0;
      const end = i * rank + lengths[i]!;
      for (let r = i * rank, z = z0; r < end; r++, z++) total += root[r]! * normals[z]!;
      out[row + i] = total;
    }
  }
}

/** B R_F z + √d e. */
class FactorNormals implements CorrelatedNormals {
  private readonly factorNormals: DenseNormals;
  private readonly specific: Float64Array;

  constructor(private readonly model: FactorModel) {
    this.factorNormals = new DenseNormals(model.factorCovariance, model.factors);
    this.specific = model.specificVariances.map(Math.sqrt);
  }

  fill(seed: number, paths: Uint32Array, out: Float64Array): void {
    const { size, factors, exposures } = this.model;
    const factorReturns = new Float64Array(paths.length * factors);
    this.factorNormals.fill(seed, paths, factorReturns);
    fillPathNormals(seed, SPECIFIC_STREAM, paths, size, out);
    for (let path = 0; path < paths.length; path++) {
      for (let i = 0; i < size; i++) {
        let total = this.specific[i]! * out[path * size + i]!;
        for (let k = 0; k < factors; k++) total += exposures[i * factors + k]! * factorReturns[path * factors + k]!;
        out[path * size + i] = total;
      }
    }
  }
}
