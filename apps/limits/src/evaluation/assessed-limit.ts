import type { Instant } from '@risk-budget/contracts';
import { boundAt } from '../definitions/limit-record.js';
import type { LimitOverride, LimitVersion } from '../definitions/limit.types.js';
import type { PortfolioWork } from './portfolio-work.js';
import type { StressLimit } from './stress-figures.js';

/** The versions of each limit on some measures. */
export function versionsBy(
  { versions }: Pick<PortfolioWork, 'versions'>,
  wanted: (measure: LimitVersion['proposal']['measure']) => boolean,
): Map<string, LimitVersion[]> {
  const byLimit = new Map<string, LimitVersion[]>();
  for (const version of versions) {
    if (!wanted(version.proposal.measure)) continue;
    byLimit.set(version.limitId, [...(byLimit.get(version.limitId) ?? []), version]);
  }
  return byLimit;
}

/** A version as it is held against figures: at the bound in force then, with its overrides. */
export function assessedLimit(version: LimitVersion, overrides: readonly LimitOverride[], at: Instant): StressLimit {
  const { measure, budgetMeasure, scenarioId, direction, hysteresis } = version.proposal;
  return {
    nodeId: version.nodeId,
    measure,
    budgetMeasure,
    scenarioId,
    direction,
    hysteresis,
    bound: boundAt(version, overrides, at),
  };
}
