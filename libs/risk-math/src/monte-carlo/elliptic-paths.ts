import type { RiskModelMatrix } from '../model/risk-model-matrix.js';
import { RandomStream } from '../random/random-stream.js';
import { type CorrelatedNormals, correlatedNormals } from './correlated-normals.js';
import { MIXING_STREAM, type PathSource } from './path-source.js';

/** Normal or Student t: mean + √h · root · z, over √(χ²ν / (ν − 2)) for Student t, so that the covariance is the model's. */
export class EllipticPaths implements PathSource {
  readonly assets: number;
  private readonly normals: CorrelatedNormals;
  private readonly mixing: RandomStream;

  constructor(
    private readonly seed: number,
    matrix: RiskModelMatrix,
    private readonly horizonDays: number,
    private readonly degreesOfFreedom: number | null,
    private readonly meanDaily: Float64Array | undefined,
  ) {
    this.assets = matrix.size;
    this.normals = correlatedNormals(matrix);
    this.mixing = new RandomStream(seed, MIXING_STREAM);
  }

  fill(paths: Uint32Array, out: Float64Array): void {
    this.normals.fill(this.seed, paths, out);
    const { assets, horizonDays, meanDaily, degreesOfFreedom } = this;
    const scale = Math.sqrt(horizonDays);
    if (degreesOfFreedom === null && scale === 1 && meanDaily === undefined) return;
    for (let path = 0; path < paths.length; path++) {
      const size =
        degreesOfFreedom === null
          ? scale
          : scale * Math.sqrt((degreesOfFreedom - 2) / this.mixing.moveTo(paths[path]!).chiSquare(degreesOfFreedom));
      const row = path * assets;
      for (let i = 0; i < assets; i++) {
        out[row + i] = out[row + i]! * size + (meanDaily === undefined ? 0 : meanDaily[i]! * horizonDays);
      }
    }
  }
}
