import type { Actor } from '@risk-budget/contracts';
import type { Persistence, Tx } from '@risk-budget/persistence';
import { canonicalJson } from '../audit/canonical-json.js';
import type { ClaimedJob, Heartbeat, JobStore } from './job.store.js';
import type { RunningJob } from './job.types.js';

/** Another instance has taken the job over, or it was cancelled: this run may write nothing more. */
export class JobLeaseLostError extends Error {
  readonly code = 'JOB_LEASE_LOST';

  constructor(jobId: string) {
    super(`job ${jobId} is no longer in the hands of this run`);
    this.name = 'JobLeaseLostError';
  }
}

/** One try at a job: what its handler sees, and what the runner knows of it. */
export class JobRun implements RunningJob {
  readonly cancelFlag = new Int32Array(new SharedArrayBuffer(4));
  private readonly controller = new AbortController();
  private fraction = 0;
  private message: string | null = null;
  completed = false;
  /** The lease is gone. */
  abandoned = false;
  cancelled = false;

  constructor(
    readonly job: ClaimedJob,
    private readonly store: JobStore,
    private readonly persistence: Persistence,
  ) {}

  get id(): string {
    return this.job.id;
  }

  get kind(): string {
    return this.job.kind;
  }

  get input(): unknown {
    return this.job.input;
  }

  get portfolioId(): string | null {
    return this.job.portfolioId;
  }

  get owner(): Actor {
    return this.job.owner;
  }

  get seed(): number {
    return this.job.seed;
  }

  get attempt(): number {
    return this.job.attempt;
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  progress(fraction: number, message?: string): void {
    this.fraction = Math.min(1, Math.max(0, Number.isFinite(fraction) ? fraction : 0));
    this.message = message?.slice(0, 500) ?? this.message;
  }

  heartbeat(): Heartbeat {
    return { id: this.job.id, epoch: this.job.epoch, progress: this.fraction, message: this.message };
  }

  async transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    this.assertHeld();
    return this.persistence.transaction(async (tx) => {
      const result = await work(tx);
      // Asked last, and under the row's lock until the commit: no one can take the job over in between.
      if (!(await this.store.holds(tx, this.job))) throw new JobLeaseLostError(this.job.id);
      return result;
    });
  }

  async complete<T>(work: (tx: Tx) => Promise<T>): Promise<void> {
    this.assertHeld();
    await this.persistence.transaction(async (tx) => {
      const result = await work(tx);
      if (!(await this.store.succeed(tx, this.job, canonicalJson(result ?? null))))
        throw new JobLeaseLostError(this.job.id);
    });
    this.completed = true;
  }

  abort(reason: string): void {
    Atomics.store(this.cancelFlag, 0, 1);
    this.controller.abort(new Error(reason));
  }

  abandon(reason: string): void {
    this.abandoned = true;
    this.abort(reason);
  }

  cancel(): void {
    this.cancelled = true;
    this.abandon('the job was cancelled');
  }

  private assertHeld(): void {
    if (this.abandoned) throw new JobLeaseLostError(this.job.id);
    if (this.completed) throw new TypeError(`job ${this.job.id} is complete`);
  }
}
