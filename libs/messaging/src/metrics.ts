/** What messaging counts. The service kit gives an implementation that feeds Prometheus; every method must not throw. */
export interface MessagingMetrics {
  /** Messages that left by the relay or directly. */
  published(topic: string, count: number): void;
  /** Events that a handler applied, with the seconds from their publication to the commit of the slowest of them. */
  applied(topic: string, count: number, seconds: number): void;
  /** Messages that needed no handling: duplicates, older states, types of another version. */
  skipped(topic: string, count: number, reason: SkipReason): void;
  /** One attempt that failed. */
  failed(topic: string, kind: FailureKind): void;
  parked(topic: string, count: number): void;
  deadLettered(topic: string, count: number): void;
  /** Gauge: messages on the topic that this service has not settled. */
  lag(topic: string, messages: number): void;
  /** Gauge: seconds since the oldest outbox row that is not published was written; 0 when there is none. */
  oldestUnpublishedSeconds(seconds: number): void;
  /** Gauge: keys parked on a topic. */
  parkedKeys(topic: string, keys: number): void;
  /** Gauge: sets of parts that are not whole. */
  incompleteSets(topic: string, sets: number): void;
}

export type SkipReason = 'duplicate' | 'olderState' | 'unknownType';

/** Infrastructure failures pause a consumer; a handler's own are tried again and then parked. */
export type FailureKind = 'infrastructure' | 'handler';

/** Counts nothing. */
export const noMetrics: MessagingMetrics = {
  published: () => undefined,
  applied: () => undefined,
  skipped: () => undefined,
  failed: () => undefined,
  parked: () => undefined,
  deadLettered: () => undefined,
  lag: () => undefined,
  oldestUnpublishedSeconds: () => undefined,
  parkedKeys: () => undefined,
  incompleteSets: () => undefined,
};

/** Where messaging says what an operator should know. */
export interface MessagingLog {
  info(message: string, context?: Record<string, unknown>): void;
  warn(message: string, context?: Record<string, unknown>): void;
  error(message: string, context?: Record<string, unknown>): void;
}

export const noLog: MessagingLog = { info: () => undefined, warn: () => undefined, error: () => undefined };
