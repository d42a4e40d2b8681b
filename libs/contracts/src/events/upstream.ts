import { z } from 'zod';
import { defineEvent, type EventData } from '../event-definition.js';
import {
  businessDate,
  currency,
  decimal,
  finite,
  fraction,
  freeText,
  identifier,
  instant,
  label,
  positiveDecimal,
} from '../primitives.js';
import { topics } from '../topics.js';
import { limitProposal } from './limit-proposal.js';

export const portfolio = z.object({
  portfolioId: identifier,
  name: label,
  baseCurrency: currency,
  benchmarkId: identifier.optional(),
  /** Business calendar of deadlines, for example `XNYS`. */
  calendar: identifier.default('XNYS'),
  /** Groups that a token's `portfolios` claim may name. */
  groups: z.array(identifier).max(50).default([]),
  mandate: z.string().max(2000).optional(),
});
export type Portfolio = z.infer<typeof portfolio>;

export const portfolioDefined = defineEvent({
  topic: topics.portfolios,
  type: 'portfolio.defined.v1',
  description: 'A portfolio exists, or its description has changed',
  schema: portfolio,
  key: (data) => data.portfolioId,
});

export const position = z.object({
  instrumentId: identifier,
  strategy: identifier,
  quantity: decimal.describe('signed: negative is short'),
  price: positiveDecimal
    .optional()
    .describe('mark known to the sender, in the instrument’s currency; ours is used when absent'),
});
export const cashBalance = z.object({ currency, amount: decimal });

export const positionsSnapshot = z.object({
  portfolioId: identifier,
  asOf: instant,
  sequence: z.int().min(1).describe('position sequence of the portfolio, shared by snapshots and changes'),
  positions: z.array(position).max(20_000),
  cash: z.array(cashBalance).max(50),
});
export type PositionsSnapshot = z.infer<typeof positionsSnapshot>;

export const positionsStated = defineEvent({
  topic: topics.positions,
  type: 'positions.stated.v1',
  description: 'All positions and cash of a portfolio as of a moment',
  schema: positionsSnapshot,
  key: (data) => data.portfolioId,
  rows: ['positions'],
});

export const positionChanges = z.object({
  portfolioId: identifier,
  asOf: instant,
  sequence: z.int().min(1),
  changes: z
    .array(
      z.object({
        instrumentId: identifier,
        strategy: identifier,
        quantityChange: decimal,
        price: positiveDecimal.optional(),
        reservationId: z.uuid().optional().describe('the pre-trade reservation that this execution uses up'),
      }),
    )
    .min(1)
    .max(20_000),
  cashChanges: z.array(cashBalance).max(50).default([]),
});
export type PositionChanges = z.infer<typeof positionChanges>;

export const positionsChanged = defineEvent({
  topic: topics.positionChanges,
  type: 'positions.changed.v1',
  description: 'Trades executed since the last snapshot or change',
  schema: positionChanges,
  key: (data) => data.portfolioId,
  rows: ['changes'],
});

export const benchmark = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('series'), benchmarkId: identifier, instrumentId: identifier }),
  z.object({
    kind: z.literal('weights'),
    benchmarkId: identifier,
    asOf: instant,
    weights: z
      .array(z.object({ instrumentId: identifier, weight: finite }))
      .min(1)
      .max(20_000),
  }),
]);
export type Benchmark = z.infer<typeof benchmark>;

export const benchmarkStated = defineEvent({
  topic: topics.benchmarks,
  type: 'benchmark.stated.v1',
  description: 'Weights of a benchmark as of a moment, or the price series that stands for it',
  schema: benchmark,
  key: (data) => data.benchmarkId,
  rows: ['weights'],
});

