import type { Instant } from '@risk-budget/contracts';
import { boundAt } from '../definitions/limit-record.js';
import type { LimitOverride, LimitVersion } from '../definitions/limit.types.js';
import { assess } from '../evaluation/assess.js';
import type { Figures } from '../evaluation/figures.js';
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
  const worsened = limits.filter((limit) => limit.worsens);
  const hard = worsened.some((limit) => limit.severity === 'hard');
  return { result: hard ? 'hard' : worsened.length > 0 ? 'soft' : 'pass', limits };
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
