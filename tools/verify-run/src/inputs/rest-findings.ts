import type { RiskMeasure } from '@risk-budget/contracts';

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

export const riskDimensions = ['security', 'strategy', 'sector', 'issuer', 'factor'] as const;

/** The risk of a portfolio's latest snapshot, told apart. */
export interface RiskFinding {
  readonly portfolioId: string;
  readonly measure: RiskMeasure;
  readonly by: (typeof riskDimensions)[number];
  readonly snapshotId: string;
  readonly total: number;
  readonly lines: readonly {
    readonly name: string;
    readonly kind: string;
    readonly component: number;
    readonly percentage: number | null;
    readonly standalone: number | null;
    readonly xSigmaRho: { readonly exposure: number; readonly deviation: number; readonly correlation: number } | null;
  }[];
}

export interface RestFindings {
  readonly services: readonly ServiceFindings[];
  readonly risk: readonly RiskFinding[];
}
