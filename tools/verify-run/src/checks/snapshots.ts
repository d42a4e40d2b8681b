import { snapshotTaken, type SnapshotNode, type UtilizationSnapshot } from '@risk-budget/contracts';
import type { OwnNode } from '../evaluation/own-evaluation.js';
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
  const { metrics } = data;
  const { totals, beta, diversificationBenefit } = own.evaluation;
  check.figure(`${name} volatility`, metrics.volatilityAnnual, totals.volatility ?? null);
  check.figure(`${name} VaR`, metrics.var, totals.var ?? null);
  check.figure(`${name} ES`, metrics.es, totals.es ?? null);
  check.figure(`${name} historical VaR`, metrics.historicalVar, totals.historicalVar ?? null);
  check.figure(`${name} historical ES`, metrics.historicalEs, totals.historicalEs ?? null);
  check.figure(`${name} tracking error`, metrics.trackingErrorAnnual, totals.trackingError ?? null);
  check.figure(`${name} beta`, metrics.beta, beta);
  check.figure(`${name} diversification benefit`, metrics.diversificationBenefit, diversificationBenefit);
  const gross = sum(own.leaves.map((leaf) => Math.abs(leaf.weight)));
  const net = sum(own.leaves.map((leaf) => leaf.weight));
  check.figure(`${name} gross`, metrics.gross, gross);
  check.figure(`${name} net`, metrics.net, net);
  check.figure(`${name} leverage`, metrics.leverage, gross);
  check.figure(`${name} cash`, metrics.cash, own.cash / own.nav, 1);
  const sizes = grossBy(own, (leaf) => leaf.instrumentId);
  check.figure(`${name} largest weight`, metrics.largestWeight, sizes[0] ?? 0);
  check.figure(`${name} top five`, metrics.topFiveWeight, sum(sizes.slice(0, 5)));
  const herfindahl = sum(sizes.map((size) => (size / gross) ** 2));
  check.figure(`${name} Herfindahl`, metrics.herfindahl, herfindahl);
  check.figure(`${name} effective number`, metrics.effectiveNumber, 1 / herfindahl);
  check.figure(`${name} largest issuer`, metrics.largestIssuerWeight, grossBy(own, (leaf) => leaf.issuer)[0] ?? 0);
  const slowest = [...own.daysToLiquidate.values()];
  check.figure(
    `${name} days to liquidate`,
    metrics.daysToLiquidate,
    slowest.length === 0 ? null : Math.max(...slowest),
  );
}

/** Gross weight by a name, the largest first. */
function grossBy(own: OwnPortfolio, nameOf: (leaf: OwnPortfolio['leaves'][number]) => string): number[] {
  const sizes = new Map<string, number>();
  for (const leaf of own.leaves) sizes.set(nameOf(leaf), (sizes.get(nameOf(leaf)) ?? 0) + Math.abs(leaf.weight));
  return [...sizes.values()].sort((a, b) => b - a);
}

function compareNodes(check: CheckRecorder, name: string, data: UtilizationSnapshot, own: OwnPortfolio): void {
  const listed = new Set(data.nodes.map((node) => node.nodeId));
  for (const [nodeId] of own.evaluation.nodes) {
    const always = /^(portfolio$|strategy:|sector:)/.test(nodeId);
    check.expect(!(always || data.leaves) || listed.has(nodeId), () => `${name}: ${nodeId} is missing`);
  }
  for (const node of data.nodes) {
    const mine = own.evaluation.nodes.get(node.nodeId);
    if (mine === undefined) compareEmptyNode(check, name, node);
    else compareNode(check, `${name} ${node.nodeId}`, node, mine, own);
  }
}

function compareNode(check: CheckRecorder, name: string, node: SnapshotNode, mine: OwnNode, own: OwnPortfolio): void {
  check.figure(`${name} value`, node.value, mine.value, own.nav * shareOfTotal);
  check.figure(`${name} weight`, node.weight, mine.weight);
  if (node.exposure !== undefined) {
    check.figure(`${name} gross`, node.exposure.gross, mine.gross);
    check.figure(`${name} beta`, node.exposure.beta, mine.beta);
  }
  const published = new Map(node.measures.map((figures) => [figures.measure, figures]));
  for (const measure of Object.keys(own.evaluation.totals) as (keyof OwnPortfolio['evaluation']['totals'])[]) {
    const figures = published.get(measure);
    const scale = Math.abs(own.evaluation.totals[measure] ?? 0) * shareOfTotal;
    check.figure(`${name} ${measure}`, figures?.consumption, mine.consumption[measure] ?? null, scale);
    check.figure(`${name} stand-alone ${measure}`, figures?.standalone, mine.standalone[measure] ?? null, scale);
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