export const instrument = z.object({
  instrumentId: identifier,
  name: label,
  assetClass: z.enum(['equity', 'fund', 'future', 'index', 'cash']),
  currency,
  country: z
    .string()
    .regex(/^[A-Z]{2}$/)
    .optional(),
  sector: label.optional(),
  issuer: label.optional().describe('concentration is measured by issuer; the instrument’s own id when absent'),
  liquidity: z
    .object({
      averageDailyVolume: positiveDecimal.describe('units a day'),
      participationRate: fraction.default(0.2).describe('share of the daily volume that we may be'),
    })
    .optional(),
  staleAfterDays: z
    .int()
    .min(0)
    .max(365)
    .default(3)
    .describe('calendar days without a price after which the mark is stale'),
  contractMultiplier: positiveDecimal.default('1'),
});
export type Instrument = z.infer<typeof instrument>;

export const instrumentDefined = defineEvent({
  topic: topics.instruments,
  type: 'instrument.defined.v1',
  description: 'An instrument exists, or its description has changed',
  schema: instrument,
  key: (data) => data.instrumentId,
});

export const bar = z.object({
  instrumentId: identifier,
  time: instant.describe('end of the interval'),
  open: positiveDecimal.optional(),
  high: positiveDecimal.optional(),
  low: positiveDecimal.optional(),
  close: positiveDecimal.describe('raw, as quoted'),
  volume: decimal.optional(),
  adjustmentFactor: positiveDecimal
    .default('1')
    .describe('close × factor is comparable across the corporate actions up to adjustedThrough'),
  adjustedThrough: businessDate
    .optional()
    .describe('last ex-date that the factor accounts for; the bar’s own day when absent'),
});
export type Bar = z.infer<typeof bar>;

export const bars = z.object({
  feed: identifier.describe('the series of messages that this one belongs to; order is kept within it'),
  interval: z.enum(['P1D']),
  bars: z.array(bar).min(1).max(5000),
});
export type Bars = z.infer<typeof bars>;

export const barsPublished = defineEvent({
  topic: topics.bars,
  type: 'bars.published.v1',
  description: 'Price bars. A bar for an instrument and time that is known already, with other values, is a correction',
  schema: bars,
  key: (data) => data.feed,
  rows: ['bars'],
});

export const tick = z.object({ instrumentId: identifier, time: instant, price: positiveDecimal });
export type Tick = z.infer<typeof tick>;

export const tickPublished = defineEvent({
  topic: topics.ticks,
  type: 'tick.published.v1',
  description: 'One price during the day',
  schema: tick,
  key: (data) => data.instrumentId,
});

export const fxRate = z.object({
  pair: z
    .string()
    .regex(/^[A-Z]{6}$/)
    .describe('base and quote currency, for example EURUSD: dollars for one euro'),
  time: instant,
  rate: positiveDecimal,
});
export type FxRate = z.infer<typeof fxRate>;

export const fxRatePublished = defineEvent({
  topic: topics.fxRates,
  type: 'fx-rate.published.v1',
  description: 'An exchange rate',
  schema: fxRate,
  key: (data) => data.pair,
});

export const corporateAction = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('split'),
    instrumentId: identifier,
    exDate: businessDate,
    ratio: positiveDecimal.describe('new shares for one old share: 4 for a four-for-one split'),
    positions: z
      .enum(['before', 'after'])
      .describe('whether positions stated on the ex-date count shares before or after the split'),
  }),
  z.object({
    kind: z.literal('dividend'),
    instrumentId: identifier,
    exDate: businessDate,
    amount: positiveDecimal.describe('cash for one share, in the instrument’s currency'),
    positions: z.enum(['before', 'after']).default('after').describe('after: the sender’s cash includes it already'),
  }),
]);
export type CorporateAction = z.infer<typeof corporateAction>;

export const corporateActionAnnounced = defineEvent({
  topic: topics.corporateActions,
  type: 'corporate-action.announced.v1',
  description: 'A split or a dividend with its ex-date',
  schema: corporateAction,
  key: (data) => data.instrumentId,
});

export const limitWanted = defineEvent({
  topic: topics.limitDefinitions,
  type: 'limit.wanted.v1',
  description: 'A limit proposed by the configuration service; a person approves it over REST',
  schema: limitProposal,
  key: (data) => data.portfolioId,
});

