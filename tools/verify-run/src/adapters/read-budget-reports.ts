import { nodeMeasure } from '@risk-budget/contracts';
import { z } from 'zod';
import type { BudgetReportFinding } from '../inputs/budget-report-findings.js';
import { findJson, getItems } from './get-json.js';

const count = z.number();
const report = z.object({
  snapshotId: z.string(),
  totals: z.array(
    z.object({
      ...{ measure: nodeMeasure.shape.measure, budget: z.number().nullable(), consumption: z.number() },
      nodes: z.object({ green: count, amber: count, red: count, unbudgeted: count }),
    }),
  ),
  rows: z.array(
    nodeMeasure.extend({
      ...{ nodeId: z.string(), budgetShare: z.number().nullable(), consumptionShare: z.number().nullable() },
      diversificationBenefit: z.number(),
    }),
  ),
});
const summary = z.object({ portfolioId: z.string() });

/** Asks utilization for the budget report of each portfolio at some moments; of one that had no snapshot yet there is none. */
export async function readBudgetReports(
  url: string,
  token: string,
  moments: readonly string[],
): Promise<BudgetReportFinding[]> {
  const found: BudgetReportFinding[] = [];
  for (const { portfolioId } of await getItems(`${url}/v1/portfolios`, token, summary)) {
    for (const at of moments) {
      const answer = await findJson(`${url}/v1/portfolios/${portfolioId}/budget-report?asOf=${at}`, token, report);
      if (answer !== undefined) found.push({ portfolioId, at, ...answer });
    }
  }
  return found;
}
