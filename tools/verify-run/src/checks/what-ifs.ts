import { snapshotTaken, type BudgetPlan, type PortfolioMetrics, type RiskMeasure } from '@risk-budget/contracts';
import { ownMetrics } from '../evaluation/own-metrics.js';
import { OwnPortfolios, type OwnPortfolio } from '../evaluation/own-portfolio.js';
import { budgetsOf, planInForce } from '../evaluation/plan-in-force.js';
import type { WhatIfFinding } from '../inputs/trade-findings.js';
import { CheckRecorder, type Check } from '../report.js';
import type { RunContext } from './context.js';

/** A thousandth of a total: see `agrees`. */
const shareOfTotal = 1e-3;

/** What trades would make of each portfolio, at the marks and with the model of its latest snapshot. */
export function checkWhatIfs(context: RunContext): Check[] {
  const check = new CheckRecorder('what-if: every figure of the portfolio and its nodes before and after the trades');
  const portfolios = new OwnPortfolios(context);
  const snapshots = context.events.of(snapshotTaken);
  const followed = new Set(snapshots.map(({ data }) => data.portfolioId));
  for (const portfolioId of followed) {
    const asked = context.rest.whatIfs.filter((one) => one.portfolioId === portfolioId);
    check.expect(asked.length === 1, () => `${portfolioId}: asked ${asked.length} times`);
  }
  for (const finding of context.rest.whatIfs) {
    const { portfolioId, trades, snapshotId } = finding;
    const latest = snapshots.findLast(({ data }) => data.portfolioId === portfolioId);
    const name = `${portfolioId} what-if`;
    check.expect(latest?.data.snapshotId === snapshotId, () => `${name}: before it stands ${snapshotId}`);
    if (latest === undefined) continue;
    const { asOf, lineage } = latest.data;
    const held = portfolios.holdings(portfolioId, asOf, latest.publishedAt);
    const [before, after] = [held, portfolios.traded(held, trades, asOf)].map((holdings) =>
      portfolios.evaluated(portfolioId, holdings, { asOf, ...lineage }),
    );
    if (before === undefined || after === undefined) continue;
    compareMetrics(check, name, finding, ownMetrics(before), ownMetrics(after));
    check.figure(`${name} NAV before`, finding.before.nav, before.nav);
    check.figure(`${name} NAV after`, finding.after.nav, after.nav);
    compareNodes(check, name, finding, before, after, planInForce(context.events, latest.data, latest.publishedAt));
  }
  return [check.result()];
}

function compareMetrics(
  check: CheckRecorder,
  name: string,
  { before, after, change }: WhatIfFinding,
  from: PortfolioMetrics,
  to: PortfolioMetrics,
): void {
  for (const figure of Object.keys(from) as (keyof PortfolioMetrics)[]) {
    const scale = figure === 'cash' ? 1 : 0;
    check.figure(`${name} ${figure} before`, before.metrics[figure], from[figure], scale);
    check.figure(`${name} ${figure} after`, after.metrics[figure], to[figure], scale);
    const [one, other] = [from[figure], to[figure]];
    const moved = one === null || other === null ? null : other - one;
    check.figure(`${name} change of ${figure}`, change[figure], moved, Math.abs(one ?? 0) + scale);
  }
}

function compareNodes(
  check: CheckRecorder,
  name: string,
  { nodes, trades }: WhatIfFinding,
  before: OwnPortfolio,
  after: OwnPortfolio,
  plan: BudgetPlan | undefined,
): void {
  const budgets = budgetsOf(plan);
  const traded = new Set(trades.map(({ strategy, instrumentId }) => `leaf:${strategy}/${instrumentId}`));
  const told = new Map(nodes.map((node) => [node.nodeId, node]));
  for (const nodeId of new Set([...before.evaluation.nodes.keys(), ...after.evaluation.nodes.keys()])) {
    const shown = /^(portfolio|benchmark)$|^(strategy|sector):/.test(nodeId) || traded.has(nodeId);
    check.expect(shown === told.has(nodeId), () => `${name}: ${nodeId} is ${shown ? 'missing' : 'shown'}`);
  }
  for (const node of nodes) {
    const what = `${name} ${node.nodeId}`;
    const [from, to] = [before.evaluation.nodes.get(node.nodeId), after.evaluation.nodes.get(node.nodeId)];
    check.figure(`${what} value before`, node.valueBefore, from?.value ?? 0, before.nav * shareOfTotal);
    check.figure(`${what} value after`, node.valueAfter, to?.value ?? 0, after.nav * shareOfTotal);
    check.figure(`${what} weight before`, node.weightBefore, from?.weight ?? 0);
    check.figure(`${what} weight after`, node.weightAfter, to?.weight ?? 0);
    const measures = Object.keys(after.evaluation.totals) as RiskMeasure[];
    for (const measure of measures) {
      const figures = node.measures.find((one) => one.measure === measure);
      const scale = Math.abs(after.evaluation.totals[measure] ?? 0) * shareOfTotal;
      const budget = budgets.get(`${measure} ${node.nodeId}`) ?? null;
      for (const [side, own, published] of [
        ['before', from, figures?.before],
        ['after', to, figures?.after],
      ] as const) {
        const on = `${what} ${measure} ${side}`;
        check.figure(on, published?.consumption ?? 0, own?.consumption[measure] ?? 0, scale);
        check.figure(`${on} stand-alone`, published?.standalone ?? 0, own?.standalone[measure] ?? 0, scale);
        check.figure(`${on} budget`, published === null ? budget : published?.budget, budget);
      }
      const moved = (to?.consumption[measure] ?? 0) - (from?.consumption[measure] ?? 0);
      check.figure(`${what} change of ${measure}`, figures?.consumptionChange, moved, scale);
    }
  }
}
