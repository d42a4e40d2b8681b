import { snapshotTaken, stressRunCompleted, type LimitDefinition, type StressRun } from '@risk-budget/contracts';
import type { RunEvents } from '../events/run-events.js';
import { absoluteBoundOf, boundOf, figureOf, nodeOf } from './limit-figures.js';

/** Something that limits are held against: a snapshot, or a daily stress run. */
export interface Moment {
  readonly id: string;
  readonly portfolioId: string;
  readonly asOf: string;
  /** It decides nothing. */
  readonly incomplete: boolean;
  /** Whether it says what a node is. */
  knows(nodeId: string): boolean;
  figureOf(limit: LimitDefinition): number | undefined;
  boundOf(limit: LimitDefinition, at: string): number | undefined;
}

export function snapshotMoments(events: RunEvents): Moment[] {
  return events.of(snapshotTaken).map(({ data }) => ({
    id: data.snapshotId,
    portfolioId: data.portfolioId,
    asOf: data.asOf,
    incomplete: data.state === 'incomplete',
    knows: (nodeId) =>
      data.leaves ||
      data.nodes.some((node) => node.nodeId === nodeId) ||
      /^(portfolio$|strategy:|sector:)/.test(nodeId),
    figureOf: (limit) => figureOf(limit, data),
    boundOf: (limit, at) => boundOf(limit, data, at),
  }));
}

/** Runs that somebody asked for open no breach. */
export function stressMoments(events: RunEvents): Moment[] {
  return events
    .of(stressRunCompleted)
    .filter(({ data }) => data.cause === 'schedule')
    .map(({ data }) => ({
      id: data.runId,
      portfolioId: data.portfolioId,
      asOf: data.asOf,
      incomplete: false,
      knows: () => true,
      figureOf: (limit) => stressLossOf(limit, data),
      boundOf: absoluteBoundOf,
    }));
}

/** Of the scenario that the limit names; else of the worst, which is not known while one has no figure. */
function stressLossOf(limit: LimitDefinition, run: StressRun): number | undefined {
  const losses = run.nodes.find((node) => node.nodeId === nodeOf(limit))?.losses;
  const at = run.results.findIndex((result) => result.scenarioId === limit.scenarioId);
  if (limit.scenarioId !== undefined) return at < 0 ? undefined : (losses?.[at] ?? 0);
  if (run.problems.length > 0 || run.results.length === 0) return undefined;
  return losses === undefined ? 0 : Math.max(...losses);
}
