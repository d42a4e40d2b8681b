import type { Instant, LimitBound, LimitDefinition, LimitOverride as PublishedOverride } from '@risk-budget/contracts';
import { isBefore, within } from '../instants.js';
import type { LimitOverride, LimitVersion } from './limit.types.js';

/** The approved version that counts at an instant. */
export function versionAt(versions: readonly LimitVersion[], at: Instant): LimitVersion | undefined {
  return versions.find(
    (version) => version.status === 'active' && within(at, version.proposal.effectiveFrom, version.inForceTo),
  );
}

/** The approved override that counts at an instant. */
export function overrideAt(overrides: readonly LimitOverride[], at: Instant): LimitOverride | undefined {
  return overrides.find(
    (override) => override.status === 'approved' && within(at, override.effectiveFrom, override.effectiveTo),
  );
}

/** The bound that counts at an instant: the override's where there is one. */
export function boundAt(version: LimitVersion, overrides: readonly LimitOverride[], at: Instant): LimitBound {
  return overrideAt(overrides, at)?.bound ?? version.proposal.bound;
}

/** A limit as it is published. */
export function publishedLimit(
  version: LimitVersion,
  overrides: readonly LimitOverride[],
  now: Instant,
): LimitDefinition {
  const { effectiveTo, ...proposal } = version.proposal;
  const end = version.inForceTo ?? effectiveTo;
  const running = overrides.filter((override) => override.status === 'approved' && isBefore(now, override.effectiveTo));
  return {
    ...proposal,
    ...(end === undefined || end === null ? {} : { effectiveTo: end }),
    version: version.version,
    status: version.status,
    proposedBy: version.proposedBy.subject,
    approvedBy: version.approvedBy?.subject ?? null,
    ...(running.length === 0 ? {} : { overrides: running.map(publishedOverride) }),
  };
}

function publishedOverride(override: LimitOverride): PublishedOverride {
  const { overrideId, bound, effectiveFrom, effectiveTo } = override;
  return { overrideId, bound, effectiveFrom, effectiveTo };
}
