import type { Instant, LimitBound, LimitProposal, LimitStatus } from '@risk-budget/contracts';
import type { Person } from '../person.js';

/** By which door a proposal came in. */
export type ProposalSource = 'rest' | 'topic' | 'file';

/** What a version does to its limit. */
export type VersionChange = 'created' | 'revised' | 'retired';

/** One version of a limit. */
export interface LimitVersion {
  readonly limitId: string;
  readonly version: number;
  readonly change: VersionChange;
  readonly status: LimitStatus;
  readonly proposal: LimitProposal;
  readonly nodeId: string;
  /** Until when an approved version counts: its own end, or the beginning of its successor. */
  readonly inForceTo: Instant | null;
  readonly source: ProposalSource;
  readonly proposedBy: Person;
  readonly proposedAt: Instant;
  /** Keys of all who wrote something into this version, its proposer included: none of them may approve it. */
  readonly editors: readonly string[];
  readonly approvedBy: Person | null;
  readonly approvedAt: Instant | null;
  readonly rejectedBy: Person | null;
  readonly rejectedAt: Instant | null;
  readonly rejectionReason: string | null;
}

/** Another bound for a while. */
export interface LimitOverride {
  readonly overrideId: string;
  readonly limitId: string;
  readonly portfolioId: string;
  readonly status: 'proposed' | 'approved' | 'rejected';
  readonly bound: LimitBound;
  readonly effectiveFrom: Instant;
  readonly effectiveTo: Instant;
  readonly reason: string;
  readonly proposedBy: Person;
  readonly proposedAt: Instant;
  readonly approvedBy: Person | null;
  readonly approvedAt: Instant | null;
  readonly rejectedBy: Person | null;
  readonly rejectedAt: Instant | null;
  readonly rejectionReason: string | null;
}

/** A limit as a whole; `revision` grows with every change of it and is its ETag. */
export interface LimitHead {
  readonly limitId: string;
  readonly portfolioId: string;
  readonly revision: number;
}

/** Two limits with the same key ask the same question of the same figure. */
export function overlapKey(proposal: LimitProposal, nodeId: string): string {
  const { portfolioId, measure, budgetMeasure, scenarioId, direction, severity } = proposal;
  const figure = scenarioId === undefined ? measure : `${measure} ${scenarioId}`;
  return [portfolioId, figure, budgetMeasure ?? '', nodeId, direction, severity].join('|');
}
