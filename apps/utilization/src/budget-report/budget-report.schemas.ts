import { nodeKind, nodeMeasure, riskMeasure, utilizationState } from '@risk-budget/contracts';
import { z } from 'zod';
import { asOfQuery } from '../rest/parameters.js';
import { utilizationTree } from '../tree/tree.schemas.js';

export const budgetReportQuery = asOfQuery.extend({
  format: z.enum(['json', 'csv']).optional().describe('what `Accept` asks for when absent'),
  measure: riskMeasure.optional().describe('only this measure'),
});
export type BudgetReportQuery = z.infer<typeof budgetReportQuery>;

export const budgetReportRow = nodeMeasure.extend({
  nodeId: z.string(),
  parentId: z.string().nullable(),
  kind: nodeKind,
  value: z.number().describe('signed, in base currency'),
  weight: z.number(),
  budgetShare: z.number().nullable().describe('budget / budget of the portfolio'),
  consumptionShare: z.number().nullable().describe('consumption / consumption of the portfolio; null when that is 0'),
  diversificationBenefit: z.number().describe('stand-alone risk − consumption'),
});
export type BudgetReportRow = z.infer<typeof budgetReportRow>;

export const budgetReportTotal = z.object({
  measure: riskMeasure,
  budget: z.number().nullable().describe('of the portfolio'),
  consumption: z.number(),
  utilization: z.number().nullable(),
  headroom: z.number().nullable(),
  state: utilizationState,
  nodes: z.object({
    green: z.int().min(0),
    amber: z.int().min(0),
    red: z.int().min(0),
    unbudgeted: z.int().min(0),
  }),
});

export const budgetReport = utilizationTree
  .pick({
    portfolioId: true,
    snapshotId: true,
    asOf: true,
    knownAt: true,
    source: true,
    state: true,
    baseCurrency: true,
    nav: true,
    lineage: true,
  })
  .extend({
    totals: z.array(budgetReportTotal).describe('one for each measure'),
    rows: z.array(budgetReportRow).describe('by measure, then the tree from the portfolio down'),
  });
export type BudgetReport = z.infer<typeof budgetReport>;
