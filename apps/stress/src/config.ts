import type { ServiceConfig } from '@risk-budget/service-kit';
import { z } from 'zod';

/** What this service reads beside the base configuration. */
export const stressConfigSchema = z.object({
  STRESS_TIME: z
    .string()
    .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'is no time of day')
    .default('21:30')
    .meta({
      about: 'when every portfolio is stressed',
      allowed: 'time of day in UTC at which every portfolio is stressed on business days, HH:MM; after the risk models',
      example: '21:30',
    }),
});

export type StressConfig = ServiceConfig<typeof stressConfigSchema>;
