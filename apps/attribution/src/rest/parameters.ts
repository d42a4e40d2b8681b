import { identifier, instant } from '@risk-budget/contracts';
import { z } from 'zod';
import { AttributionError } from '../errors.js';

export const portfolioParameters = z.object({ portfolioId: identifier });
export type PortfolioParameters = z.infer<typeof portfolioParameters>;

/** Which snapshot a question is about. */
export const snapshotQuery = z.object({
  asOf: instant.optional().describe('the last snapshot at or before this moment; the latest when absent'),
  snapshotId: z.uuid().optional().describe('this snapshot, whatever `asOf` says'),
});
export type SnapshotQuery = z.infer<typeof snapshotQuery>;

/** Ends of a period, both included. */
export const periodQuery = z.object({
  from: instant.optional().describe('not before this moment'),
  to: instant.optional().describe('not after this moment'),
});

/** @throws AttributionError `TIMES_IN_WRONG_ORDER` for a period that ends before it begins */
export function checkPeriod({ from, to }: z.infer<typeof periodQuery>): { from: string | null; to: string | null } {
  if (from !== undefined && to !== undefined && Date.parse(from) > Date.parse(to)) {
    throw new AttributionError('ATTRIBUTION.TIMES_IN_WRONG_ORDER', '`from` is after `to`.', { field: 'from' });
  }
  return { from: from ?? null, to: to ?? null };
}

/** Place in a list of snapshots, newest first. */
export const seriesPosition = z.tuple([z.iso.datetime(), z.int().min(1)]);

/** What a question about a snapshot may be refused with. */
export const snapshotProblems = {
  404: ['NOT_FOUND', 'ATTRIBUTION.NO_SNAPSHOT', 'ATTRIBUTION.UNKNOWN_SNAPSHOT'],
  422: ['ATTRIBUTION.INPUT_GONE', 'ATTRIBUTION.NOT_REBUILT', 'ATTRIBUTION.NOT_DEFINED', 'ATTRIBUTION.NO_FACTORS'],
} as const;
