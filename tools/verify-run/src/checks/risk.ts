import { snapshotTaken, type RiskMeasure } from '@risk-budget/contracts';
import { OwnPortfolios, type OwnPortfolio } from '../evaluation/own-portfolio.js';
import type { RiskFinding } from '../inputs/rest-findings.js';
import { CheckRecorder, type Check } from '../report.js';
import type { RunContext } from './context.js';

/** The node or view behind a line; a factor has none. */
const prefixes: Readonly<Record<RiskFinding['by'], string | undefined>> = {
  security: 'instrument:',
  strategy: 'strategy:',
  sector: 'sectorTotal:',
  issuer: 'issuer:',
  factor: undefined,
};

const historical: ReadonlySet<RiskMeasure> = new Set(['historicalVar', 'historicalEs']);

/** Risk told apart by REST: each line as recomputed, all of them the total, each the product of its exposure, deviation and correlation. */
export function checkRisk(context: RunContext): Check[] {
  const sums = new CheckRecorder('risk by REST: contributions sum to the total by every dimension and measure');
  const lines = new CheckRecorder('risk by REST: contribution and stand-alone risk of every line');
  const portfolios = new OwnPortfolios(context);
  const taken = new Map(context.events.of(snapshotTaken).map((event) => [event.data.snapshotId, event]));
  const own = new Map<string, OwnPortfolio>();
  sums.expect(context.rest.risk.length > 0, () => 'nobody was asked');
  for (const finding of context.rest.risk) {
    const name = `${finding.portfolioId} ${finding.measure} by ${finding.by}`;
    const event = taken.get(finding.snapshotId);
    sums.expect(event !== undefined, () => `${name}: nobody knows the snapshot ${finding.snapshotId}`);
    if (event === undefined) continue;
    const portfolio = own.get(finding.snapshotId) ?? portfolios.at(event.data, event.publishedAt);
    own.set(finding.snapshotId, portfolio);
    checkSums(sums, name, finding, portfolio.evaluation.totals[finding.measure] ?? null);
    checkLines(lines, name, finding, portfolio);
  }
  return [sums.result(), lines.result()];
}

function checkSums(
  check: CheckRecorder,
  name: string,
  { total, lines, measure }: RiskFinding,
  own: number | null,
): void {
  check.figure(`${name} total`, total, own);
  const sum = lines.reduce((all, { component }) => all + component, 0);
  check.figure(`${name} components`, sum, total);
  const shares = lines.reduce((all, { percentage }) => all + (percentage ?? 0), 0);
  check.figure(`${name} shares`, shares, total === 0 ? 0 : 1);
  for (const { name: part, kind, component, xSigmaRho } of lines) {
    if (kind === 'specific') continue;
    check.expect(
      (xSigmaRho === null) === historical.has(measure),
      () => `${name} ${part}: x-sigma-rho where there is none`,
    );
    if (xSigmaRho === null) continue;
    const { exposure, deviation, correlation } = xSigmaRho;
    check.figure(`${name} ${part} x-sigma-rho`, exposure * deviation * correlation, component, total * 1e-3);
  }
}

function checkLines(check: CheckRecorder, name: string, finding: RiskFinding, { evaluation }: OwnPortfolio): void {
  const { by, lines, measure, total } = finding;
  const prefix = prefixes[by];
  if (prefix === undefined) {
    return check.expect(lines.at(-1)?.kind === 'specific', () => `${name}: the specific part is not the last line`);
  }
  const scale = Math.abs(total) * 1e-3;
  const wanted = new Set([...evaluation.nodes.keys()].filter((nodeId) => nodeId.startsWith(prefix)));
  for (const line of lines) {
    const nodeId = line.kind === 'benchmark' ? 'benchmark' : `${prefix}${line.name}`;
    const node = evaluation.nodes.get(nodeId);
    wanted.delete(nodeId);
    check.figure(`${name} ${line.name}`, line.component, node?.consumption[measure] ?? null, scale);
    check.figure(`${name} ${line.name} alone`, line.standalone, node?.standalone[measure] ?? null, scale);
  }
  for (const missing of wanted) check.expect(false, () => `${name}: ${missing} is missing`);
}
