import { snapshotTaken, type RiskMeasure } from '@risk-budget/contracts';
import { OwnPortfolios } from '../../src/evaluation/own-portfolio.js';
import type { BudgetReportFinding } from '../../src/inputs/budget-report-findings.js';
import { portfolioId, type Recorder } from './recorder.js';

/** What utilization would report at a moment, of a portfolio without budgets. */
export function budgetReportOf(recorder: Recorder, at: string): BudgetReportFinding {
  const last = recorder
    .events()
    .of(snapshotTaken)
    .findLast(({ data }) => data.asOf <= at);
  if (last === undefined) throw new Error('no snapshot was taken');
  const { nodes, totals } = new OwnPortfolios(recorder.context()).at(last.data, last.publishedAt).evaluation;
  const tree = [...nodes.values()].filter(({ nodeId }) => /^portfolio$|^(strategy|sector|leaf):/.test(nodeId));
  const measures = Object.keys(totals) as RiskMeasure[];
  const wholeOf = (measure: RiskMeasure) => nodes.get('portfolio')?.consumption[measure] ?? NaN;
  return {
    ...{ portfolioId, at, snapshotId: last.data.snapshotId },
    totals: measures.map((measure) => ({
      ...{ measure, budget: null, consumption: wholeOf(measure) },
      nodes: { green: 0, amber: 0, red: 0, unbudgeted: tree.length },
    })),
    rows: measures.flatMap((measure) =>
      tree.map(({ nodeId, consumption: used, standalone: alone }) => {
        const [consumption, standalone] = [used[measure] ?? 0, alone[measure] ?? 0];
        return {
          ...{ nodeId, measure, consumption, standalone, state: 'unbudgeted' as const },
          ...{ budget: null, utilization: null, headroom: null, budgetShare: null },
          ...{ consumptionShare: consumption / wholeOf(measure), diversificationBenefit: standalone - consumption },
        };
      }),
    ),
  };
}
