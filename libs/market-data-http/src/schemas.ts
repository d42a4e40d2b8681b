import { businessDate, decimal, identifier, instant, uuid } from '@risk-budget/contracts';
import { datasets, loadFormats } from '@risk-budget/market-data';
import { pageSchema } from '@risk-budget/service-kit';
import { z } from 'zod';

/** Ids in a query: `?instrumentId=A&instrumentId=B`. */
const ids = z
  .preprocess((value) => (typeof value === 'string' ? [value] : value), z.array(identifier).min(1).max(500))
  .describe('one or more ids');

const asOf = instant.optional().describe('valid time; now when absent');
const knownAt = instant.optional().describe('knowledge time: nothing learned later is seen; now when absent');

export const asOfQuery = z.object({ asOf, knownAt });
export const knownAtQuery = z.object({ knownAt });
export const pagedQuery = pageSchema().extend({ knownAt });

export const barsQuery = pageSchema({ defaultLimit: 500, maximumLimit: 5000 }).extend({
  instrumentId: ids.optional().describe('all instruments when absent'),
  from: instant.optional(),
  to: instant.optional().describe('now when absent'),
  knownAt,
});

export const tickHoursQuery = pageSchema({ defaultLimit: 500, maximumLimit: 5000 }).extend({
  instrumentId: ids,
  from: instant.describe('of the first hour'),
  to: instant.optional().describe('of the last hour; now when absent'),
});

export const tickHour = z.object({
  instrumentId: identifier,
  time: instant.describe('beginning of the hour'),
  open: decimal,
  high: decimal,
  low: decimal,
  close: decimal,
  ticks: z.int().min(1).describe('how many prices there were'),
});

export const marksQuery = asOfQuery.extend({ instrumentId: ids });
export const corporateActionsQuery = asOfQuery.extend({ instrumentId: ids });

export const fxRatesQuery = pageSchema({ defaultLimit: 500, maximumLimit: 5000 }).extend({
  pair: z
    .string()
    .regex(/^[A-Z]{6}$/, 'two currencies of three capital letters each')
    .optional()
    .describe('all pairs when absent'),
  from: instant.optional(),
  to: instant.optional().describe('now when absent'),
  knownAt,
});

export const storedBar = z.object({
  instrumentId: identifier,
  time: instant,
  revision: z.int().min(1),
  knownAt: instant,
  open: decimal.nullable(),
  high: decimal.nullable(),
  low: decimal.nullable(),
  close: decimal,
  volume: decimal.nullable(),
  adjustmentFactor: decimal,
  adjustedThrough: businessDate.nullable(),
});

export const mark = z.object({
  instrumentId: identifier,
  price: z.number().describe('raw, in units of the day asked for: a price from before a split is divided by its ratio'),
  time: instant,
  source: z.enum(['bar', 'tick']),
});

export const marksAnswer = z.object({
  asOf: instant,
  knownAt: instant,
  items: z.array(mark),
  missing: z.array(identifier).describe('instruments without any price'),
});

export const fxRateItem = z.object({ pair: z.string(), time: instant, rate: z.number() });

export const holdings = z.object({
  portfolioId: identifier,
  asOf: instant,
  knownAt: instant,
  sequence: z.int().min(1).describe('of the last statement in it'),
  snapshotSequence: z.int().min(1),
  statedAt: instant,
  positions: z.array(
    z.object({
      strategy: identifier,
      instrumentId: identifier,
      quantity: z.string(),
      statedPrice: z.object({ price: z.string(), time: instant }).optional(),
    }),
  ),
  cash: z.array(z.object({ currency: z.string(), amount: z.string() })),
  dividends: z.array(
    z.object({ instrumentId: identifier, exDate: businessDate, quantity: z.string(), amount: z.string() }),
  ),
  gaps: z.array(z.int()).describe('sequences that have not arrived'),
});

export const coverage = z.object({
  bars: z.array(
    z.object({
      instrumentId: identifier,
      firstDate: businessDate,
      lastDate: businessDate,
      bars: z.int(),
      corrections: z.int(),
    }),
  ),
  fxRates: z.array(z.object({ pair: z.string(), firstTime: instant, lastTime: instant, rates: z.int() })),
  instruments: z.int().describe('instruments defined'),
  undefinedInstruments: z.array(identifier).describe('with bars but without a definition'),
});

export const newLoad = z
  .strictObject({
    dataset: z.enum(datasets),
    format: z.enum(loadFormats),
    portfolioId: identifier.optional().describe('for positions, and only for them: the one portfolio of the file'),
  })
  .refine((load) => (load.dataset === 'positions') === (load.portfolioId !== undefined), {
    path: ['portfolioId'],
    message: 'is needed for positions, and only for them',
  });

export const load = z.object({
  loadId: uuid,
  dataset: z.enum(datasets),
  format: z.enum(loadFormats),
  portfolioId: identifier.nullable(),
  knownAt: instant.describe('business time from which what is loaded counts as known'),
  bytes: z.int().nullable().describe('null until the file has arrived'),
  jobId: uuid.nullable().describe('the job that loads it; its result counts the rows'),
});
