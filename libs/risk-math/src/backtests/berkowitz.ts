import { chiSquaredSurvival } from '../distribution/incomplete-gamma.js';
import { normalQuantile } from '../distribution/normal.js';
import { requireObservations } from '../foundation/guards.js';
import { RiskMathError } from '../foundation/risk-math-error.js';
import type { TestResult } from './exceedances.js';

export interface BerkowitzResult extends TestResult {
  /** Of z_t on z_{t−1}: 0, 0 and 1 when the forecast distributions are right. */
  readonly intercept: number;
  readonly autocorrelation: number;
  readonly variance: number;
}

/**
 * Whole distributions: z = Φ⁻¹(u) of the probability integral transforms must be independent standard normals. The
 * likelihood ratio against z_t = c + ρ z_{t−1} + N(0, s²), given the first day, is χ²(3).
 *
 * Source: Berkowitz, Journal of Business & Economic Statistics 19 (2001), section 2; the likelihood is the conditional one.
 *
 * @param transforms the forecast distribution function at what came, day by day, strictly between 0 and 1
 * @throws RiskMathError `tooFewObservations` below ten days; `outOfDomain` on a transform of 0 or 1, or when all are the same
 */
export function berkowitz(transforms: Float64Array): BerkowitzResult {
  requireObservations(transforms.length, 10, 'the test of Berkowitz');
  const z = transforms.map((u, t) => {
    if (!(u > 0 && u < 1)) {
      throw new RiskMathError('outOfDomain', `transforms[${t}] is ${u}; it must lie in (0, 1)`, {
        field: 'transforms',
      });
    }
    return normalQuantile(u);
  });
  const count = z.length - 1;
  let [x, y, xx, xy] = [0, 0, 0, 0];
  for (let t = 1; t <= count; t++) {
    x += z[t - 1]! / count;
    y += z[t]! / count;
  }
  for (let t = 1; t <= count; t++) {
    xx += (z[t - 1]! - x) ** 2;
    xy += (z[t - 1]! - x) * (z[t]! - y);
  }
  if (!(xx > 1e-20)) {
    throw new RiskMathError('outOfDomain', 'the transforms are all the same', { field: 'transforms' });
  }
  const autocorrelation = xy / xx;
  const intercept = y - autocorrelation * x;
  let [residual, squares] = [0, 0];
  for (let t = 1; t <= count; t++) {
    residual += (z[t]! - intercept - autocorrelation * z[t - 1]!) ** 2;
    squares += z[t]! ** 2;
  }
  const variance = residual / count;
  if (!(variance > 0)) {
    throw new RiskMathError('outOfDomain', 'the transforms follow each other exactly', { field: 'transforms' });
  }
  const statistic = Math.max(0, squares - count * (Math.log(variance) + 1));
  return {
    statistic,
    pValue: chiSquaredSurvival(statistic, 3),
    degreesOfFreedom: 3,
    intercept,
    autocorrelation,
    variance,
  };
}
