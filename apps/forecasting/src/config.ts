import type { ServiceConfig } from '@risk-budget/service-kit';
import { z } from 'zod';

/** What this service reads beside the base configuration. */
export const forecastingConfigSchema = z.object({
  RISK_MODEL_TIME: z
    .string()
    .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'is no time of day')
    .default('21:15')
    .meta({
      about: 'when risk models are estimated',
      allowed: 'time of day in UTC at which models are estimated on business days, HH:MM',
      example: '21:15',
    }),
});

export type ForecastingConfig = ServiceConfig<typeof forecastingConfigSchema>;
