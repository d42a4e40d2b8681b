import { studentTCdf } from '../distribution/student-t.js';
import { columnOf } from '../model/returns.js';
import { withDeviations } from '../model/rescaled.js';
import { RandomStream } from '../random/random-stream.js';
import { type CorrelatedNormals, correlatedNormals } from './correlated-normals.js';
import { MIXING_STREAM, type PathSource } from './path-source.js';
import type { ReturnGenerator } from './simulation.js';

/** Each instrument's own past distribution, joined by a t copula. */
export class CopulaPaths implements PathSource {
  readonly assets: number;
  private readonly normals: CorrelatedNormals;
  private readonly mixing: RandomStream;
  private readonly degreesOfFreedom: number;
  /** Past returns by instrument, ascending. */
  private readonly sorted: readonly Float64Array[];

  constructor(
    private readonly seed: number,
    { matrix, degreesOfFreedom, marginals }: Extract<ReturnGenerator, { kind: 'tCopula' }>,
    private readonly horizonDays: number,
  ) {
    this.assets = matrix.size;
    this.degreesOfFreedom = degreesOfFreedom;
    this.normals = correlatedNormals(withDeviations(matrix, new Float64Array(matrix.size).fill(1)));
    this.mixing = new RandomStream(seed, MIXING_STREAM);
    this.sorted = Array.from({ length: matrix.size }, (_, i) => columnOf(marginals, i).sort());
  }

  fill(paths: Uint32Array, out: Float64Array): void {
    const { assets, degreesOfFreedom, sorted } = this;
    this.normals.fill(this.seed, paths, out);
    const scale = Math.sqrt(this.horizonDays);
    for (let path = 0; path < paths.length; path++) {
      const chiSquare = this.mixing.moveTo(paths[path]!).chiSquare(degreesOfFreedom);
      const size = Math.sqrt(degreesOfFreedom / chiSquare);
      const row = path * assets;
      for (let i = 0; i < assets; i++) {
        const probability = studentTCdf(out[row + i]! * size, degreesOfFreedom);
        out[row + i] = scale * quantileOf(sorted[i]!, probability);
      }
    }
  }
}

/** Type 7 quantile of ascending values, for a probability in [0, 1]. */
function quantileOf(ascending: Float64Array, probability: number): number {
  const rank = (ascending.length - 1) * probability;
  const lower = Math.min(ascending.length - 2, Math.floor(rank));
  const at = ascending[lower]!;
  return at + (rank - lower) * (ascending[lower + 1]! - at);
}
