import type { Instant } from '@risk-budget/contracts';

/**
 * How a limit stands. `incomplete`: the last snapshot modelled too little, so that the limit is neither kept nor broken. `unbudgeted`: a
 * share of a budget that does not exist. `notEvaluated`: no snapshot has had the figure yet, or the portfolio cannot be evaluated.
 */
export const standingStates = [
  'compliant',
  'breached',
  'incomplete',
  'unbudgeted',
  'notEvaluated',
  'notInForce',
] as const;
export type StandingState = (typeof standingStates)[number];

/** A limit held against the last snapshot that had its figure. */
export interface Standing {
  readonly limitId: string;
  readonly portfolioId: string;
  readonly limitVersion: number;
  readonly state: StandingState;
  readonly value: number | null;
  readonly bound: number | null;
  /** Distance to the bound, negative beyond it. */
  readonly headroom: number | null;
  /** Since when the limit is in this state. */
  readonly since: Instant;
  /** Business time of the snapshot, or of the decision. */
  readonly at: Instant;
  readonly snapshotId: string | null;
  /** The last snapshot in which the limit held; null when there is none. */
  readonly heldSnapshotId: string | null;
}
