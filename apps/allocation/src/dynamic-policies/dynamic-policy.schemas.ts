import { forecastKind, freeText, identifier, instant, uuid } from '@risk-budget/contracts';
import { pageOf, pageSchema } from '@risk-budget/service-kit';
import { z } from 'zod';

const factor = z.number().gt(0).max(1);

/** Factor of the total budget in each regime, the calmest first. */
const regimeRule = z.strictObject({
  subjectId: identifier.describe('the series whose regimes forecasting publishes, for example the benchmark’s'),
  factors: z
    .array(factor)
    .min(2)
    .max(3)
    .refine((factors) => factors.every((value, state) => state === 0 || value <= (factors[state - 1] ?? 1)), {
      message: 'a wilder state never has a larger factor than a calmer one',
    })
    .describe('one for each state, the calmest first; two states or three'),
  rule: z
    .enum(['expected', 'mostLikely'])
    .default('expected')
    .describe('expected: the factors weighted by the filtered probabilities'),
});

/** Volatility target: the factor is target / forecast, at most 1. */
const volatilityRule = z.strictObject({
  kind: forecastKind.extract(['market', 'portfolio']),
  subjectId: identifier,
  horizonDays: z.int().min(1).max(250).default(20),
  targetAnnual: z.number().gt(0).max(5).describe('per year, fraction'),
});

const rules = {
  regime: regimeRule.optional(),
  volatility: volatilityRule.optional(),
  minimumFactor: factor.describe('the total budget never falls below this part of the approved one'),
  band: z.number().gt(0).lt(1).describe('smallest change of the factor that is made'),
  maximumStep: factor.describe('largest change of the factor in one adjustment'),
  minimumDwellDays: z.int().min(0).max(250).describe('business days between two adjustments'),
};

const hasRule = (body: { regime?: unknown; volatility?: unknown }): boolean =>
  body.regime !== undefined || body.volatility !== undefined;
const hasRuleProblem = { message: 'either `regime` or `volatility` is needed, or both', path: ['regime'] };

/** How the total budget follows the market: the smaller of both rules where both stand. */
export const dynamicRules = z.strictObject(rules).refine(hasRule, hasRuleProblem);
export type DynamicRules = z.output<typeof dynamicRules>;

export const dynamicPolicyBody = z
  .strictObject({ ...rules, reason: freeText.optional() })
  .refine(hasRule, hasRuleProblem);
export type DynamicPolicyBody = z.output<typeof dynamicPolicyBody>;

const person = z.object({ subject: z.string(), issuer: z.string(), name: z.string().optional() });

export const dynamicPolicyStatus = z.enum(['proposed', 'active', 'superseded', 'rejected', 'withdrawn', 'retired']);
export type DynamicPolicyStatus = z.infer<typeof dynamicPolicyStatus>;

export const dynamicPolicyView = z.object({
  dynamicPolicyId: uuid,
  portfolioId: identifier,
  version: z.int().min(1).describe('of the portfolio’s dynamic policy'),
  status: dynamicPolicyStatus,
  rules: dynamicRules,
  reason: freeText.nullable(),
  proposer: person,
  approver: person.nullable(),
  proposedAt: instant,
  approvedAt: instant.nullable(),
  endedAt: instant.nullable(),
});
export type DynamicPolicy = z.infer<typeof dynamicPolicyView>;

export const dynamicPolicyPage = pageOf(dynamicPolicyView);
export const dynamicPoliciesQuery = pageSchema().extend({ status: dynamicPolicyStatus.optional() });
export const dynamicPolicyParams = z.object({ portfolioId: identifier, dynamicPolicyId: uuid });
