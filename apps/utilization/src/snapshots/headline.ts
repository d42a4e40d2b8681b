import { riskMeasure, utilizationState, type SnapshotNode } from '@risk-budget/contracts';
import { z } from 'zod';

/** The node that has used most of its budget. */
export const worstNode = z.object({
  nodeId: z.string(),
  measure: riskMeasure,
  utilization: z.number(),
  state: utilizationState,
});

/** What a list shows of a portfolio's latest snapshot. */
export const headline = z.object({
  cause: z.string(),
  state: z.enum(['complete', 'incomplete']),
  nav: z.number(),
  volatilityAnnual: z.number(),
  var: z.number(),
  es: z.number(),
  trackingErrorAnnual: z.number().nullable(),
  gross: z.number(),
  net: z.number(),
  worst: worstNode.nullable().describe('null while nothing has a budget'),
  amber: z.int().min(0).describe('nodes, counted once for each measure'),
  red: z.int().min(0),
  stalePrices: z.int().min(0),
});
export type Headline = z.infer<typeof headline>;

/** The worst use of a budget among some nodes; of equals the first, which is the higher one in the tree. */
export function worstOf(nodes: readonly SnapshotNode[]): z.infer<typeof worstNode> | null {
  let worst: z.infer<typeof worstNode> | null = null;
  for (const { nodeId, measures } of nodes) {
    for (const { measure, utilization, state } of measures) {
      if (utilization !== null && utilization > (worst?.utilization ?? -1)) {
        worst = { nodeId, measure, utilization, state };
      }
    }
  }
  return worst;
}

/** How many pairs of node and measure stand in a state. */
export function countState(nodes: readonly SnapshotNode[], state: 'amber' | 'red'): number {
  return nodes.reduce((count, node) => count + node.measures.filter((item) => item.state === state).length, 0);
}
