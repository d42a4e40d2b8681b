import type { StressRun } from '@risk-budget/contracts';
import { held, type AssessedLimit, type Assessment } from '@risk-budget/market-data';

/** A limit on stress loss: of one scenario, or of the worst of all. */
export interface StressLimit extends AssessedLimit {
  readonly scenarioId?: string | undefined;
}

/** The parts of a daily run that limits are held against. */
export type StressFigures = Pick<StressRun, 'results' | 'nodes' | 'state'>;

/**
 * Loss of a node, fraction of the portfolio's NAV. A node that is not listed holds nothing and loses nothing.
 *
 * @returns undefined when the run has no figure: the scenario is not in it, or it may not be the worst that is
 */
export function stressLossOf(run: StressFigures, nodeId: string, scenarioId?: string): number | undefined {
  const losses = run.nodes.find((node) => node.nodeId === nodeId)?.losses;
  if (scenarioId !== undefined) {
    const at = run.results.findIndex((result) => result.scenarioId === scenarioId);
    return at < 0 ? undefined : (losses?.[at] ?? 0);
  }
  if (run.state === 'incomplete' || run.results.length === 0) return undefined;
  return losses === undefined ? 0 : Math.max(...losses);
}

/** Holds a limit against a daily run. A loss has no budget, so that its bound is absolute. */
export function assessStress(limit: StressLimit, run: StressFigures): Assessment {
  const value = stressLossOf(run, limit.nodeId, limit.scenarioId);
  if (value === undefined) return { kind: 'notEvaluated', reason: 'notIncluded', value: null };
  if (limit.bound.kind !== 'absolute') return { kind: 'notEvaluated', reason: 'unbudgeted', value };
  return held(limit, value, limit.bound.value);
}
