import { portfolio } from '@risk-budget/contracts';
import { z } from 'zod';
import { businessDate, decimal, identifier, instant, positiveDecimal, startingLeaf, timeOfDay } from './primitives.js';

const common = { id: identifier, expected: z.string().min(1).describe('what a right system makes of it') };

/** Raw closes before the ex-date are those of the data times the ratio. */
export const splitFault = z.strictObject({
  fault: z.literal('split'),
  ...common,
  instrumentId: identifier,
  ratio: positiveDecimal,
  exDate: businessDate,
  announcedAt: instant,
  positions: z.enum(['before', 'after']),
});

/** The message of a day's bars is sent twice, with one id and one sequence. */
export const duplicateFault = z.strictObject({
  fault: z.literal('duplicate'),
  ...common,
  topic: z.literal('market-data.bars'),
  date: businessDate,
});

/** Two trades, the second of which is sent first. */
export const outOfOrderFault = z.strictObject({
  fault: z.literal('outOfOrder'),
  ...common,
  portfolioId: identifier,
  strategy: identifier,
  instrumentId: identifier,
  date: businessDate,
  time: timeOfDay,
  quantityChanges: z.tuple([decimal, decimal]),
});

/** A share that is new on the market is bought. */
export const noHistoryFault = z.strictObject({
  fault: z.literal('noHistory'),
  ...common,
  instrumentId: identifier,
  name: z.string(),
  sector: z.string(),
  issuer: z.string(),
  averageDailyVolume: positiveDecimal,
  prices: z.string().describe('file below the data folder'),
  firstDay: businessDate,
  portfolioId: identifier,
  strategy: identifier,
  boughtOn: businessDate,
  boughtAt: timeOfDay,
  quantity: positiveDecimal,
});

/** No bars of an instrument from one day to another, both included; they never come. */
export const staleFault = z.strictObject({
  fault: z.literal('stale'),
  ...common,
  instrumentId: identifier,
  from: businessDate,
  to: businessDate,
});

/** A wrong close, put right later. */
export const correctionFault = z.strictObject({
  fault: z.literal('correction'),
  ...common,
  instrumentId: identifier,
  date: businessDate,
  wrongFactor: positiveDecimal,
  correctedAt: instant,
});

/** Positions of a portfolio that is defined later: refused, parked, replayed by the operator. */
export const refusedFault = z.strictObject({
  fault: z.literal('refused'),
  ...common,
  portfolio,
  nav: positiveDecimal,
  leaves: z.array(startingLeaf).min(1),
  statedAt: instant,
  definedAt: instant,
});

export const plantedFault = z.discriminatedUnion('fault', [
  splitFault,
  duplicateFault,
  outOfOrderFault,
  noHistoryFault,
  staleFault,
  correctionFault,
  refusedFault,
]);
export type PlantedFault = z.infer<typeof plantedFault>;
export type FaultKind = PlantedFault['fault'];
export type FaultOf<Kind extends FaultKind> = Extract<PlantedFault, { fault: Kind }>;
