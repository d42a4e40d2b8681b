import { z } from 'zod';
import { defineEvent, type EventData } from '../event-definition.js';
import { businessDate, currency, finite, fraction, identifier, instant, nonNegative, uuid } from '../primitives.js';
import { topics } from '../topics.js';
import { forecastSubject } from './upstream.js';

/** By the name of its method, or of the source outside that made it. */
export const forecastMethod = identifier.describe(
  'ewma, garch, gjr, har, combination, or the name of a source; of correlations ewma or dcc',
);

/** What the subjects of one message are: they are forecast, scored and published together. */
export const forecastKind = forecastSubject.shape.kind;
export type ForecastKind = z.infer<typeof forecastKind>;

/** Parameters for returns in percent: σ²_t = ω + (α + γ 1[r < 0]) r² + β σ² of the day before. */
const garchParameters = z.object({
  omega: finite,
  alpha: finite,
  gamma: finite,
  beta: finite,
  logLikelihood: finite.describe('of returns in percent, normal, zero mean'),
});

export const forecastMade = defineEvent({
  topic: topics.forecasts,
  type: 'forecast.made.v1',
  description: 'Forecasts of all subjects of a kind as of a day, by every method and horizon',
  schema: z.object({
    kind: forecastKind,
    madeAt: instant.describe('nothing learned later is in it'),
    policyVersion: z.int().min(1).describe('of the forecast policy'),
    codeVersion: z.string(),
    forecasts: z
      .array(
        z.object({
          forecastId: uuid,
          subjectId: identifier,
          currency,
          asOf: instant.describe('close of the last return used'),
          champion: forecastMethod,
          fitId: uuid.optional().describe('of the parameters, which are filtered forward between two fits'),
          fit: z
            .object({
              fittedAt: instant,
              observations: z.int().min(1),
              garch: garchParameters.nullable(),
              gjr: garchParameters.nullable(),
            })
            .optional()
            .describe('on the day on which they were estimated'),
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
        }),
      )
      .max(20_000),
  }),
  key: (data) => data.kind,
  rows: ['forecasts'],
});
export type ForecastMade = EventData<typeof forecastMade>;

export const forecastScored = defineEvent({
  topic: topics.forecasts,
  type: 'forecast.scored.v1',
  description: 'Forecasts of a kind whose horizon has passed, beside what happened; each once',
  schema: z.object({
    kind: forecastKind,
    scoredAt: instant,
    codeVersion: z.string(),
    scored: z
      .array(
        z.object({
          forecastId: uuid,
          subjectId: identifier,
          horizonDays: z.int().min(1).max(250),
          windowEnd: businessDate,
          realisedVariance: nonNegative.describe('sum of squared daily returns over the horizon'),
          realisedReturn: finite.describe('sum of daily returns over the horizon'),
          overlapping: z.boolean().describe('whether the horizon shares days with the last one that is not so marked'),
          scores: z
            .array(
              z.object({ method: forecastMethod, variance: nonNegative, qlike: finite, squaredError: nonNegative }),
            )
            .max(50),
        }),
      )
      .max(60_000),
  }),
  key: (data) => data.kind,
  rows: ['scored'],
});
export type ForecastScored = EventData<typeof forecastScored>;

/** A covariance by its correlations and variances, over one horizon. */
export const correlationMatrix = z.object({
  method: forecastMethod,
  horizonDays: z.int().min(1).max(250),
  variances: z
    .array(nonNegative)
    .max(50)
    .describe('of the sum of daily returns over the horizon, in the order of the subjects'),
  correlations: z
    .array(z.number().min(-1).max(1))
    .max(1225)
    .describe('below the diagonal, row by row: (2, 1), (3, 1), (3, 2), …; the mean over the days of the horizon'),
});
export type CorrelationMatrix = z.infer<typeof correlationMatrix>;

export const correlationsForecast = defineEvent({
  topic: topics.forecasts,
  type: 'forecast.correlations-made.v1',
  description: 'Correlations of a set of subjects as of a day, by every method and horizon',
  schema: z.object({
    forecastId: uuid,
    kind: forecastKind,
    setId: identifier.describe('of what is forecast together: calendar, kind or holdings, and currency'),
    currency,
    asOf: instant.describe('close of the last return used'),
    madeAt: instant.describe('nothing learned later is in it'),
    policyVersion: z.int().min(1).describe('of the forecast policy'),
    codeVersion: z.string(),
    fit: z
      .object({ fitId: uuid, fittedAt: instant, a: fraction, b: fraction })
      .nullable()
      .describe('of the dynamic correlations; null where there are none'),
    subjects: z.array(forecastSubject).min(2).max(50),
    matrices: z.array(correlationMatrix).max(50),
  }),
  key: (data) => data.kind,
  rows: ['matrices'],
});
export type CorrelationsForecast = EventData<typeof correlationsForecast>;

