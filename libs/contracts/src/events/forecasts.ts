import { z } from 'zod';
import { defineEvent, type EventData } from '../event-definition.js';
import { businessDate, finite, fraction, identifier, instant, nonNegative, uuid } from '../primitives.js';
import { topics } from '../topics.js';
import { forecastSubject } from './upstream.js';

/** By the name of its method, or of the source outside that made it. */
export const forecastMethod = identifier.describe('ewma, garch, gjr, har, combination, dcc, or the name of a source');

export const forecastMade = defineEvent({
  topic: topics.forecasts,
  type: 'forecast.made.v1',
  description: 'Forecasts of one subject as of a day, by every method and horizon',
  schema: forecastSubject.extend({
    forecastId: uuid,
    asOf: instant.describe('close of the last return used'),
    madeAt: instant,
    champion: forecastMethod,
    volatilities: z
      .array(
        z.object({
          method: forecastMethod,
          horizonDays: z.int().min(1).max(250),
          variance: nonNegative.describe('of the sum of daily returns over the horizon, not annualised'),
          volatilityAnnual: nonNegative,
        }),
      )
      .max(200),
    correlations: z
      .array(
        z.object({
          method: forecastMethod,
          withSubjectId: identifier,
          horizonDays: z.int().min(1).max(250),
          correlation: z.number().min(-1).max(1),
        }),
      )
      .max(1000),
    codeVersion: z.string(),
  }),
  key: (data) => data.subjectId,
});
export type ForecastMade = EventData<typeof forecastMade>;

export const forecastScored = defineEvent({
  topic: topics.forecasts,
  type: 'forecast.scored.v1',
  description: 'Forecasts of a subject whose horizon has passed, beside what happened; each once',
  schema: forecastSubject.extend({
    forecastId: uuid,
    scoredAt: instant,
    horizonDays: z.int().min(1).max(250),
    windowEnd: businessDate,
    realisedVariance: nonNegative.describe('sum of squared daily returns over the horizon'),
    overlapping: z.boolean().describe('whether the horizon shares days with the forecast scored before'),
    scores: z
      .array(z.object({ method: forecastMethod, variance: nonNegative, qlike: finite, squaredError: nonNegative }))
      .max(50),
  }),
  key: (data) => data.subjectId,
});
export type ForecastScored = EventData<typeof forecastScored>;

export const championChanged = defineEvent({
  topic: topics.forecasts,
  type: 'forecast.champion-changed.v1',
  description: 'Another method forecasts a subject from now on, by the policy named',
  schema: forecastSubject.extend({
    at: instant,
    from: forecastMethod,
    to: forecastMethod,
    reason: z.string(),
    losses: z.array(z.object({ method: forecastMethod, loss: finite, observations: z.int().min(0) })).max(50),
  }),
  key: (data) => data.subjectId,
});
export type ChampionChanged = EventData<typeof championChanged>;

export const regimeEstimated = defineEvent({
  topic: topics.regimes,
  type: 'regime.estimated.v1',
  description: 'Filtered probabilities of a subject’s regimes as of a day, and their forecasts',
  schema: forecastSubject.extend({
    regimeId: uuid,
    asOf: instant,
    madeAt: instant,
    states: z
      .array(
        z.object({
          state: z.int().min(0).describe('by variance, 0 the calmest'),
          probability: fraction.describe('filtered, never smoothed'),
          meanDaily: finite,
          volatilityAnnual: nonNegative,
          expectedDurationDays: nonNegative,
        }),
      )
      .min(2)
      .max(3),
    forecasts: z
      .array(z.object({ horizonDays: z.int().min(1).max(250), probabilities: z.array(fraction).min(2).max(3) }))
      .max(50),
    mostLikely: z.int().min(0),
    codeVersion: z.string(),
  }),
  key: (data) => data.subjectId,
});
export type RegimeEstimated = EventData<typeof regimeEstimated>;

export const breachProbabilitiesEstimated = defineEvent({
  topic: topics.breachProbabilities,
  type: 'breach-probabilities.estimated.v1',
  description: 'The chance that each limit of a portfolio is broken within each horizon',
  schema: z.object({
    estimateId: uuid,
    portfolioId: identifier,
    asOf: instant,
    snapshotId: uuid,
    modelId: uuid.nullable(),
    paths: z.int().min(1),
    seed: z.string(),
    limits: z
      .array(
        z.object({
          limitId: identifier,
          limitVersion: z.int().min(1),
          value: finite,
          bound: finite,
          probabilities: z.array(z.object({ horizonDays: z.int().min(1).max(250), probability: fraction })).max(20),
        }),
      )
      .max(1000),
    unmodelled: z.array(identifier).max(1000).describe('limits whose measure is not simulated'),
    codeVersion: z.string(),
  }),
  key: (data) => data.portfolioId,
});
export type BreachProbabilitiesEstimated = EventData<typeof breachProbabilitiesEstimated>;
