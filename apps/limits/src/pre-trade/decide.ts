import type { Instant } from '@risk-budget/contracts';
import { boundAt } from '../definitions/limit-record.js';
import type { LimitOverride, LimitVersion } from '../definitions/limit.types.js';
import { assess, figureOf, type Figures } from '@risk-budget/market-data';
import type { CheckedLimit, PreTradeResult } from './pre-trade.schemas.js';

/** A difference this small is rounding, not an effect of the trades. Relative to the larger figure, and absolute below 1. */
const tolerance = 1e-12;

/** What some trades do to a portfolio's limits. */
export interface Decision {
  readonly result: PreTradeResult;
  readonly limits: readonly CheckedLimit[];
}

/**
 * Holds each limit against the figures before and after some trades. Trades are refused where they open or worsen a hard breach; what
 * brings a figure closer to its bound passes, however far beyond it still is.
 */
export function decide(
  versions: readonly LimitVersion[],
  overrides: readonly LimitOverride[],
  figures: { readonly before: Figures; readonly after: Figures },
  at: Instant,
): Decision {
  const limits = versions.flatMap((version) => {
    const own = overrides.filter((override) => override.limitId === version.limitId);
    return checked(version, own, figures, at);
  });
  return { result: resultOf(limits), limits };
}

/** Each limit under the scenario that is worst for it: one in which the trades worsen a breach, then the one with the least headroom. */
export function worstOf(decisions: readonly Decision[]): Decision {
  const worst = new Map<string, CheckedLimit>();
  for (const limit of decisions.flatMap((decision) => decision.limits)) {
    const known = worst.get(limit.limitId);
    if (known === undefined || isWorse(limit, known)) worst.set(limit.limitId, limit);
  }
  const limits = [...worst.values()].sort((a, b) => (a.limitId < b.limitId ? -1 : 1));
  return { result: resultOf(limits), limits };
}

/** Whether orders take headroom from a limit: its figure comes closer to the bound, or goes further beyond it, or comes about. */
export function takesHeadroom(
  version: LimitVersion,
  figures: { readonly before: Figures; readonly after: Figures },
): boolean {
  const { measure, budgetMeasure, direction } = version.proposal;
  const before = figureOf(figures.before, version.nodeId, measure, budgetMeasure);
  const after = figureOf(figures.after, version.nodeId, measure, budgetMeasure);
  if (after === undefined) return false;
  return before === undefined || changeBeyond(before, after, direction) > 0;
}

function resultOf(limits: readonly CheckedLimit[]): PreTradeResult {
  const worsened = limits.filter((limit) => limit.worsens);
  if (worsened.some((limit) => limit.severity === 'hard')) return 'hard';
  return worsened.length > 0 ? 'soft' : 'pass';
}

function isWorse(a: CheckedLimit, b: CheckedLimit): boolean {
  if (a.worsens !== b.worsens) return a.worsens;
  return headroomOf(a) < headroomOf(b);
}

function headroomOf({ direction, bound, after }: CheckedLimit): number {
  return direction === 'upper' ? bound - after : after - bound;
}

function checked(
  version: LimitVersion,
  overrides: readonly LimitOverride[],
  figures: { readonly before: Figures; readonly after: Figures },
  at: Instant,
): CheckedLimit[] {
  const { name, measure, budgetMeasure, scope, direction, severity, hysteresis } = version.proposal;
  const { limitId, nodeId } = version;
  const limit = { nodeId, measure, budgetMeasure, direction, hysteresis, bound: boundAt(version, overrides, at) };
  const before = assess(limit, figures.before);
  const after = assess(limit, figures.after);
  if (after.kind !== 'evaluated') return [];
  // A figure that the trades bring about (the first name of a strategy, say) is beyond its bound through them.
  const change = before.kind === 'evaluated' ? changeBeyond(before.value, after.value, direction) : Infinity;
  if (change === 0) return [];
  return [
    {
      limitId,
      version: version.version,
      name,
      measure,
      scope,
      nodeId,
      direction,
      severity,
      before: before.kind === 'evaluated' ? before.value : null,
      after: after.value,
      bound: after.bound,
      breachedBefore: before.kind === 'evaluated' && before.beyond,
      breachedAfter: after.beyond,
      worsens: after.beyond && change > 0,
    },
  ];
}

/** How much further towards or beyond its bound a figure is; 0 within rounding. */
function changeBeyond(before: number, after: number, direction: 'upper' | 'lower'): number {
  const change = direction === 'upper' ? after - before : before - after;
  const rounding = tolerance * Math.max(1, Math.abs(after), Math.abs(before));
  return Math.abs(change) <= rounding ? 0 : change;
}
