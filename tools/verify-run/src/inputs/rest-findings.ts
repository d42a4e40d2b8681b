/** What a service says of itself over REST and on its management port, once everything is over. */
export interface ServiceFindings {
  readonly service: string;
  /** Outbox rows that are not published. */
  readonly unpublished: number;
  /** Messages received and not settled: parts of incomplete sets, and the backlog of its subscriptions. */
  readonly unfinished: number;
  readonly parkedKeys: number;
  readonly deadLetters: number;
  readonly auditChains: readonly AuditChain[];
}

/** One hash chain as a service gives it out. */
export interface AuditChain {
  readonly chain: string;
  /** What the service's own verification says. */
  readonly valid: boolean;
  readonly length: number;
  readonly head: string;
  /** Entries in order, each as the service gives it out. */
  readonly entries: readonly Readonly<Record<string, unknown>>[];
}

export interface RestFindings {
  readonly services: readonly ServiceFindings[];
}
