import { integer, type ServiceConfig } from '@risk-budget/service-kit';
import { z } from 'zod';

/** What this service reads beside the base configuration. */
export const allocationConfigSchema = z.object({
  REBALANCING_DELAY_MS: integer(1, 3_600_000, 1000).meta({
    about: 'how long weights may move before they are held against their band',
    allowed: 'business time between a change of prices or positions and the check of weights, 1 to 3600000 ms',
    example: '1000',
  }),
});

export type AllocationConfig = ServiceConfig<typeof allocationConfigSchema>;
