import { requireLength } from '../foundation/guards.js';
import { RiskMathError } from '../foundation/risk-math-error.js';

/**
 * Correlations and standard deviations of a covariance: ρᵢⱼ = Σᵢⱼ / (σᵢ σⱼ), not cut to ±1 where rounding leaves them beyond.
 *
 * @param covariance n×n row-major
 * @param ids of the assets, to name one by
 * @returns correlations n×n row-major, with a diagonal of 1; deviations n, in the unit of the returns
 * @throws RiskMathError `outOfDomain` naming an asset without variance; `invalidInput` on another length
 */
export function correlationsOf(
  covariance: Float64Array,
  assets: number,
  ids?: readonly string[] | undefined,
): { correlations: Float64Array; deviations: Float64Array } {
  requireLength(covariance, assets * assets, 'covariance');
  const deviations = new Float64Array(assets);
  for (let i = 0; i < assets; i++) {
    deviations[i] = Math.sqrt(covariance[i * assets + i]!);
    if (!(deviations[i]! > 0)) {
      throw new RiskMathError('outOfDomain', `${ids?.[i] ?? `asset ${i}`} has no variance, so no correlation`, {
        ids: [ids?.[i] ?? String(i)],
      });
    }
  }
  const correlations = new Float64Array(assets * assets);
  for (let i = 0; i < assets; i++) {
    for (let j = 0; j < i; j++) {
      const correlation = covariance[i * assets + j]! / deviations[i]! / deviations[j]!;
      correlations[i * assets + j] = correlation;
      correlations[j * assets + i] = correlation;
    }
    correlations[i * assets + i] = 1;
  }
  return { correlations, deviations };
}
