import { pivotedCholesky } from '../linear-algebra/pivoted-cholesky.js';
import type { FactorModel } from '../model/factor-model.js';
import type { RiskModelMatrix } from '../model/risk-model-matrix.js';
import { fillNormals } from '../random/random-stream.js';
import { NORMAL_STREAM, SPECIFIC_STREAM } from './path-source.js';

/** Paths made at a time, so that their numbers stay in the cache. */
const BLOCK = 128;

/** Normal vectors with the covariance of a model. */
export interface CorrelatedNormals {
  fill(seed: number, from: number, count: number, out: Float64Array): void;
}

/** The cheapest form for a model: its root when dense, its factors and specific parts in factor form. */
export function correlatedNormals(matrix: RiskModelMatrix): CorrelatedNormals {
  return matrix.kind === 'covariance' ? new DenseNormals(matrix.values, matrix.size) : new FactorNormals(matrix);
}

/** R z with the root R of the matrix, whose rows end at their own pivots. */
class DenseNormals implements CorrelatedNormals {
  private readonly root: Float64Array;
  private readonly rank: number;
  private readonly lengths: Int32Array;

  constructor(
    values: Float64Array,
    private readonly size: number,
  ) {
    const { root, rank } = pivotedCholesky(values, size);
    this.root = root;
    this.rank = rank;
    this.lengths = Int32Array.from({ length: size }, (_, i) => {
      let length = rank;
      while (length > 0 && root[i * rank + length - 1] === 0) length--;
      return length;
    });
  }

  fill(seed: number, from: number, count: number, out: Float64Array): void {
    const { root, rank, size, lengths } = this;
    const normals = new Float64Array(BLOCK * rank);
    for (let start = 0; start < count; start += BLOCK) {
      const block = Math.min(BLOCK, count - start);
      fillNormals(seed, NORMAL_STREAM, from + start, block, rank, normals);
      for (let path = 0; path < block; path++) {
        const z = path * rank;
        const row = (start + path) * size;
        for (let i = 0; i < size; i++) {
          let total = 0;
          const length = lengths[i]!;
          for (let k = 0, r = i * rank; k < length; k++, r++) total += root[r]! * normals[z + k]!;
          out[row + i] = total;
        }
      }
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

  fill(seed: number, from: number, count: number, out: Float64Array): void {
    const { size, factors, exposures } = this.model;
    const factorReturns = new Float64Array(count * factors);
    this.factorNormals.fill(seed, from, count, factorReturns);
    fillNormals(seed, SPECIFIC_STREAM, from, count, size, out);
    for (let path = 0; path < count; path++) {
      for (let i = 0; i < size; i++) {
        let total = this.specific[i]! * out[path * size + i]!;
        for (let k = 0; k < factors; k++) total += exposures[i * factors + k]! * factorReturns[path * factors + k]!;
        out[path * size + i] = total;
      }
    }
  }
}
