import { businessDate, finite, fraction, identifier, instant, nonNegative, uuid } from '@risk-budget/contracts';
import { z } from 'zod';

/** Why a limit has no probability. */
export const unmodelledCode = z.enum([
  'NO_FIGURE',
  'NO_BUDGET',
  'NO_BENCHMARK_RETURNS',
  'HISTORICAL_OF_A_NODE',
  'STRESS_LOSS',
]);
export type UnmodelledCode = z.infer<typeof unmodelledCode>;

export const breachEstimate = z.object({
  estimateId: uuid,
  portfolioId: identifier,
  asOf: instant.describe('business time of the estimate'),
  modelId: uuid,
  paths: z.int(),
  seed: z.string(),
  limits: z.array(
    z.object({
      limitId: identifier,
      limitVersion: z.int(),
      value: finite.describe('now'),
      bound: finite,
      broken: z.boolean().describe('already: its probability is 1 and is not scored'),
      probabilities: z.array(z.object({ horizonDays: z.int(), probability: fraction })),
    }),
  ),
  unmodelled: z.array(identifier).describe('limits without a probability'),
  reasons: z
    .array(z.object({ limitId: identifier, code: unmodelledCode }))
    .default([])
    .describe('why each of them has none'),
  codeVersion: z.string(),
});
export type BreachEstimate = z.infer<typeof breachEstimate>;

export const breachAccuracy = z.object({
  portfolioId: identifier,
  horizonDays: z.int(),
  observations: z.int().describe('estimates of limits whose horizon has passed'),
  from: businessDate.nullable(),
  to: businessDate.nullable(),
  score: nonNegative.nullable().describe('Brier: the mean of (probability − outcome)², 0 is perfect'),
  reliability: nonNegative.nullable(),
  resolution: nonNegative.nullable(),
  uncertainty: nonNegative.nullable(),
  skill: finite.nullable().describe('1 − score / uncertainty; null when the outcome was always the same'),
  baseRate: fraction.nullable(),
  table: z.array(
    z.object({
      from: fraction,
      to: fraction,
      count: z.int(),
      meanForecast: fraction.nullable(),
      observedFrequency: fraction.nullable(),
    }),
  ),
});
export type BreachAccuracy = z.infer<typeof breachAccuracy>;
