import {
  freeText,
  identifier,
  instant,
  limitBound,
  limitProposal,
  limitStatus,
  uuid,
  type Instant,
} from '@risk-budget/contracts';
import { pageSchema } from '@risk-budget/service-kit';
import { z } from 'zod';
import { person } from '../person.js';
import { versionAt } from './limit-record.js';
import type { LimitHead, LimitOverride, LimitVersion } from './limit.types.js';

/** One version of a limit, with who wrote it and who decided on it. */
export const limitVersionView = z.object({
  version: z.int().min(1),
  change: z.enum(['created', 'revised', 'retired']).describe('what approving this version does to the limit'),
  status: limitStatus,
  definition: limitProposal,
  nodeId: z.string().describe('the node or view of the snapshots that the limit is about'),
  inForceTo: instant.nullable().describe('until when an approved version counts; null for no end'),
  source: z.enum(['rest', 'topic', 'file']),
  proposedBy: person,
  proposedAt: instant,
  approvedBy: person.nullable(),
  approvedAt: instant.nullable(),
  rejectedBy: person.nullable(),
  rejectedAt: instant.nullable(),
  rejectionReason: z.string().nullable(),
});
export type LimitVersionView = z.infer<typeof limitVersionView>;

export const limitOverrideView = z.object({
  overrideId: uuid,
  status: z.enum(['proposed', 'approved', 'rejected']),
  bound: limitBound,
  effectiveFrom: instant,
  effectiveTo: instant,
  reason: z.string(),
  proposedBy: person,
  proposedAt: instant,
  approvedBy: person.nullable(),
  approvedAt: instant.nullable(),
  rejectedBy: person.nullable(),
  rejectedAt: instant.nullable(),
  rejectionReason: z.string().nullable(),
});
export type LimitOverrideView = z.infer<typeof limitOverrideView>;

/** A limit as a whole: what is in force now, and what waits for a decision. */
export const limitView = z.object({
  limitId: z.string(),
  portfolioId: z.string(),
  revision: z.int().min(1).describe('grows with every change; the ETag'),
  inForce: limitVersionView.nullable().describe('the version that counts now'),
  proposed: limitVersionView.nullable().describe('the version that waits for approval'),
  latest: limitVersionView,
  overrides: z.array(limitOverrideView).describe('those that have not ended'),
});
export type LimitView = z.infer<typeof limitView>;

export const revisionBody = limitProposal.omit({ limitId: true });
export type RevisionBody = z.infer<typeof revisionBody>;

export const reasonBody = z.object({ reason: freeText });
export type ReasonBody = z.infer<typeof reasonBody>;

export const overrideBody = z.object({
  bound: limitBound,
  effectiveFrom: instant,
  effectiveTo: instant,
  reason: freeText,
});
export type OverrideBody = z.infer<typeof overrideBody>;

export const limitQuery = pageSchema().extend({
  portfolioId: identifier.optional(),
  status: limitStatus.optional().describe('of the version in force, of the one proposed, or of the last one'),
  measure: limitProposal.shape.measure.optional(),
  severity: limitProposal.shape.severity.optional(),
});
export type LimitQuery = z.output<typeof limitQuery>;

export function versionView(version: LimitVersion): LimitVersionView {
  const { proposal, editors: _, limitId: __, ...rest } = version;
  return { ...rest, definition: proposal };
}

export function overrideView(override: LimitOverride): LimitOverrideView {
  const { limitId: _, portfolioId: __, ...view } = override;
  return view;
}

export function limitViewOf(
  head: LimitHead,
  versions: readonly LimitVersion[],
  overrides: readonly LimitOverride[],
  now: Instant,
): LimitView {
  const latest = versions.at(-1);
  if (latest === undefined) throw new TypeError(`limit ${head.limitId} has no version`);
  const inForce = versionAt(versions, now);
  const proposed = versions.find((version) => version.status === 'proposed');
  return {
    limitId: head.limitId,
    portfolioId: head.portfolioId,
    revision: head.revision,
    inForce: inForce === undefined ? null : versionView(inForce),
    proposed: proposed === undefined ? null : versionView(proposed),
    latest: versionView(latest),
    overrides: overrides.filter((override) => Date.parse(override.effectiveTo) > Date.parse(now)).map(overrideView),
  };
}
