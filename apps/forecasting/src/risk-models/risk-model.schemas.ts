import {
  businessDate,
  finite,
  fraction,
  identifier,
  instant,
  nonNegative,
  repair,
  riskModelMethod,
  riskModelRow,
  riskPolicy,
  uuid,
} from '@risk-budget/contracts';
import { pageOf, pageSchema } from '@risk-budget/service-kit';
import { z } from 'zod';

/** Why a model was estimated. */
export const estimateCause = z.enum(['schedule', 'request', 'policy']);
export type EstimateCause = z.infer<typeof estimateCause>;

const actor = z.object({ subject: z.string(), issuer: z.string(), name: z.string().optional() });

/** A model without its numbers. */
export const riskModelSummary = z.object({
  modelId: uuid,
  portfolioId: identifier,
  policyId: identifier,
  policyVersion: z.int(),
  model: riskModelMethod,
  form: z.enum(['covariance', 'factor']),
  asOf: instant.describe('close of the last bar used'),
  knownAt: instant.describe('business time of the estimate'),
  windowStart: businessDate,
  windowEnd: businessDate,
  observations: z.int().describe('days'),
  instruments: z.int(),
  shrinkage: fraction.nullable(),
  conditionNumber: nonNegative.nullable().describe('null when the matrix is singular'),
  factorConditionNumber: nonNegative.nullable(),
  repairs: z.array(repair),
  holes: z.array(z.object({ instrumentId: identifier, missingDays: z.int() })),
  proxied: z.array(identifier).describe('instruments that stand, wholly or on some days, on their sector'),
  unavailable: z
    .array(identifier)
    .describe('instruments with too little history and nothing to stand for them: not in the model'),
  cause: estimateCause,
  requestedBy: actor.nullable(),
  inputHash: z.string().describe('SHA-256 of the returns and the method'),
  codeVersion: z.string(),
});
export type RiskModelSummary = z.infer<typeof riskModelSummary>;

/** A model and what it says of each instrument. */
export const riskModelView = riskModelSummary.extend({
  policy: riskPolicy,
  instrumentRisks: z.array(
    z.object({
      instrumentId: identifier,
      volatilityAnnual: nonNegative,
      observations: z.int().describe('returns of its own in the window'),
      proxy: z.object({ sector: z.string(), scale: nonNegative }).nullable(),
    }),
  ),
});
export type RiskModelView = z.infer<typeof riskModelView>;

/** A factor model, factor by factor and instrument by instrument. */
export const factorModelView = z.object({
  modelId: uuid,
  portfolioId: identifier,
  asOf: instant,
  conditionNumber: nonNegative
    .nullable()
    .describe('of the standardised factors; beyond 30 they cannot be told apart well'),
  factors: z.array(z.object({ factorId: z.string(), volatilityAnnual: nonNegative })),
  factorCovariance: z.array(z.array(finite)).describe('per day, in the order of the factors'),
  instruments: z.array(
    z.object({
      instrumentId: identifier,
      exposures: z.array(finite).describe('in the order of the factors'),
      rSquared: finite,
      specificVolatilityAnnual: nonNegative,
    }),
  ),
});
export type FactorModelView = z.infer<typeof factorModelView>;

export const modelFailure = z.object({
  failureId: uuid,
  portfolioId: identifier,
  at: instant,
  cause: z.enum(['schedule', 'policy']),
  policyId: identifier.nullable(),
  policyVersion: z.int().nullable(),
  code: z.string(),
  detail: z.string(),
});
export type ModelFailure = z.infer<typeof modelFailure>;

export const portfolioParams = z.object({ portfolioId: identifier });
export const modelParams = z.object({ modelId: uuid });
export const asOfQuery = z.object({ asOf: instant.optional().describe('as known at this moment; now when absent') });
export const listQuery = pageSchema().extend(asOfQuery.shape);
export const failuresQuery = pageSchema();
export const rowsQuery = pageSchema({ maximumLimit: 200 });

export const riskModelPage = pageOf(riskModelSummary);
export const rowPage = pageOf(riskModelRow);
export const failurePage = pageOf(modelFailure);

export const estimateBody = z
  .strictObject({ reason: z.string().min(1).max(2000).optional().describe('kept in the audit trail') })
  .default({});
