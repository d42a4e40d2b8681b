import type { ServiceConfig } from '@risk-budget/service-kit';
import { z } from 'zod';

/** What this service reads beside the base configuration. */
export const attributionConfigSchema = z.object({
  EXPLANATION_TIME: z
    .string()
    .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'is no time of day')
    .default('22:00')
    .meta({
      about: 'when each portfolio’s day is explained',
      allowed: 'time of day in UTC at which a business day is explained, after its model and snapshots, HH:MM',
      example: '22:00',
    }),
});

export type AttributionConfig = ServiceConfig<typeof attributionConfigSchema>;
