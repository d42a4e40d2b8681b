import { benchmark, portfolio } from '@risk-budget/contracts';
import { z } from 'zod';
import { businessDate, identifier, positiveDecimal, startingLeaf, timeOfDay } from './primitives.js';

/** A portfolio with what it holds on the last day of history: whole shares for the weights, the rest in cash. */
export const startingPortfolio = z.strictObject({
  portfolio,
  nav: positiveDecimal.describe('in base currency'),
  leaves: z.array(startingLeaf).min(1),
});
export type StartingPortfolio = z.infer<typeof startingPortfolio>;

/** What the life of a breach can show. */
export const breachCase = z.enum([
  'soft',
  'hard',
  'twoSteps',
  'worsened',
  'waived',
  'waiverExpired',
  'remediatedAndResolved',
]);

/** Somebody outside who forecasts the volatility of a market by a rule of their own, from past closes alone. */
export const vendor = z.strictObject({
  source: identifier,
  subjectId: identifier.describe('the market'),
  instrumentId: identifier.describe('whose closes it looks at'),
  decay: z.number().gt(0).lt(1).describe('what a squared return counts one day later'),
  windowDays: z.int().min(2),
  horizonsDays: z.array(z.int().min(1)).min(1),
});
export type Vendor = z.infer<typeof vendor>;

/** What exists before the first day, and the days that are replayed. */
export const world = z.strictObject({
  firstDay: businessDate,
  lastDay: businessDate,
  historyStart: businessDate.optional().describe('of the bars; all that there are unless said'),
  historyEnd: businessDate.describe('all bars up to this day are published at once'),
  closeTime: timeOfDay,
  modelTime: timeOfDay,
  stressTime: timeOfDay.describe('of the daily stress runs, after the models'),
  feed: identifier,
  realisedReturns: z
    .array(z.strictObject({ portfolioId: identifier, from: businessDate, to: businessDate }))
    .describe('days whose returns performance measurement states, name by name'),
  predictions: z.array(vendor).describe('forecasts from outside, told after each close and the models of its day'),
  benchmarks: z.array(benchmark),
  instruments: z.record(identifier, z.strictObject({ issuer: z.string(), averageDailyVolume: positiveDecimal })),
  participationRate: z.number().gt(0).max(1),
  staleAfterDays: z.int().min(0),
  portfolios: z.array(startingPortfolio).min(1),
  shows: z.array(breachCase).describe('cases that some breach of the run has to show'),
});
export type World = z.infer<typeof world>;

/** One entry of `instruments.json`. */
export const instrumentEntry = z.object({
  instrumentId: identifier,
  name: z.string(),
  assetClass: z.enum(['equity', 'index', 'fund']),
  currency: z.string(),
  country: z.string(),
  sector: z.string().nullable(),
  strategy: z.string().nullable(),
});
export type InstrumentEntry = z.infer<typeof instrumentEntry>;
