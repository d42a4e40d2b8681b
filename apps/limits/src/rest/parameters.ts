import { identifier, instant, uuid } from '@risk-budget/contracts';
import { pageSchema } from '@risk-budget/service-kit';
import { z } from 'zod';

export const limitParameters = z.object({ limitId: identifier });
export type LimitParameters = z.infer<typeof limitParameters>;

export const overrideParameters = z.object({ limitId: identifier, overrideId: uuid });
export type OverrideParameters = z.infer<typeof overrideParameters>;

export const breachParameters = z.object({ breachId: uuid });
export type BreachParameters = z.infer<typeof breachParameters>;

export const policyParameters = z.object({ policyId: identifier });
export type PolicyParameters = z.infer<typeof policyParameters>;

export const portfolioParameters = z.object({ portfolioId: identifier });
export type PortfolioParameters = z.infer<typeof portfolioParameters>;

export const checkParameters = z.object({ portfolioId: identifier, checkId: uuid });
export type CheckParameters = z.infer<typeof checkParameters>;

export const reservationParameters = z.object({ portfolioId: identifier, reservationId: uuid });
export type ReservationParameters = z.infer<typeof reservationParameters>;

/** Place in a list of what happened, newest first: the last one shown. */
export const eventPosition = uuid;

/** Place in a list by id. */
export const idPosition = z.string().min(1).max(64);

export const pageQuery = pageSchema();
export type PageQuery = z.output<typeof pageQuery>;

/** Ends of a period: `from` included, `to` not. */
export const period = { from: instant.optional(), to: instant.optional() };

/** A switch in a query. */
export const querySwitch = z.enum(['true', 'false']).transform((text) => text === 'true');

/** What every question about a limit may be refused with. */
export const limitNotFound = { 404: ['LIMITS.UNKNOWN_LIMIT'] } as const;
