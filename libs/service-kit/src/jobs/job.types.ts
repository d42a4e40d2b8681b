import type { Actor, Instant } from '@risk-budget/contracts';
import type { Tx } from '@risk-budget/persistence';

export const jobStates = ['queued', 'running', 'succeeded', 'failed', 'cancelled'] as const;
export type JobState = (typeof jobStates)[number];

/** A job to run; any instance of the service picks it up once the transaction has committed. */
export interface JobRequest {
  readonly kind: string;
  /** Any JSON value; its hash is kept beside it. */
  readonly input: unknown;
  readonly owner: Actor;
  /** Who may see the job: those who may see this portfolio; without one, its owner and operators. */
  readonly portfolioId?: string;
  /** Seed of everything random in the job; drawn when absent, and kept with the result. */
  readonly seed?: number;
}

/** A job as everybody sees it. */
export interface Job {
  readonly id: string;
  readonly kind: string;
  readonly state: JobState;
  readonly portfolioId: string | null;
  readonly owner: Actor;
  /** 0 to 1. */
  readonly progress: number;
  readonly progressMessage: string | null;
  readonly attempts: number;
  readonly seed: number;
  /** SHA-256 of the input's canonical JSON. */
  readonly inputHash: string;
  readonly result: unknown;
  readonly error: { readonly code: string; readonly detail: string } | null;
  readonly cancelRequested: boolean;
  readonly createdAt: Instant;
  readonly startedAt: Instant | null;
  readonly finishedAt: Instant | null;
}

/** A job in the hands of its handler. */
export interface RunningJob<Input = unknown> {
  readonly id: string;
  readonly kind: string;
  readonly input: Input;
  readonly portfolioId: string | null;
  readonly owner: Actor;
  readonly seed: number;
  /** 1 at the first try. */
  readonly attempt: number;
  /** Aborted within a second of a cancel request, and when the lease is lost. Pass it on to whatever takes long. */
  readonly signal: AbortSignal;
  /** The same for a synchronous kernel: its first element becomes 1. Backed by shared memory, so that it can be sent to a worker. */
  readonly cancelFlag: Int32Array<SharedArrayBuffer>;
  /** Says how far the job is, 0 to 1; written with the next heartbeat. */
  progress(fraction: number, message?: string): void;
  /**
   * A transaction that commits only while this run still holds the job's lease.
   * @throws JobLeaseLostError when another instance has taken the job over
   */
  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  /** Ends the job with the result of `work`, in the same transaction as its writes. A handler that never calls it ends with what it returns. */
  complete<T>(work: (tx: Tx) => Promise<T>): Promise<void>;
}
