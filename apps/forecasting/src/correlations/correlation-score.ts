import {
  businessDate,
  finite,
  forecastMethod,
  instant,
  nonNegative,
  uuid,
  type CorrelationMatrix,
} from '@risk-budget/contracts';
import { covarianceLoss, RiskMathError, type Returns } from '@risk-budget/risk-math';
import { z } from 'zod';
import { placeOfPair } from './correlation-forecast.js';

export const correlationMethodScore = z.object({
  method: forecastMethod,
  qlike: finite.describe(
    '(ln |H| + tr(H⁻¹C)) / n of the covariance H that was forecast and the cross products C that came',
  ),
  squaredError: nonNegative.describe('mean of (C_ij − H_ij)² over the pairs'),
});

/** A forecast of correlations beside what happened. */
export const correlationScore = z.object({
  forecastId: uuid,
  horizonDays: z.int(),
  asOf: businessDate.describe('the last day before the horizon'),
  windowEnd: businessDate,
  scoredAt: instant,
  overlapping: z.boolean().describe('whether the horizon shares days with the last one that is not so marked'),
  scores: z.array(correlationMethodScore),
});
export type CorrelationScore = z.infer<typeof correlationScore>;

/** Losses of each method; one whose covariance is not positive definite has none. @param returns the days of the horizon */
export function correlationScores(
  returns: Returns,
  matrices: readonly CorrelationMatrix[],
): CorrelationScore['scores'] {
  return matrices.flatMap((matrix) => {
    try {
      return [{ method: matrix.method, ...covarianceLoss(covarianceOf(matrix), returns) }];
    } catch (error) {
      if (RiskMathError.is(error)) return [];
      throw error;
    }
  });
}

/** H_ij = ρ_ij √(h_i h_j). */
function covarianceOf({ variances, correlations }: CorrelationMatrix): Float64Array {
  const size = variances.length;
  const deviations = variances.map((variance) => Math.sqrt(variance));
  const covariance = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    covariance[i * size + i] = variances[i]!;
    for (let j = 0; j < i; j++) {
      const value = correlations[placeOfPair(i, j)]! * deviations[i]! * deviations[j]!;
      covariance[i * size + j] = value;
      covariance[j * size + i] = value;
    }
  }
  return covariance;
}
