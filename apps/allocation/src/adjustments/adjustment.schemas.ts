import { budgetAdjustment, businessDate, identifier, instant, uuid } from '@risk-budget/contracts';
import { pageOf, pageSchema } from '@risk-budget/service-kit';
import { z } from 'zod';
import { dynamicRules } from '../dynamic-policies/dynamic-policy.schemas.js';

const person = z.object({ subject: z.string(), issuer: z.string(), name: z.string().optional() });

/** One adjustment as it was made; `limitApproval` stands once a person has let share-of-budget limits follow a rise. */
export const adjustmentView = budgetAdjustment.extend({
  portfolioId: identifier,
  planId: uuid,
  planVersion: z.int().min(1).describe('the version of the plan that it made'),
  wantedFactor: z.number().describe('where the rules would go at once, without the step'),
  limitApproval: z.object({ at: instant, approver: person, planVersion: z.int().min(1) }).nullable(),
});
export type Adjustment = z.infer<typeof adjustmentView>;

export const adjustmentPage = pageOf(adjustmentView);
export const adjustmentsQuery = pageSchema();
export const adjustmentParams = z.object({ portfolioId: identifier, adjustmentId: uuid });

/** Days that a preview may walk over. */
export const LONGEST_PREVIEW_DAYS = 2600;

export const previewBody = z
  .strictObject({
    rules: dynamicRules,
    instrumentId: identifier.describe('the series that the rules are tried on, usually the benchmark’s'),
    from: businessDate,
    to: businessDate,
    fitDays: z.int().min(250).max(2500).default(1000).describe('returns before each fit of the regimes'),
    refitDays: z.int().min(20).max(2600).default(250),
  })
  .refine(({ from, to }) => from < to, { message: 'is not after `from`', path: ['to'] });
export type PreviewBody = z.output<typeof previewBody>;

const path = z.object({
  volatilityAnnual: z.number(),
  meanAnnual: z.number(),
  worstDay: z.number().describe('most negative daily return'),
  maximumDrawdown: z.number().describe('positive, fraction of the peak'),
});

/** What a policy would have done on a series, each day from what was known the day before. */
export const previewView = z.object({
  instrumentId: identifier,
  from: businessDate,
  to: businessDate,
  days: z.int(),
  fits: z.int().describe('fits of the regimes, each on the days before it alone'),
  averageFactor: z.number(),
  lowestFactor: z.number(),
  adjustments: z.array(
    z.object({
      date: businessDate,
      previousFactor: z.number(),
      factor: z.number(),
      wantedFactor: z.number(),
      reason: z.string(),
    }),
  ),
  withoutPolicy: path.describe('the series itself'),
  withPolicy: path.describe('the series times the factor of the day before'),
});
export type Preview = z.infer<typeof previewView>;
