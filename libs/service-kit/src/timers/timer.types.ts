import type { Instant } from '@risk-budget/contracts';
import type { Tx } from '@risk-budget/persistence';

/** A timer to set: when business time reaches `dueAt`, the handler of its kind is called. */
export interface TimerRequest {
  readonly kind: string;
  /** Names the timer within its kind; setting it again moves the pending one. */
  readonly key: string;
  readonly dueAt: Instant;
  /** Any JSON value; handed to the handler as it is. */
  readonly payload?: unknown;
}

/** A timer that is due. */
export interface FiredTimer<Payload = unknown> {
  readonly id: string;
  readonly kind: string;
  readonly key: string;
  /** The business time of the firing; what the handler decides is decided as of this time. */
  readonly dueAt: Instant;
  readonly payload: Payload;
  /** 1 at the first try, more when the handler failed before. */
  readonly attempt: number;
}

export interface TimerContext {
  /** The transaction that ends the timer; the handler's writes and events go through it. */
  readonly tx: Tx;
  /** Business time that let the timer fire: `dueAt`, or later when the clock jumped or the service was away. */
  readonly clockTime: Instant;
  /** Correlation id of whoever set the timer. */
  readonly correlationId: string;
}

export const timerStates = ['pending', 'failing', 'fired', 'cancelled'] as const;
export type TimerState = (typeof timerStates)[number];

/** A timer as an operator sees it. */
export interface TimerView {
  readonly id: string;
  readonly kind: string;
  readonly key: string;
  readonly dueAt: Instant;
  readonly state: TimerState;
  readonly attempts: number;
  readonly lastError: string | null;
  readonly nextAttemptAt: Instant | null;
  readonly firedAt: Instant | null;
}
