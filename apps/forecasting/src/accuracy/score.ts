import { businessDate, finite, forecastMethod, instant, nonNegative, uuid } from '@risk-budget/contracts';
import { qlike, realisedVariance, squaredError } from '@risk-budget/risk-math';
import { z } from 'zod';

export const methodScore = z.object({
  method: forecastMethod,
  variance: nonNegative.describe('forecast, of the sum of daily returns over the horizon'),
  qlike: finite,
  squaredError: nonNegative,
});
export type MethodScore = z.infer<typeof methodScore>;

/** A forecast beside what happened. */
export const forecastScore = z.object({
  forecastId: uuid,
  horizonDays: z.int(),
  asOf: businessDate.describe('the last day before the horizon'),
  windowEnd: businessDate,
  scoredAt: instant,
  realisedVariance: nonNegative.describe('sum of squared daily returns over the horizon'),
  realisedReturn: finite.describe('sum of daily returns over the horizon'),
  overlapping: z.boolean().describe('whether the horizon shares days with the last one that is not so marked'),
  scores: z.array(methodScore),
});
export type ForecastScore = z.infer<typeof forecastScore>;

/** Scores of the variances forecast for a horizon, from the returns of its days. */
export function scoreOf(
  returns: Float64Array,
  forecasts: readonly { readonly method: string; readonly variance: number }[],
): Pick<ForecastScore, 'realisedVariance' | 'realisedReturn' | 'scores'> {
  const realised = realisedVariance(returns);
  const scores = forecasts.map(({ method, variance }): MethodScore => {
    const [happened, forecast] = [Float64Array.of(realised), Float64Array.of(variance)];
    return {
      method,
      variance,
      qlike: qlike(happened, forecast).mean,
      squaredError: squaredError(happened, forecast).mean,
    };
  });
  return { realisedVariance: realised, realisedReturn: returns.reduce((a, b) => a + b, 0), scores };
}
