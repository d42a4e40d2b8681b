import type { BreachState, Instant, LimitMeasure, RiskMeasure } from '@risk-budget/contracts';
import type { Person } from '../person.js';

/** A breach as it stands now. Figures are in the measure's unit. */
export interface BreachRecord {
  readonly breachId: string;
  readonly portfolioId: string;
  readonly limitId: string;
  readonly limitVersion: number;
  readonly severity: 'soft' | 'hard';
  readonly direction: 'upper' | 'lower';
  readonly measure: LimitMeasure;
  /** Of the budget tree, for a limit on utilization. */
  readonly budgetMeasure: RiskMeasure | null;
  readonly nodeId: string;
  readonly state: BreachState;
  readonly nature: 'active' | 'passive';
  readonly openedAt: Instant;
  readonly resolvedAt: Instant | null;
  /** The last snapshot that was held against the limit. */
  readonly snapshotId: string;
  /** The last snapshot before the breach opened in which the limit held; null when there is none. */
  readonly heldSnapshotId: string | null;
  readonly value: number;
  readonly bound: number;
  /** The value furthest beyond its bound so far. */
  readonly worstValue: number;
  readonly escalationPolicyId: string;
  /** Steps of the ladder climbed since it last started. */
  readonly escalationStep: number;
  /** Counts how often the ladder has started: at the opening, and again when a waiver or a remediation runs out. */
  readonly ladder: number;
  readonly ladderStartedAt: Instant;
  readonly acknowledgedBy: Person | null;
  readonly acknowledgedAt: Instant | null;
  readonly waivedBy: Person | null;
  readonly waiverExpiresAt: Instant | null;
  readonly remediationPlan: string | null;
  readonly remediationDueAt: Instant | null;
  /** Keys of all who have planned a remediation of it: none of them may waive it. */
  readonly remediationAuthors: readonly string[];
  readonly reason: string | null;
  readonly revision: number;
}

/** One step in the life of a breach. */
export interface BreachTransition {
  readonly ordinal: number;
  readonly transition: string;
  readonly from: BreachState | null;
  readonly to: BreachState;
  readonly at: Instant;
  readonly by: Person | null;
  readonly event: unknown;
}
