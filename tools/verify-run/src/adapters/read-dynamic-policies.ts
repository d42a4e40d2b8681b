import { z } from 'zod';
import type { RestFindings } from '../inputs/rest-findings.js';
import { getItems } from './get-json.js';

const policy = z.object({
  dynamicPolicyId: z.string(),
  portfolioId: z.string(),
  version: z.number(),
  rules: z.object({
    regime: z
      .object({ subjectId: z.string(), factors: z.array(z.number()), rule: z.enum(['expected', 'mostLikely']) })
      .optional(),
    volatility: z
      .object({ kind: z.string(), subjectId: z.string(), horizonDays: z.number(), targetAnnual: z.number() })
      .optional(),
    minimumFactor: z.number(),
    band: z.number(),
    maximumStep: z.number(),
    minimumDwellDays: z.number(),
  }),
  approvedAt: z.string().nullable(),
  endedAt: z.string().nullable(),
});
const adjustment = z.object({
  adjustmentId: z.string(),
  wantedFactor: z.number(),
  limitApproval: z.object({ approver: z.object({ subject: z.string() }) }).nullable(),
});

/** Asks allocation how the budgets of each portfolio are to follow the market, and how they have. */
export async function readDynamicPolicies(
  url: string,
  token: string,
  portfolioIds: readonly string[],
): Promise<Pick<RestFindings, 'dynamicPolicies' | 'adjustments'>> {
  const dynamicPolicies = [];
  const adjustments = [];
  for (const portfolioId of portfolioIds) {
    const base = `${url}/v1/portfolios/${portfolioId}`;
    dynamicPolicies.push(...(await getItems(`${base}/dynamic-policies`, token, policy)));
    for (const { limitApproval, ...one } of await getItems(`${base}/budget-adjustments`, token, adjustment)) {
      adjustments.push({ ...one, limitsFollowedBy: limitApproval?.approver.subject ?? null });
    }
  }
  return { dynamicPolicies, adjustments };
}
