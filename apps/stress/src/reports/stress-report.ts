import { stressResult, type StressResult } from '@risk-budget/contracts';
import { toCsv } from '@risk-budget/service-kit';
import { z } from 'zod';
import { lossesByNode, nodeLoss, worstByNode } from '../runs/run-nodes.js';
import { runSummary } from '../runs/run.types.js';
import type { FinishedRun } from '../runs/runs.service.js';

/** A run as a report: what it rests on, its scenarios from the worst to the mildest, and what each node would lose at worst. */
export const stressReport = z.object({
  run: runSummary.omit({ results: true }),
  scenarios: z.array(stressResult).describe('the largest loss first'),
  worst: z.array(nodeLoss),
  losses: z.array(nodeLoss).describe('every node under every scenario'),
});
export type StressReport = z.output<typeof stressReport>;

export function stressReportOf(finished: FinishedRun): StressReport {
  const { results, ...run } = finished.summary;
  return {
    run,
    scenarios: [...results].sort((a, b) => b.loss - a.loss),
    worst: worstByNode(finished),
    losses: lossesByNode(finished),
  };
}

const columns = [
  'runId',
  'portfolioId',
  'asOf',
  'scenarioId',
  'scenarioName',
  'kind',
  'windowStart',
  'windowEnd',
  'nodeId',
  'parentId',
  'nodeKind',
  'weight',
  'loss',
  'proxiedShare',
] as const;

/** A row for each node under each scenario. */
export function stressReportCsv({ run, scenarios, losses }: StressReport): string {
  const byId = new Map(scenarios.map((scenario) => [scenario.scenarioId, scenario]));
  return toCsv(
    columns,
    losses.map(({ nodeId, parentId, kind, weight, scenarioId, loss }) => {
      const scenario = byId.get(scenarioId);
      return {
        ...{
          runId: run.runId,
          portfolioId: run.portfolioId,
          asOf: run.asOf,
          scenarioId,
          nodeId,
          parentId,
          weight,
          loss,
        },
        scenarioName: scenario?.scenarioName ?? null,
        kind: scenario?.kind ?? null,
        windowStart: scenario?.window?.start ?? null,
        windowEnd: scenario?.window?.end ?? null,
        nodeKind: kind,
        proxiedShare: scenario?.proxiedShare ?? null,
      };
    }),
  );
}

/** A page that stands by itself: no script, nothing loaded from elsewhere. */
export function stressReportHtml({ run, scenarios, worst }: StressReport): string {
  const nodes = worst.filter(({ kind }) => kind === 'portfolio' || kind === 'strategy' || kind === 'sector');
  const leftOut = run.leftOut.map(({ scenarioId, knownFrom }) => `${scenarioId} (known from ${knownFrom})`);
  const problems = run.problems.map(({ scenarioId, detail }) => `${scenarioId}: ${detail}`);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>${text(`Stress of ${run.portfolioId}, ${run.asOf}`)}</title>
<style>
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; color: #1a1a1a }
table { border-collapse: collapse; width: 100%; margin-bottom: 2rem }
th, td { padding: .3rem .6rem; border-bottom: 1px solid #ddd; text-align: left }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums }
caption { text-align: left; font-weight: 600; padding: .5rem 0 }
</style>
</head>
<body>
<h1>${text(`Stress of ${run.portfolioId}`)}</h1>
<p>${text(`As of ${run.asOf}, net asset value ${run.nav.toFixed(2)}. Losses are positive, as a part of it.`)}</p>
<table>
<caption>Scenarios</caption>
<tr><th>Scenario</th><th>Kind</th><th>Window</th><th class="n">Loss</th><th class="n">Worst point</th><th class="n">Worst day</th><th class="n">On a proxy</th></tr>
${scenarios.map(scenarioRow).join('\n')}
</table>
<table>
<caption>Worst of each node</caption>
<tr><th>Node</th><th class="n">Weight</th><th>Scenario</th><th class="n">Loss</th></tr>
${nodes.map(({ nodeId, weight, scenarioId, loss }) => `<tr><td>${text(nodeId)}</td><td class="n">${percent(weight)}</td><td>${text(scenarioId)}</td><td class="n">${percent(loss)}</td></tr>`).join('\n')}
</table>
<p>${text(leftOut.length === 0 ? 'No scenario was left out.' : `Left out, since nobody could know them yet: ${leftOut.join(', ')}.`)}</p>
${problems.length === 0 ? '' : `<p>${text(`Without a figure: ${problems.join(' ')}`)}</p>\n`}<p>${text(`Run ${run.runId}; risk model ${run.lineage.modelId}; positions ${run.lineage.positionSequence}; prices of ${run.lineage.priceTime}; ${run.lineage.codeVersion}.`)}</p>
</body>
</html>
`;
}

function scenarioRow(scenario: StressResult): string {
  const { scenarioName, kind, window, loss, worstPointLoss, worstDayLoss, proxiedShare } = scenario;
  const days = window === null ? '' : `${window.start} to ${window.end}`;
  const figures = [loss, worstPointLoss, worstDayLoss, proxiedShare].map(
    (value) => `<td class="n">${percent(value)}</td>`,
  );
  return `<tr><td>${text(scenarioName)}</td><td>${kind}</td><td>${days}</td>${figures.join('')}</tr>`;
}

function percent(value: number | null): string {
  return value === null ? '' : `${(100 * value).toFixed(2)} %`;
}

/** Text that is no markup, whatever somebody has named a scenario. */
function text(value: string): string {
  const entities: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return value.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}
