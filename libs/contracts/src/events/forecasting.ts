import { z } from 'zod';
import { defineEvent } from '../event-definition.js';
import { businessDate, finite, fraction, identifier, instant, nonNegative, uuid } from '../primitives.js';
import { topics } from '../topics.js';
import { riskPolicy } from './risk-policy.js';

/** One instrument of a model. In covariance form `covariances` holds its row up to the diagonal; in factor form `exposures` and `specificVariance` stand. Per day. */
export const riskModelRow = z.object({
  instrumentId: identifier,
  covariances: z
    .array(finite)
    .optional()
    .describe('covariance with rows 0..i in the order of the rows, per day; the last is the variance'),
  exposures: z.array(finite).optional().describe('one for each factor'),
  specificVariance: nonNegative.optional().describe('per day'),
  rSquared: z.number().max(1).optional(),
  observations: z.int().min(0).describe('returns of its own in the window'),
  proxy: z
    .object({
      sector: z.string(),
      scale: nonNegative.describe('multiple of the sector’s mean return that stands for the name'),
    })
    .optional(),
});
export type RiskModelRow = z.infer<typeof riskModelRow>;

/** What was done to a matrix that was not positive semi-definite, and how far it was moved. */
export const repair = z.object({
  kind: z.enum(['nearestPositiveSemiDefinite']),
  distance: nonNegative.describe('Frobenius norm of the change, relative to the norm of the matrix'),
  smallestEigenvalueBefore: finite,
});

export const riskModel = z.object({
  modelId: uuid,
  portfolioId: identifier,
  policy: riskPolicy,
  form: z.enum(['covariance', 'factor']),
  asOf: instant.describe('close of the last bar used'),
  knownAt: instant.describe('business time of the estimate: nothing learned later is in it'),
  windowStart: businessDate,
  windowEnd: businessDate,
  observations: z.int().min(1),
  shrinkage: fraction.optional(),
  conditionNumber: nonNegative.nullable().describe('null when the matrix is singular'),
  factors: z.array(z.object({ factorId: z.string(), volatilityAnnual: nonNegative })).optional(),
  factorCovariance: z.array(z.array(finite)).optional().describe('per day'),
  factorConditionNumber: nonNegative.nullable().optional(),
  repairs: z.array(repair),
  holes: z.array(z.object({ instrumentId: identifier, missingDays: z.int().min(1) })).max(20_000),
  codeVersion: z.string(),
  rows: z.array(riskModelRow).max(20_000),
});
export type RiskModel = z.infer<typeof riskModel>;

export const riskModelPublished = defineEvent({
  topic: topics.riskModels,
  type: 'risk-model.published.v1',
  description: 'A risk model for a portfolio’s policy; every service computes with it by id',
  schema: riskModel,
  key: (data) => data.portfolioId,
  rows: ['rows', 'holes'],
});
