import { z } from 'zod';
import { alertMemory } from '../alerts/alert-memory.js';
import { headline } from '../snapshots/headline.js';

/** Why the present state of a portfolio has no figures. */
export const problem = z.object({
  code: z.string().describe('for example MARKET_DATA.NO_MODEL'),
  detail: z.string(),
  since: z.string().describe('business time of the event after which it was found first'),
});
export type Problem = z.infer<typeof problem>;

/**
 * The row of a portfolio: the last snapshot taken of it and what has been alerted. It is locked by whoever takes the next one, so that
 * sequences have no gaps and each transition is found once, whichever instance works.
 */
export const portfolioState = z.object({
  portfolioId: z.string(),
  sequence: z.number().int().min(0),
  snapshotId: z.string().nullable(),
  asOf: z.string().nullable(),
  /** Moment of the last tick that came after the last snapshot and is part of the present state; null before the first. */
  seenTo: z.string().nullable(),
  modelId: z.string().nullable(),
  planId: z.string().nullable(),
  planVersion: z.number().nullable(),
  currencies: z.array(z.string()),
  problem: problem.nullable(),
  memory: alertMemory,
  headline: headline.nullable(),
  /** Grows with every change of the portfolio’s limits; 0 before the first. */
  limitsRevision: z.number().int().min(0),
  /** Whether its inputs are still being read again after the last snapshot was rebuilt; no snapshot is taken meanwhile. */
  rebuilding: z.boolean(),
});
export type PortfolioState = z.infer<typeof portfolioState>;

/** Up to which moment a portfolio's state takes in what has come: no later event is told of as of an earlier one. Null before the first snapshot. */
export function momentOf({ asOf, seenTo }: Pick<PortfolioState, 'asOf' | 'seenTo'>): string | null {
  return asOf !== null && seenTo !== null && Date.parse(seenTo) > Date.parse(asOf) ? seenTo : asOf;
}

/** The part of it that says which snapshot is the latest, and whether the present state has figures at all. */
export const presentState = portfolioState.pick({
  portfolioId: true,
  sequence: true,
  snapshotId: true,
  asOf: true,
  problem: true,
});
export type PresentState = z.infer<typeof presentState>;
