import type { ChangeLine, ExplainedNode } from '@risk-budget/contracts';
import { toCsv } from '@risk-budget/service-kit';
import type { ChangeAnswer } from '../changes/change.types.js';
import { htmlPage, htmlTable } from '../rest/html.js';

const columns = [
  'portfolioId',
  'fromAsOf',
  'toAsOf',
  'measure',
  'quantity',
  'nodeId',
  'parentId',
  'line',
  'value',
] as const;

/** One row a node and effect, with the node's figure before and after; effects and `from` sum to `to`. */
export function changeCsv(change: ChangeAnswer): string {
  const { portfolioId, fromAsOf, toAsOf, measure, quantity } = change;
  return toCsv(
    columns,
    nodesOf(change).flatMap(({ nodeId, parentId, from, to, effects }) =>
      [
        { line: 'from', value: from },
        ...effects.map(({ effect, value }) => ({ line: effect as string, value })),
        { line: 'to', value: to },
      ].map((row) => ({ ...{ portfolioId, fromAsOf, toAsOf, measure, quantity, nodeId, parentId }, ...row })),
    ),
  );
}

export function changeHtml(change: ChangeAnswer): string {
  const { portfolioId, measure, quantity, nodeId, fromAsOf, toAsOf, from, to, effects, contributors } = change;
  const number = quantity === 'utilization' ? percent : figure;
  const names = effects.map(({ effect }) => effect);
  return htmlPage(`What changed the ${measure} of ${portfolioId}`, [
    `${quantity} of ${nodeId}: ${from === null ? '–' : number(from)} (${fromAsOf ?? 'not before'}) to ${number(to)} (${toAsOf}).`,
    htmlTable(
      ['node', 'from', ...names, 'to'],
      nodesOf(change).map((node) => [
        node.nodeId,
        node.from === null ? '' : number(node.from),
        ...names.map((name) => number(valueOf(node.effects, name))),
        number(node.to),
      ]),
    ),
    'The largest parts of it:',
    htmlTable(
      ['leaf', 'contribution', 'share'],
      contributors.map(({ nodeId: leaf, contribution, share }) => [
        leaf,
        number(contribution),
        share === null ? '' : percent(share),
      ]),
    ),
  ]);
}

/** The parts, or the whole alone where it does not add up over any. */
function nodesOf(change: ChangeAnswer): (Omit<ExplainedNode, 'from'> & { readonly from: number | null })[] {
  const { nodes, nodeId, from, to, effects } = change;
  return nodes.length > 0 ? nodes : [{ nodeId, parentId: null, from, to, effects }];
}

function valueOf(effects: readonly ChangeLine[], name: string): number {
  return effects.find(({ effect }) => effect === name)?.value ?? 0;
}

const percent = (value: number): string => `${(100 * value).toFixed(2)} %`;
const figure = (value: number): string => value.toFixed(6);