/** What a shock moves. `factorId` is one of the risk model’s factors; `market` is the portfolio’s benchmark. */
export const shockTarget = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('instrument'), instrumentId: identifier }),
  z.object({ kind: z.literal('sector'), sector: label }),
  z.object({ kind: z.literal('strategy'), strategy: identifier }),
  z.object({ kind: z.literal('factor'), factorId: identifier }),
  z.object({ kind: z.literal('market') }),
]);
export type ShockTarget = z.infer<typeof shockTarget>;

export const scenarioShock = z.object({
  target: shockTarget,
  return: z.number().min(-1).max(10).describe('simple return over the scenario: -0.2 is a fall of a fifth'),
});
export type ScenarioShock = z.infer<typeof scenarioShock>;

export const scenarioWanted = defineEvent({
  topic: topics.scenarios,
  type: 'scenario.wanted.v1',
  description: 'A scenario proposed by market intelligence; a person approves it over REST',
  schema: z.object({
    scenarioId: identifier.describe('stable across revisions'),
    name: label,
    description: freeText.optional(),
    shocks: z.array(scenarioShock).min(1).max(1000),
    knownFrom: businessDate.describe('a run as of an earlier day leaves it out unless asked'),
    source: label.optional(),
  }),
  key: (data) => data.scenarioId,
});
export type ScenarioWanted = EventData<typeof scenarioWanted>;

/** What a forecast is about: `subjectId` is the id of that instrument, factor, portfolio or series. */
export const forecastSubject = z.object({
  kind: z.enum(['instrument', 'factor', 'portfolio', 'market']),
  subjectId: identifier,
});
export type ForecastSubject = z.infer<typeof forecastSubject>;

export const prediction = forecastSubject.extend({
  predictionId: identifier,
  source: identifier.describe('who forecasts: scored as one method by this name'),
  madeAt: instant,
  horizonDays: z.int().min(1).max(250),
  forecast: z.discriminatedUnion('target', [
    z.object({
      target: z.literal('volatility'),
      variance: z.number().gt(0).describe('of the sum of daily returns over the horizon, not annualised'),
    }),
    z.object({ target: z.literal('return'), mean: finite.describe('simple return over the horizon') }),
    z.object({
      target: z.literal('regime'),
      probabilities: z.array(fraction).min(2).max(5).describe('states by variance, the calmest first; they sum to 1'),
    }),
  ]),
});
export type Prediction = z.infer<typeof prediction>;

export const predictionMade = defineEvent({
  topic: topics.predictions,
  type: 'prediction.made.v1',
  description: 'A forecast from outside, scored beside ours when its horizon has passed',
  schema: prediction,
  key: (data) => data.subjectId,
});
export type PredictionMade = EventData<typeof predictionMade>;

/** One part of a portfolio over a day, beside the same part of its benchmark. */
export const realisedReturn = z.object({
  strategy: identifier.optional(),
  sector: label.optional(),
  instrumentId: identifier.optional(),
  weight: finite.describe('at the start of the day, fraction of NAV'),
  return: z.number().min(-1).describe('simple, over the day, base currency'),
  benchmarkWeight: finite.default(0),
  benchmarkReturn: z.number().min(-1).optional(),
});
export type RealisedReturn = z.infer<typeof realisedReturn>;

export const realisedReturnsStated = defineEvent({
  topic: topics.realisedReturns,
  type: 'realised-returns.stated.v1',
  description: 'Weights at the start of a day and returns over it, of a portfolio’s parts and its benchmark’s',
  schema: z.object({
    portfolioId: identifier,
    date: businessDate,
    knownAt: instant,
    level: z.enum(['security', 'strategy', 'sector']),
    rows: z.array(realisedReturn).min(1).max(20_000),
  }),
  key: (data) => data.portfolioId,
  rows: ['rows'],
});
export type RealisedReturnsStated = EventData<typeof realisedReturnsStated>;

export const clockAdvanced = defineEvent({
  topic: topics.clock,
  type: 'clock.advanced.v1',
  description: 'Business time has reached this instant',
  schema: z.object({ time: instant, sequence: z.int().min(1) }),
  key: () => 'clock',
});
