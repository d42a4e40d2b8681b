import type { Actor, Instant } from '@risk-budget/contracts';

/** An event as a handler sees it: checked by its schema, whole (sets of parts are merged), and not seen before. */
export interface ReceivedEvent<Data = unknown> {
  readonly id: string;
  /** Name of the topic in the catalogue, such as `utilization.snapshots`. */
  readonly topic: string;
  readonly type: string;
  readonly key: string;
  /** Who published it, such as `/risk-budget/limits`. */
  readonly source: string;
  /** Number within topic and key; of a set of parts, that of the last one. */
  readonly sequence: number;
  /** Business time. */
  readonly occurredAt: Instant;
  /** Wall clock of the publisher. */
  readonly recordedAt: Instant;
  readonly correlationId: string;
  readonly causationId?: string;
  readonly traceparent?: string;
  readonly actor?: Actor;
  readonly data: Data;
}

/** What a publisher gives. */
export interface EventInput<Data> {
  /** Business time, from the input that caused the event. */
  occurredAt: Instant;
  data: Data;
  /** Default: that of the request or event in hand, else a new one. */
  correlationId?: string;
  causationId?: string;
  actor?: Actor;
}
