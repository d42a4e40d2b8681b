import { finite, stressNode } from '@risk-budget/contracts';
import type { StressNode } from '@risk-budget/contracts';
import { z } from 'zod';
import type { FinishedRun } from './runs.service.js';

/** One node under one scenario. */
export const nodeLoss = stressNode.omit({ losses: true }).extend({
  scenarioId: z.string(),
  loss: finite.describe('fraction of the portfolio’s NAV'),
});
export type NodeLoss = z.output<typeof nodeLoss>;

/** Every node with the scenario in which it loses most. */
export function worstByNode({ summary, nodes }: FinishedRun): NodeLoss[] {
  return nodes.flatMap((node) => {
    const worst = node.losses.reduce((most, loss, at) => (loss > (node.losses[most] ?? 0) ? at : most), 0);
    return lossOf(node, summary, worst);
  });
}

/** Every node under one scenario, or under each. */
export function lossesByNode({ summary, nodes }: FinishedRun, scenarioId?: string): NodeLoss[] {
  return summary.results.flatMap((result, at) =>
    scenarioId === undefined || result.scenarioId === scenarioId
      ? nodes.flatMap((node) => lossOf(node, summary, at))
      : [],
  );
}

function lossOf(node: StressNode, { results }: FinishedRun['summary'], at: number): NodeLoss[] {
  const result = results[at];
  const loss = node.losses[at];
  if (result === undefined || loss === undefined) return [];
  const { losses: _, ...head } = node;
  return [{ ...head, scenarioId: result.scenarioId, loss }];
}
