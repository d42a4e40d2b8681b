import { instant } from '@risk-budget/contracts';
import { z } from 'zod';

/** How forecasts are made, combined and judged. Days are trading days. */
export const forecastPolicySettings = z.strictObject({
  windowDays: z.int().min(250).max(2500).describe('returns behind a fit and behind each day’s filter'),
  minimumHistoryDays: z.int().min(250).max(2500).describe('own returns below which a subject is not forecast'),
  refitEveryDays: z.int().min(1).max(250).describe('days between fits; in between, parameters are filtered forward'),
  ewmaLambda: z.number().gt(0.5).lt(1).describe('decay of EWMA variances and correlations'),
  lossDiscount: z
    .number()
    .gt(0.5)
    .max(1)
    .describe('a loss k scores back counts discount^k, for the weights of the combination and for the champion'),
  champion: z.strictObject({
    minimumObservations: z.int().min(20).max(2500).describe('one-day scores before anything is switched'),
    margin: z
      .number()
      .min(0)
      .max(0.9)
      .describe('share by which a challenger’s discounted mean QLIKE must be below the champion’s'),
    dwellDays: z.int().min(1).max(250).describe('scores between two switches'),
  }),
});
export type ForecastPolicySettings = z.infer<typeof forecastPolicySettings>;

export const forecastPolicy = forecastPolicySettings.extend({
  version: z.int().min(1),
  effectiveFrom: instant.nullable().describe('null for the policy that the service comes with'),
  setBy: z.string().nullable(),
  reason: z.string().nullable(),
});
export type ForecastPolicy = z.infer<typeof forecastPolicy>;

/** In force until somebody sets another. */
export const defaultForecastPolicy: ForecastPolicy = {
  version: 1,
  effectiveFrom: null,
  setBy: null,
  reason: null,
  windowDays: 1000,
  minimumHistoryDays: 250,
  refitEveryDays: 10,
  ewmaLambda: 0.94,
  lossDiscount: 0.98,
  champion: { minimumObservations: 60, margin: 0.05, dwellDays: 20 },
};
