import { snapshotTaken, type NodeMeasure, type RiskMeasure } from '@risk-budget/contracts';
import { OwnPortfolios } from '../evaluation/own-portfolio.js';
import { budgetsOf, planInForce } from '../evaluation/plan-in-force.js';
import type { BudgetReportFinding } from '../inputs/budget-report-findings.js';
import { CheckRecorder, type Check } from '../report.js';
import type { RunContext } from './context.js';

/** A thousandth of a total: see `agrees`. */
const shareOfTotal = 1e-3;
const inTheTree = /^portfolio$|^(strategy|sector|leaf):/;

/** Budget reports, now and in the past: every node of the tree by every measure, its budget and use beside the portfolio's. */
export function checkBudgetReports(context: RunContext): Check[] {
  const check = new CheckRecorder('budget reports: budget, use and shares of every node, now and in the past');
  const portfolios = new OwnPortfolios(context);
  const snapshots = context.events.of(snapshotTaken);
  for (const at of context.inputs.reportMoments) {
    const known = snapshots.filter(({ data }) => data.asOf <= at);
    for (const portfolioId of new Set(known.map(({ data }) => data.portfolioId))) {
      const told = context.rest.budgetReports.filter((one) => one.portfolioId === portfolioId && one.at === at);
      const [finding] = told;
      const name = `budget report of ${portfolioId} at ${at}`;
      check.expect(told.length === 1, () => `${name}: ${told.length} are there`);
      const last = known.findLast(({ data }) => data.portfolioId === portfolioId);
      if (finding === undefined || last === undefined) continue;
      check.expect(finding.snapshotId === last.data.snapshotId, () => `${name}: is of ${finding.snapshotId}`);
      const { evaluation } = portfolios.at(last.data, last.publishedAt);
      const budgets = budgetsOf(planInForce(context.events, last.data, last.publishedAt));
      const measures = Object.keys(evaluation.totals) as RiskMeasure[];
      const nodeIds = new Set([...evaluation.nodes.keys()].filter((nodeId) => inTheTree.test(nodeId)));
      for (const measure of measures) {
        const rows = finding.rows.filter((row) => row.measure === measure);
        const listed = new Set(rows.map(({ nodeId }) => nodeId));
        for (const nodeId of nodeIds)
          check.expect(listed.has(nodeId), () => `${name}: ${measure} of ${nodeId} is missing`);
        const whole = evaluation.nodes.get('portfolio')?.consumption[measure] ?? NaN;
        const total = budgets.get(`${measure} portfolio`) ?? null;
        for (const row of rows) {
          const node = evaluation.nodes.get(row.nodeId);
          const own = { consumption: node?.consumption[measure] ?? 0, standalone: node?.standalone[measure] ?? 0 };
          compareRow(check, `${name}: ${measure} of ${row.nodeId}`, row, {
            ...{ ...own, whole, total, budget: budgets.get(`${measure} ${row.nodeId}`) ?? null },
          });
        }
        compareTotal(check, `${name}: ${measure}`, finding, measure, whole, total);
      }
    }
  }
  return [check.result()];
}

interface OwnRow {
  readonly consumption: number;
  readonly standalone: number;
  readonly budget: number | null;
  /** Of the portfolio. */
  readonly whole: number;
  readonly total: number | null;
}

function compareRow(check: CheckRecorder, name: string, row: BudgetReportFinding['rows'][number], own: OwnRow): void {
  const { consumption, standalone, budget, whole, total } = own;
  const scale = Math.abs(whole) * shareOfTotal;
  check.figure(name, row.consumption, consumption, scale);
  check.figure(`${name}, stand-alone`, row.standalone, standalone, scale);
  check.figure(`${name}, budget`, row.budget, budget);
  check.figure(`${name}, diversification`, row.diversificationBenefit, standalone - consumption, scale);
  check.figure(`${name}, share of consumption`, row.consumptionShare, consumption / whole, shareOfTotal);
  const share = budget === null || total === null ? null : budget / total;
  check.figure(`${name}, share of budget`, row.budgetShare, share, shareOfTotal);
  const used = budget === null || budget <= 0 ? null : Math.max(0, consumption) / budget;
  check.figure(`${name}, utilization`, row.utilization, used, shareOfTotal);
  check.figure(`${name}, headroom`, row.headroom, budget === null ? null : budget - consumption, scale);
}

function compareTotal(
  check: CheckRecorder,
  name: string,
  { totals, rows }: BudgetReportFinding,
  measure: NodeMeasure['measure'],
  whole: number,
  budget: number | null,
): void {
  const total = totals.find((one) => one.measure === measure);
  check.figure(`${name} in all`, total?.consumption, whole);
  check.figure(`${name}, budget in all`, total?.budget, budget);
  for (const state of ['green', 'amber', 'red', 'unbudgeted'] as const) {
    const count = rows.filter((row) => row.measure === measure && row.state === state).length;
    check.expect(total?.nodes[state] === count, () => `${name}: ${String(total?.nodes[state])} are ${state}`);
  }
}
