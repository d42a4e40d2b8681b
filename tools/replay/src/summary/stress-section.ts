import type { ReplayResult } from '../replay.js';
import { percent, table } from './format.js';
import type { StressRecord } from './run-record.js';

interface Worst {
  readonly loss: number;
  readonly scenario: string;
  readonly asOf: string;
}

/** What each portfolio and strategy would have lost at worst, on which day's holdings and in which scenario. */
export function stressSection({ run }: ReplayResult): string[] {
  if (run.stress.length === 0) return ['Worst stress by node', '  no run'];
  const rows = [...worstByNode(run.stress)]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, { loss, scenario, asOf }]) => {
      const [portfolioId = '', ...node] = key.split(' ');
      return [portfolioId, node.join(' ').replace(/^strategy:/, ''), percent(loss), scenario, asOf.slice(0, 10)];
    });
  const last = [...run.stress]
    .sort((a, b) => (`${a.asOf} ${a.portfolioId}` < `${b.asOf} ${b.portfolioId}` ? -1 : 1))
    .at(-1);
  return [
    'Worst stress by node',
    ...table([['portfolio', 'node', 'loss', 'in', 'with the holdings of'], ...rows]),
    `  on the last day ${last?.scenarios.length ?? 0} scenarios; not known yet: ${last?.leftOut.join(', ') || 'none'}; without figures: ${last?.problems.join(', ') || 'none'}`,
    `  most of the gross that stood on a proxy: ${percent(Math.max(...run.stress.flatMap(({ scenarios }) => scenarios.map((scenario) => scenario.proxiedShare)), 0), 1)}`,
  ];
}

function worstByNode(runs: readonly StressRecord[]): Map<string, Worst> {
  const worst = new Map<string, Worst>();
  for (const { portfolioId, asOf, scenarios, nodes } of runs) {
    for (const { nodeId, losses } of nodes) {
      for (const [at, loss] of losses.entries()) {
        const key = `${portfolioId} ${nodeId}`;
        if (loss <= (worst.get(key)?.loss ?? -Infinity)) continue;
        worst.set(key, { loss, scenario: scenarios[at]?.scenarioName ?? '', asOf });
      }
    }
  }
  return worst;
}
