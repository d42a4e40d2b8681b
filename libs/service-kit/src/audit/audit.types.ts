import type { Actor, Instant } from '@risk-budget/contracts';

/** A decision to put on record. */
export interface AuditRecord {
  /** A portfolio id, or `service` for what concerns no portfolio. */
  readonly chain: string;
  readonly actor: Actor;
  /** What was done, for example `limit.approved`. */
  readonly action: string;
  /** To what, for example a limit's id. */
  readonly subject: string;
  /** Everything needed to understand the decision later; any JSON object. */
  readonly data: Readonly<Record<string, unknown>>;
  /** Business time, default the clock's. */
  readonly occurredAt?: Instant;
}

/** A decision on record, bound to the one before by its hash. */
export interface AuditEntry {
  readonly chain: string;
  /** 1 for the first. */
  readonly position: number;
  /** Hash of the entry before; 64 zeros for the first. */
  readonly previous: string;
  /** SHA-256, in hex, of the canonical JSON of everything else here. */
  readonly hash: string;
  readonly occurredAt: Instant;
  readonly recordedAt: Instant;
  readonly actor: Actor;
  readonly action: string;
  readonly subject: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** What is wrong with a chain, and where. */
export interface AuditProblem {
  readonly position: number;
  readonly problem: string;
}

export interface AuditVerification {
  readonly chain: string;
  readonly valid: boolean;
  readonly length: number;
  /** Hash of the last entry; 64 zeros for an empty chain. */
  readonly head: string;
  /** At most 20; verification goes on behind the first. */
  readonly problems: readonly AuditProblem[];
}
