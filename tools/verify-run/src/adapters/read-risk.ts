import { riskMeasure } from '@risk-budget/contracts';
import { z } from 'zod';
import { riskDimensions, type RiskFinding } from '../inputs/rest-findings.js';

const answer = z.object({
  snapshotId: z.string(),
  total: z.number(),
  lines: z.array(
    z.object({
      name: z.string(),
      kind: z.string(),
      component: z.number(),
      percentage: z.number().nullable(),
      standalone: z.number().nullable(),
      xSigmaRho: z.object({ exposure: z.number(), deviation: z.number(), correlation: z.number() }).nullable(),
    }),
  ),
});
const problem = z.object({ code: z.string() });

/** What a portfolio may not have: a benchmark, or factors. */
const notDefined = ['ATTRIBUTION.NOT_DEFINED', 'ATTRIBUTION.NO_FACTORS'];

/** Asks attribution to tell the latest risk of each portfolio apart, by every measure and dimension. */
export async function readRisk(url: string, token: string, portfolioIds: readonly string[]): Promise<RiskFinding[]> {
  const found: RiskFinding[] = [];
  for (const portfolioId of portfolioIds) {
    for (const measure of riskMeasure.options) {
      for (const by of riskDimensions) {
        const path = `/v1/portfolios/${portfolioId}/risk?measure=${measure}&by=${by}`;
        const response = await fetch(`${url}${path}`, { headers: { authorization: `Bearer ${token}` } });
        const body: unknown = await response.json();
        if (response.status === 422 && notDefined.includes(problem.parse(body).code)) continue;
        if (!response.ok) throw new Error(`${path} answered ${response.status}: ${JSON.stringify(body)}`);
        found.push({ portfolioId, measure, by, ...answer.parse(body) });
      }
    }
  }
  return found;
}
