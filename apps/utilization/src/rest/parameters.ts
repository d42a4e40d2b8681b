import { identifier, instant } from '@risk-budget/contracts';
import { z } from 'zod';
import { UtilizationError } from '../errors.js';

export const portfolioParameters = z.object({ portfolioId: identifier });
export type PortfolioParameters = z.infer<typeof portfolioParameters>;

export const snapshotParameters = z.object({ snapshotId: z.uuid() });
export type SnapshotParameters = z.infer<typeof snapshotParameters>;

/** The two times of a question about the past. */
export const asOfQuery = z.object({
  asOf: instant
    .optional()
    .describe('the last snapshot at or before this moment, as it was seen then; the latest when absent'),
  knownAt: instant
    .optional()
    .describe(
      'with asOf: computed anew from what was valid at asOf as it was known at this moment, corrections included',
    ),
});
export type AsOfQuery = z.infer<typeof asOfQuery>;

/** @throws UtilizationError `UTILIZATION.TIMES_IN_WRONG_ORDER` for knowledge without a moment that it is about */
export function checkAsOf({ asOf, knownAt }: AsOfQuery): void {
  if (knownAt === undefined || asOf !== undefined) return;
  throw new UtilizationError('UTILIZATION.TIMES_IN_WRONG_ORDER', '`knownAt` needs `asOf`.', { field: 'knownAt' });
}

/** Ends of a period, both included. */
export const periodQuery = z.object({
  from: instant.optional().describe('not before this moment'),
  to: instant.optional().describe('not after this moment'),
});

/** @throws UtilizationError `UTILIZATION.TIMES_IN_WRONG_ORDER` for a period that ends before it begins */
export function checkPeriod({ from, to }: z.infer<typeof periodQuery>): { from: string | null; to: string | null } {
  if (from !== undefined && to !== undefined && Date.parse(from) > Date.parse(to)) {
    throw new UtilizationError('UTILIZATION.TIMES_IN_WRONG_ORDER', '`from` is after `to`.', { field: 'from' });
  }
  return { from: from ?? null, to: to ?? null };
}

/** Place in a list of what happened, newest first. */
export const seriesPosition = z.tuple([z.iso.datetime(), z.int().min(1)]);

/** What a question about a portfolio as of a moment may be refused with. */
export const asOfProblems = {
  400: ['UTILIZATION.TIMES_IN_WRONG_ORDER'],
  404: ['NOT_FOUND', 'UTILIZATION.NO_SNAPSHOT', 'MARKET_DATA.UNKNOWN_PORTFOLIO'],
  422: [
    'UTILIZATION.NOT_COMPUTABLE',
    'MARKET_DATA.NO_POSITIONS',
    'MARKET_DATA.NO_MODEL',
    'MARKET_DATA.NO_PRICE',
    'MARKET_DATA.NO_RATE',
    'MARKET_DATA.UNKNOWN_INSTRUMENT',
    'MARKET_DATA.NAV_NOT_POSITIVE',
    'MARKET_DATA.DIVIDEND_EXCEEDS_PRICE',
  ],
} as const;

/** What a question about a period may be refused with. */
export const periodProblems = {
  400: ['UTILIZATION.TIMES_IN_WRONG_ORDER', 'CURSOR_INVALID'],
  404: ['NOT_FOUND'],
} as const;
