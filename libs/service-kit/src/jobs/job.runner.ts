import { SpanKind } from '@opentelemetry/api';
import { CodedError } from '@risk-budget/contracts';
import { isInfrastructureError, type Persistence } from '@risk-budget/persistence';
import type { WorkRunner } from '../context/work-runner.js';
import type { Logger } from '../logging/logger.js';
import type { Metrics } from '../metrics/metrics.js';
import { Loop } from '../nest/loop.js';
import type { MarkedMethod } from '../nest/marked-methods.js';
import { JobLeaseLostError, JobRun } from './job-run.js';
import type { JobHandlerMetadata } from './job.decorator.js';
import type { ClaimedJob, JobStore } from './job.store.js';

export interface JobRunnerParts {
  readonly store: JobStore;
  readonly persistence: Persistence;
  readonly handlers: ReadonlyMap<string, MarkedMethod<JobHandlerMetadata>>;
  readonly work: WorkRunner;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly instance: string;
  readonly concurrency: number;
  /** Calls back when this process has queued or cancelled a job. */
  readonly onChange: (listener: () => void) => () => void;
}

/** Jobs queued here are claimed at once, by whoever has room; others' only when they have died, or have no room. */
const pollMs = 1_000;
const heartbeatMs = 400;
const defaultAttempts = 3;
const graceMs = 2000;

/** Runs this instance's share of the jobs: claims, keeps the leases alive, watches for cancels, and writes each result once. */
export class JobRunner {
  private readonly running = new Map<string, { run: JobRun; done: Promise<void> }>();
  private readonly claims: Loop;
  private readonly heartbeats: Loop;
  private readonly ended;
  private unsubscribe: () => void = () => undefined;

  constructor(private readonly parts: JobRunnerParts) {
    this.ended = parts.metrics.counter('risk_budget_jobs_ended_total', 'Tries of jobs by their end', ['kind', 'end']);
    parts.metrics.observedGauge('risk_budget_jobs_running', 'Jobs running in this instance', () => this.running.size);
    const onError = (error: unknown): void => parts.logger.warn('the job queue cannot be reached', { error });
    this.claims = new Loop(() => this.claimAll(), { everyMs: pollMs, onError });
    this.heartbeats = new Loop(() => this.beat(), { everyMs: heartbeatMs, maximumPauseMs: 1000, onError });
  }

  start(): void {
    if (this.parts.handlers.size === 0) return;
    this.claims.start();
    this.heartbeats.start();
    this.unsubscribe = this.parts.onChange(() => {
      this.claims.wake();
      this.heartbeats.wake();
    });
  }

  /** Stops claiming, asks running handlers to end, and gives back what they have not finished. */
  async stop(): Promise<void> {
    this.unsubscribe();
    await this.claims.stop();
    const runs = [...this.running.values()];
    for (const { run } of runs) run.abort('the instance is stopping');
    const ended = Promise.allSettled(runs.map(({ done }) => done));
    const grace = new Promise<void>((resolve) => setTimeout(resolve, graceMs).unref());
    await Promise.race([ended, grace]);
    await Promise.allSettled([...this.running.values()].map(({ run }) => this.parts.store.requeue(run.job, 0, false)));
    await this.heartbeats.stop();
  }

  private async claimAll(): Promise<void> {
    while (!this.claims.stopping && this.running.size < this.parts.concurrency) {
      const job = await this.parts.store.claim(this.parts.instance, [...this.parts.handlers.keys()]);
      if (job === undefined) return;
      const run = new JobRun(job, this.parts.store, this.parts.persistence);
      const done = this.carryOut(run).finally(() => {
        this.running.delete(job.id);
        this.claims.wake();
      });
      this.running.set(job.id, { run, done });
    }
  }

  /** Never rejects: whatever becomes of a job is written into its row, or found out by the next to claim it. */
  private async carryOut(run: JobRun): Promise<void> {
    const { job } = run;
    const handler = this.parts.handlers.get(job.kind);
    const maxAttempts = handler?.metadata.maxAttempts ?? defaultAttempts;
    try {
      if (handler === undefined || job.attempt > maxAttempts) {
        await this.parts.store.fail(job, {
          code: 'JOB_ABANDONED',
          detail: `The job was started ${job.attempt - 1} times and never ended.`,
        });
        return this.count(job, 'failed');
      }
      const cause = {
        name: `job ${job.kind}`,
        correlationId: job.correlationId,
        traceparent: job.traceparent ?? undefined,
        kind: SpanKind.CONSUMER,
      };
      await this.parts.work.run(cause, async () => {
        const result = await handler.call(run);
        if (!run.completed) await run.complete(() => Promise.resolve(result));
      });
      this.count(job, 'succeeded');
    } catch (error) {
      await this.afterFailure(run, error, maxAttempts).catch((second: unknown) =>
        this.parts.logger.error('the end of a job could not be written; its lease will run out', {
          job: job.id,
          error: second,
        }),
      );
    }
  }

  private async afterFailure(run: JobRun, error: unknown, maxAttempts: number): Promise<void> {
    const { job } = run;
    if (run.abandoned || error instanceof JobLeaseLostError)
      return this.count(job, run.cancelled ? 'cancelled' : 'lost');
    if (this.claims.stopping && run.signal.aborted) {
      await this.parts.store.requeue(job, 0, false);
      return this.count(job, 'requeued');
    }
    const retryable = isInfrastructureError(error) || !CodedError.is(error) || error.retryable;
    this.parts.logger.error('a job failed', { job: job.id, kind: job.kind, attempt: job.attempt, retryable, error });
    if (retryable && job.attempt < maxAttempts) {
      await this.parts.store.requeue(job, 2 ** job.attempt / 2, true);
      return this.count(job, 'requeued');
    }
    const { code, detail } = CodedError.is(error)
      ? error
      : { code: 'JOB_FAILED', detail: 'The job failed by a defect of the service; its log holds the correlation id.' };
    await this.parts.store.fail(job, { code, detail });
    this.count(job, 'failed');
  }

  private async beat(): Promise<void> {
    const runs = [...this.running.values()].map(({ run }) => run).filter((run) => !run.completed && !run.abandoned);
    if (runs.length === 0) return;
    const held = await this.parts.store.heartbeat(runs.map((run) => run.heartbeat()));
    for (const run of runs) {
      const state = held.get(run.id);
      if (state === undefined) {
        if (!run.completed) run.abandon('the lease of the job was lost');
      } else if (state.cancelRequested && (await this.parts.store.cancel(run.job))) {
        run.cancel();
      }
    }
  }

  private count(job: ClaimedJob, end: string): void {
    this.ended.inc({ kind: job.kind, end });
  }
}