export const correlationsScored = defineEvent({
  topic: topics.forecasts,
  type: 'forecast.correlations-scored.v1',
  description: 'Correlation forecasts of a set whose horizon has passed, beside what happened; each once',
  schema: z.object({
    kind: forecastKind,
    setId: identifier,
    scoredAt: instant,
    codeVersion: z.string(),
    scored: z
      .array(
        z.object({
          forecastId: uuid,
          horizonDays: z.int().min(1).max(250),
          windowEnd: businessDate,
          overlapping: z.boolean().describe('whether the horizon shares days with the last one that is not so marked'),
          scores: z
            .array(
              z.object({
                method: forecastMethod,
                qlike: finite.describe('(ln |H| + tr(H⁻¹C)) / n, lower is better'),
                squaredError: nonNegative.describe('mean of (C_ij − H_ij)² over the pairs'),
              }),
            )
            .max(50),
        }),
      )
      .max(1000),
  }),
  key: (data) => data.kind,
});
export type CorrelationsScored = EventData<typeof correlationsScored>;

export const regimesScored = defineEvent({
  topic: topics.forecasts,
  type: 'forecast.regimes-scored.v1',
  description: 'Forecasts of a market’s regimes beside the return of the day that they were about; each once',
  schema: forecastSubject.extend({
    scoredAt: instant,
    codeVersion: z.string(),
    scored: z
      .array(
        z.object({
          regimeId: uuid.describe('of the regimes as of the day from which it was forecast'),
          states: z.int().min(2).max(3),
          horizonDays: z.int().min(1).max(250),
          windowEnd: businessDate.describe('the day that was forecast'),
          realisedReturn: finite.describe('of that day alone'),
          scores: z
            .array(
              z.object({
                method: identifier.describe('markovSwitching, stationary, or the name of a source'),
                probabilities: z.array(fraction).min(2).max(3).describe('of each state on the day, the calmest first'),
                logScore: finite.describe(
                  'ln Σ p φ(return) with the means and variances of the regimes, higher is better',
                ),
              }),
            )
            .max(50),
        }),
      )
      .max(1000),
  }),
  key: (data) => data.kind,
});
export type RegimesScored = EventData<typeof regimesScored>;

export const championChanged = defineEvent({
  topic: topics.forecasts,
  type: 'forecast.champion-changed.v1',
  description: 'Another method forecasts a subject from now on, by the policy named',
  schema: forecastSubject.extend({
    at: instant,
    from: forecastMethod,
    to: forecastMethod,
    policyVersion: z.int().min(1).describe('of the forecast policy'),
    reason: z.string(),
    losses: z
      .array(z.object({ method: forecastMethod, loss: finite, observations: z.int().min(0) }))
      .max(50)
      .describe('discounted mean QLIKE'),
  }),
  key: (data) => data.kind,
});
export type ChampionChanged = EventData<typeof championChanged>;

export const regimeEstimated = defineEvent({
  topic: topics.regimes,
  type: 'regime.estimated.v1',
  description:
    'Filtered probabilities of a market’s regimes as of a day, and their forecasts: one event for two states, one for three',
  schema: forecastSubject.extend({
    regimeId: uuid,
    asOf: instant,
    madeAt: instant,
    fittedAt: instant.describe('when the parameters were estimated; the probabilities are filtered with them since'),
    states: z
      .array(
        z.object({
          state: z.int().min(0).describe('by variance, 0 the calmest'),
          probability: fraction.describe('filtered, never smoothed'),
          meanDaily: finite,
          volatilityAnnual: nonNegative,
          expectedDurationDays: nonNegative.nullable().describe('null when a stay never ends'),
        }),
      )
      .min(2)
      .max(3),
    transition: z
      .array(fraction)
      .max(9)
      .optional()
      .describe('row by row: the probability of the column’s state tomorrow, given the row’s today'),
    forecasts: z
      .array(z.object({ horizonDays: z.int().min(1).max(250), probabilities: z.array(fraction).min(2).max(3) }))
      .max(50)
      .describe('probability of each state on the day so many days ahead'),
    mostLikely: z.int().min(0).describe('the state of the largest filtered probability'),
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
          broken: z.boolean().describe('whether it is broken already: its probability is 1 and is not scored'),
          probabilities: z.array(z.object({ horizonDays: z.int().min(1).max(250), probability: fraction })).max(20),
        }),
      )
      .max(1000),
    unmodelled: z.array(identifier).max(1000).describe('limits without a probability'),
    reasons: z
      .array(z.object({ limitId: identifier, code: z.string().min(1).max(60) }))
      .max(1000)
      .optional()
      .describe(
        'why each of them has none: NO_FIGURE, NO_BUDGET, NO_BENCHMARK_RETURNS, HISTORICAL_OF_A_NODE, STRESS_LOSS',
      ),
    codeVersion: z.string(),
  }),
  key: (data) => data.portfolioId,
});
export type BreachProbabilitiesEstimated = EventData<typeof breachProbabilitiesEstimated>;
