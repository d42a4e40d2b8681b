import type { Instant } from '@risk-budget/contracts';
import { earlierOf, isBefore } from '../instants.js';
import type { Person } from '../person.js';
import { applyLimitAction } from './limit-states.js';
import type { LimitOverride, LimitVersion } from './limit.types.js';

/** What the approval of a version does to it and to the approved versions before it. */
export interface Succession {
  readonly approved: LimitVersion;
  /** Versions that change: superseded, or ending where the approved one begins. */
  readonly changed: readonly LimitVersion[];
}

/**
 * Approves a version. One whose day has come takes over at once; one of a later day lets the version in force run until then. A
 * retirement ends whatever is approved.
 */
export function succeed(
  versions: readonly LimitVersion[],
  proposed: LimitVersion,
  by: Person,
  now: Instant,
): Succession {
  const retires = proposed.change === 'retired';
  const begins = proposed.proposal.effectiveFrom;
  const takesOverAt = retires || !isBefore(now, begins) ? now : begins;
  const approved: LimitVersion = {
    ...proposed,
    status: applyLimitAction(proposed.limitId, proposed.status, retires ? 'approveRetirement' : 'approve'),
    inForceTo: retires ? now : (proposed.proposal.effectiveTo ?? null),
    approvedBy: by,
    approvedAt: now,
  };
  const changed = versions
    .filter((version) => version.status === 'active')
    .map((version) => replaceFrom(version, takesOverAt, takesOverAt === now));
  return { approved, changed };
}

function replaceFrom(version: LimitVersion, at: Instant, now: boolean): LimitVersion {
  const starts = version.proposal.effectiveFrom;
  if (now || !isBefore(starts, at)) {
    const status = applyLimitAction(version.limitId, version.status, 'replace');
    return { ...version, status, inForceTo: isBefore(starts, at) ? earlierOf(version.inForceTo, at) : starts };
  }
  return { ...version, inForceTo: earlierOf(version.inForceTo, at) };
}

/** Approved versions whose time is over: superseded when another one is approved, retired when it was the last. */
export function lapsed(versions: readonly LimitVersion[], now: Instant): LimitVersion[] {
  const active = versions.filter((version) => version.status === 'active');
  const over = active.filter((version) => version.inForceTo !== null && !isBefore(now, version.inForceTo));
  const lasts = over.length === active.length ? over.at(-1) : undefined;
  return over.map((version) => ({
    ...version,
    status: applyLimitAction(version.limitId, version.status, version === lasts ? 'lapse' : 'replace'),
  }));
}

/** The next instant at which another version or another bound counts, or none does. */
export function nextEdge(
  versions: readonly LimitVersion[],
  overrides: readonly LimitOverride[],
  now: Instant,
): Instant | null {
  const active = versions.filter((version) => version.status === 'active');
  if (active.length === 0) return null;
  const approved = overrides.filter((override) => override.status === 'approved');
  return [
    ...active.flatMap((version) => [version.proposal.effectiveFrom, version.inForceTo]),
    ...approved.flatMap((override) => [override.effectiveFrom, override.effectiveTo]),
  ]
    .filter((edge) => edge !== null && isBefore(now, edge))
    .reduce<Instant | null>((earliest, edge) => earlierOf(earliest, edge), null);
}
