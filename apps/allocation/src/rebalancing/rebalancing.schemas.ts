import { identifier, instant, rebalancingWanted, uuid, type RebalancingWanted } from '@risk-budget/contracts';
import { pageOf, pageSchema } from '@risk-budget/service-kit';
import { z } from 'zod';

/** A rebalancing that was asked for, as it was published. */
export const rebalancing = rebalancingWanted.schema as z.ZodType<RebalancingWanted>;
export const rebalancingPage = pageOf(rebalancing);
export const rebalancingsQuery = pageSchema().extend({
  planId: uuid.optional(),
  asOf: instant.optional().describe('asked for by then; until now when absent'),
});
export const rebalancingParams = z.object({ portfolioId: identifier, rebalancingId: uuid });
