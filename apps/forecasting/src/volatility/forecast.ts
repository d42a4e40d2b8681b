import {
  currency,
  finite,
  forecastKind,
  forecastMethod,
  fraction,
  identifier,
  instant,
  nonNegative,
  uuid,
} from '@risk-budget/contracts';
import { z } from 'zod';

export const horizonVariance = z.object({
  method: forecastMethod,
  horizonDays: z.int(),
  variance: nonNegative.describe('of the sum of daily returns over the horizon, not annualised'),
  volatilityAnnual: nonNegative,
});

/** Forecasts of a subject as of a day, and what stands behind them. */
export const forecast = z.object({
  forecastId: uuid,
  kind: forecastKind,
  subjectId: identifier,
  currency,
  asOf: instant.describe('close of the last return used'),
  madeAt: instant,
  champion: forecastMethod.describe('the method that forecasts this subject by the policy'),
  volatilityAnnual: nonNegative.describe('of the champion, next day'),
  volatilities: z.array(horizonVariance),
  observations: z.int().describe('returns behind the forecast'),
  modelledShare: fraction.describe('gross with returns of its own or a proxy’s / gross'),
  fitId: uuid.describe('parameters filtered forward'),
  fittedAt: instant,
  policyVersion: z.int(),
  codeVersion: z.string(),
});
export type Forecast = z.infer<typeof forecast>;

/** As it is kept: with the weights that the subject was made of, for its score. */
export const storedForecast = forecast.extend({ calendar: identifier, weights: z.record(z.string(), finite) });
export type StoredForecast = z.infer<typeof storedForecast>;

/** A daily run: what it made, and what it could not. */
export const forecastRun = z.object({
  calendar: identifier,
  at: instant,
  policyVersion: z.int(),
  subjects: z.int(),
  fitted: z.int().describe('subjects whose parameters were estimated again'),
  scored: z.int(),
  refusals: z.array(z.object({ kind: forecastKind, subjectId: identifier, code: z.string(), detail: z.string() })),
});
export type ForecastRun = z.infer<typeof forecastRun>;
