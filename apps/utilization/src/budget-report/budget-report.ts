import { nodeKind, riskMeasure, type NodeMeasure, type RiskMeasure, type SnapshotNode } from '@risk-budget/contracts';
import { toCsv } from '@risk-budget/service-kit';
import type { UtilizationTree } from '../tree/tree.schemas.js';
import type { BudgetReport, BudgetReportRow } from './budget-report.schemas.js';

/** A node of the tree with its figures under one measure. */
interface Line {
  readonly node: SnapshotNode;
  readonly figures: NodeMeasure;
}

/** Budget against use, node by node, for every measure or for one. */
export function budgetReportOf(tree: UtilizationTree, wanted?: RiskMeasure): BudgetReport {
  const { portfolioId, snapshotId, asOf, knownAt, source, state, baseCurrency, nav, lineage } = tree;
  const measures = riskMeasure.options.filter((measure) => wanted === undefined || measure === wanted);
  const parts = measures.map((measure) => ({ measure, lines: linesOf(tree.nodes, measure) }));
  return {
    ...{ portfolioId, snapshotId, asOf, knownAt, source, state, baseCurrency, nav, lineage },
    totals: parts.flatMap(({ measure, lines }) => totalOf(measure, lines)),
    rows: parts.flatMap(({ lines }) => lines.map((line) => rowOf(line, lines[0]?.figures))),
  };
}

const columns = [
  'portfolioId',
  'asOf',
  'snapshotId',
  'planId',
  'planVersion',
  'measure',
  'nodeId',
  'parentId',
  'kind',
  'value',
  'weight',
  'budget',
  'budgetShare',
  'consumption',
  'consumptionShare',
  'utilization',
  'headroom',
  'standalone',
  'diversificationBenefit',
  'state',
] as const;

/** The rows of a report as CSV, each with the portfolio, the moment and the plan. */
export function budgetReportCsv({ portfolioId, asOf, snapshotId, lineage, rows }: BudgetReport): string {
  const { planId, planVersion } = lineage;
  return toCsv(
    columns,
    rows.map((row) => ({ ...row, portfolioId, asOf, snapshotId, planId, planVersion })),
  );
}

/** The portfolio first, then its tree; the benchmark and the views have no budgets. */
function linesOf(nodes: readonly SnapshotNode[], measure: RiskMeasure): Line[] {
  return nodes.flatMap((node) => {
    const figures = node.measures.find((item) => item.measure === measure);
    return figures === undefined || !nodeKind.safeParse(node.kind).success ? [] : [{ node, figures }];
  });
}

function totalOf(measure: RiskMeasure, lines: readonly Line[]): BudgetReport['totals'] {
  const [portfolio] = lines;
  if (portfolio === undefined) return [];
  const { budget, consumption, utilization, headroom, state } = portfolio.figures;
  const nodes = { green: 0, amber: 0, red: 0, unbudgeted: 0 };
  for (const { figures } of lines) nodes[figures.state]++;
  return [{ measure, budget, consumption, utilization, headroom, state, nodes }];
}

function rowOf({ node, figures }: Line, portfolio: NodeMeasure | undefined): BudgetReportRow {
  const { nodeId, parentId, value, weight } = node;
  return {
    ...figures,
    nodeId,
    parentId,
    kind: nodeKind.parse(node.kind),
    value,
    weight,
    budgetShare: ratio(figures.budget, portfolio?.budget ?? null),
    consumptionShare: ratio(figures.consumption, portfolio?.consumption ?? null),
    diversificationBenefit: figures.standalone - figures.consumption,
  };
}

function ratio(part: number | null, whole: number | null): number | null {
  return part === null || whole === null || whole === 0 ? null : part / whole;
}
