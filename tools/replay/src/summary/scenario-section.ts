import type { DeskActionOf } from '../script/desk.schema.js';
import type { ReplayResult } from '../replay.js';
import { moment, percent, table } from './format.js';

/** The scenarios that the desk has thought of: who proposed and approved each, and what it would cost each portfolio. */
export function scenarioSection({ desk, run }: ReplayResult): string[] {
  const proposals = desk.flatMap(({ action, outcome }) =>
    action.do === 'proposeScenario' && outcome === 'accepted' ? [action] : [],
  );
  if (proposals.length === 0) return [];
  return ['Scenarios of the desk', ...proposals.flatMap((proposal) => linesOf(proposal, { desk, run }))];
}

function linesOf(
  { scenarioId, content, by, at }: DeskActionOf<'proposeScenario'>,
  { desk, run }: Pick<ReplayResult, 'desk' | 'run'>,
): string[] {
  const approval = desk.find(
    ({ action, outcome }) =>
      action.do === 'approveScenario' && action.scenarioId === scenarioId && outcome === 'accepted',
  )?.action;
  const told = `  ${content.name}: proposed by the ${by} on ${moment(at)}, approved by ${approval === undefined ? 'nobody' : `the ${approval.by}`}`;
  const losses = new Map<string, { readonly asOf: string; readonly loss: number }[]>();
  for (const { portfolioId, asOf, scenarios, nodes } of run.stress) {
    const place = scenarios.findIndex((scenario) => scenario.scenarioId === scenarioId);
    const loss = nodes.find(({ nodeId }) => nodeId === 'portfolio')?.losses[place];
    if (loss !== undefined) losses.set(portfolioId, [...(losses.get(portfolioId) ?? []), { asOf, loss }]);
  }
  const rows = [...losses]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([portfolioId, days]) => {
      const worst = days.reduce((most, day) => (day.loss > most.loss ? day : most));
      return [
        portfolioId,
        percent(days[0]?.loss ?? 0),
        percent(worst.loss),
        worst.asOf.slice(0, 10),
        percent(days.at(-1)?.loss ?? 0),
      ];
    });
  return [told, ...table([['portfolio', 'loss at first', 'at worst', 'on', 'at last'], ...rows], '    ')];
}
