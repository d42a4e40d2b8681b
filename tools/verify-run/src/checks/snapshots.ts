import { snapshotTaken, type NodeExposure, type SnapshotNode, type UtilizationSnapshot } from '@risk-budget/contracts';
import type { OwnNode } from '../evaluation/own-evaluation.js';
import { ownExposures, ownMetrics } from '../evaluation/own-metrics.js';
import { OwnPortfolios, type OwnPortfolio } from '../evaluation/own-portfolio.js';
import { CheckRecorder, type Check } from '../report.js';
import type { RunContext } from './context.js';

/** A thousandth of a total: see `agrees`. */
const shareOfTotal = 1e-3;

/** Every figure of every snapshot, from positions, prices and models alone. */
export function checkSnapshots(context: RunContext): Check[] {
  const portfolios = new OwnPortfolios(context);
  const values = new CheckRecorder('snapshots: net asset value, marks, weights, staleness, lineage');
  const totals = new CheckRecorder(
    'snapshots: volatility, VaR, ES, historical VaR and ES, tracking error, concentration',
  );
  const nodes = new CheckRecorder('snapshots: consumption and stand-alone risk of every node');
  const sums = new CheckRecorder('contributions of children sum to their parent');
  for (const { data, publishedAt } of context.events.of(snapshotTaken)) {
    const name = `${data.portfolioId} snapshot ${data.sequence} at ${data.asOf}`;
    const own = portfolios.at(data, publishedAt);
    compareValues(values, name, data, own);
    compareTotals(totals, name, data, own);
    compareNodes(nodes, name, data, own);
    compareSums(sums, name, data);
  }
  return [values.result(), totals.result(), nodes.result(), sums.result(), checkSnapshotSequences(context)];
}

function compareValues(check: CheckRecorder, name: string, data: UtilizationSnapshot, own: OwnPortfolio): void {
  check.figure(`${name} NAV`, data.nav, own.nav);
  check.expect(
    data.lineage.positionSequence === own.positionSequence,
    () => `${name}: position sequence ${data.lineage.positionSequence}, ${own.positionSequence} expected`,
  );
  check.expect(data.state === 'complete', () => `${name}: is ${data.state}`);
  check.figure(`${name} modelled share`, data.modelledShare, 1);
  check.figure(`${name} proxied share`, data.proxiedShare, own.proxiedShare);
  const stale = [...data.stalePrices].sort().join(' ');
  check.expect(stale === own.stale.join(' '), () => `${name}: stale ${stale}, recomputed ${own.stale.join(' ')}`);
  const published = new Map(data.marks.map((mark) => [mark.instrumentId, mark]));
  for (const [instrumentId, mark] of own.marks) {
    const theirs = published.get(instrumentId);
    check.figure(`${name} mark of ${instrumentId}`, theirs?.price, mark.price);
    check.expect(theirs?.time === mark.time, () => `${name}: mark of ${instrumentId} is of ${String(theirs?.time)}`);
  }
  const window = data.lineage.historicalWindow;
  check.expect(
    window?.end === own.scenarios.end && window.scenarios === own.scenarios.count,
    () =>
      `${name}: scenarios until ${String(window?.end)} (${String(window?.scenarios)}), ${own.scenarios.end} expected`,
  );
}

function compareTotals(check: CheckRecorder, name: string, data: UtilizationSnapshot, own: OwnPortfolio): void {
  for (const [figure, mine] of Object.entries(ownMetrics(own))) {
    const published = data.metrics[figure as keyof UtilizationSnapshot['metrics']];
    check.figure(`${name} ${figure}`, published, mine, figure === 'cash' ? 1 : 0);
  }
}

function compareNodes(check: CheckRecorder, name: string, data: UtilizationSnapshot, own: OwnPortfolio): void {
  const listed = new Set(data.nodes.map((node) => node.nodeId));
  for (const [nodeId] of own.evaluation.nodes) {
    const always = /^(portfolio$|strategy:|sector:)/.test(nodeId);
    check.expect(!(always || data.leaves) || listed.has(nodeId), () => `${name}: ${nodeId} is missing`);
  }
  const exposures = ownExposures(own);
  for (const node of data.nodes) {
    const mine = own.evaluation.nodes.get(node.nodeId);
    if (mine === undefined) compareEmptyNode(check, name, node);
    else compareNode(check, `${name} ${node.nodeId}`, node, mine, own);
    if (mine !== undefined && node.exposure !== undefined) {
      compareExposure(check, `${name} ${node.nodeId}`, node.exposure, exposures.get(node.nodeId));
    }
  }
}

function compareNode(check: CheckRecorder, name: string, node: SnapshotNode, mine: OwnNode, own: OwnPortfolio): void {
  check.figure(`${name} value`, node.value, mine.value, own.nav * shareOfTotal);
  check.figure(`${name} weight`, node.weight, mine.weight);
  const published = new Map(node.measures.map((figures) => [figures.measure, figures]));
  for (const measure of Object.keys(own.evaluation.totals) as (keyof OwnPortfolio['evaluation']['totals'])[]) {
    const figures = published.get(measure);
    const scale = Math.abs(own.evaluation.totals[measure] ?? 0) * shareOfTotal;
    check.figure(`${name} ${measure}`, figures?.consumption, mine.consumption[measure] ?? null, scale);
    check.figure(`${name} stand-alone ${measure}`, figures?.standalone, mine.standalone[measure] ?? null, scale);
  }
}

function compareExposure(
  check: CheckRecorder,
  name: string,
  published: NodeExposure,
  mine: NodeExposure | undefined,
): void {
  for (const [figure, value] of Object.entries(published)) {
    check.figure(`${name} ${figure}`, value as number | null, mine?.[figure as keyof NodeExposure] ?? null);
  }
}

/** A node that holds nothing is only listed for its budget. */
function compareEmptyNode(check: CheckRecorder, name: string, node: SnapshotNode): void {
  check.expect(
    node.weight === 0 && node.measures.every((figures) => figures.consumption === 0),
    () => `${name}: ${node.nodeId} has figures and no positions`,
  );
}

/** Published figures among themselves: the children of every node, where they are listed. */
function compareSums(check: CheckRecorder, name: string, data: UtilizationSnapshot): void {
  for (const parent of data.nodes) {
    const children = data.nodes.filter((node) => node.parentId === parent.nodeId);
    if (children.length === 0) continue;
    for (const { measure, consumption } of parent.measures) {
      const total = sum(
        children.map((child) => child.measures.find((figures) => figures.measure === measure)?.consumption ?? 0),
      );
      check.figure(`${name} ${parent.nodeId} ${measure}`, total, consumption, shareOfTotal);
    }
  }
}

/** Snapshots of a portfolio are numbered without gaps and never go back in time. */
function checkSnapshotSequences({ events }: RunContext): Check {
  const check = new CheckRecorder('snapshots of a portfolio numbered without gaps, in the order of business time');
  const last = new Map<string, UtilizationSnapshot>();
  for (const { data } of events.of(snapshotTaken)) {
    const before = last.get(data.portfolioId);
    check.expect(
      data.sequence === (before?.sequence ?? 0) + 1 && data.asOf >= (before?.asOf ?? ''),
      () => `${data.portfolioId}: snapshot ${data.sequence} at ${data.asOf} follows ${String(before?.sequence)}`,
    );
    last.set(data.portfolioId, data);
  }
  return check.result();
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
