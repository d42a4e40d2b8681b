import type { Actor } from '@risk-budget/contracts';
import { execute, rows, type Persistence, type Tx } from '@risk-budget/persistence';

/** A job that this instance holds the lease of. */
export interface ClaimedJob {
  readonly id: string;
  readonly kind: string;
  readonly input: unknown;
  readonly portfolioId: string | null;
  readonly owner: Actor;
  readonly seed: number;
  readonly attempt: number;
  /** Grows with every claim; whoever holds an older one may write nothing more. */
  readonly epoch: number;
  readonly correlationId: string;
  readonly traceparent: string | null;
}

export interface Heartbeat {
  readonly id: string;
  readonly epoch: number;
  readonly progress: number;
  readonly message: string | null;
}

/** A lease outlives this many missed heartbeats; another instance takes a dead one's jobs over after it, well within ten seconds. */
const lease = `clock_timestamp() + interval '7 seconds'`;
const mine = `id = $1 AND lease_epoch = $2 AND state = 'running'`;

/** The queue of jobs in the service's schema. */
export class JobStore {
  constructor(private readonly persistence: Persistence) {}

  /** Takes the oldest job that is queued, or whose lease has run out. */
  async claim(instance: string, kinds: readonly string[]): Promise<ClaimedJob | undefined> {
    const [job] = await this.persistence.query<ClaimedJob>(
      `UPDATE job SET state = 'running', lease_owner = $1, lease_epoch = lease_epoch + 1, lease_until = ${lease},
           attempts = attempts + 1, started_at = coalesce(started_at, clock_timestamp()), progress = 0, progress_message = NULL
         WHERE id = (SELECT id FROM job
                     WHERE kind = ANY($2) AND (state = 'queued' AND not_before <= clock_timestamp() OR state = 'running' AND lease_until < clock_timestamp())
                     ORDER BY created_at FOR UPDATE SKIP LOCKED LIMIT 1)
         RETURNING id, kind, input, portfolio_id AS "portfolioId", owner, seed, attempts AS attempt, lease_epoch AS epoch,
           correlation_id AS "correlationId", traceparent`,
      [instance, kinds],
    );
    return job;
  }

  /** Renews leases and writes progress. @returns the jobs still held, and whether their end is wanted */
  async heartbeat(beats: readonly Heartbeat[]): Promise<Map<string, { cancelRequested: boolean }>> {
    const held = await this.persistence.query<{ id: string; cancelRequested: boolean }>(
      `UPDATE job SET lease_until = ${lease}, progress = beat.progress, progress_message = beat.message
       FROM unnest($1::uuid[], $2::bigint[], $3::float8[], $4::text[]) AS beat (id, epoch, progress, message)
       WHERE job.id = beat.id AND job.lease_epoch = beat.epoch AND job.state = 'running'
       RETURNING job.id, job.cancel_requested AS "cancelRequested"`,
      [
        beats.map((beat) => beat.id),
        beats.map((beat) => beat.epoch),
        beats.map((beat) => beat.progress),
        beats.map((beat) => beat.message),
      ],
    );
    return new Map(held.map((row) => [row.id, row]));
  }

  /** Whether the lease is still held; locks the row until the transaction ends. */
  async holds(tx: Tx, job: ClaimedJob): Promise<boolean> {
    return (await rows(tx, `SELECT 1 FROM job WHERE ${mine} FOR UPDATE`, [job.id, job.epoch])).length === 1;
  }

  /** @returns false when the lease was lost */
  async succeed(tx: Tx, job: ClaimedJob, result: string): Promise<boolean> {
    return this.end(tx, job, `state = 'succeeded', progress = 1, result = $3::jsonb, error = NULL`, [result]);
  }

  async fail(job: ClaimedJob, error: { code: string; detail: string }): Promise<void> {
    await this.persistence.transaction((tx) =>
      this.end(tx, job, `state = 'failed', error = $3::jsonb`, [JSON.stringify(error)]),
    );
  }

  /** Ends a job whose cancel was asked for, and fences off the handler that may still be at work. */
  async cancel(job: ClaimedJob): Promise<boolean> {
    return this.persistence.transaction((tx) =>
      this.end(tx, job, `state = 'cancelled', lease_epoch = lease_epoch + 1`, []),
    );
  }

  /** Queues a job again. @param counted false when the try was cut short by a shutdown and does not count */
  async requeue(job: ClaimedJob, delaySeconds: number, counted: boolean): Promise<void> {
    await this.persistence.transaction((tx) =>
      execute(
        tx,
        `UPDATE job SET state = 'queued', lease_owner = NULL, lease_until = NULL, lease_epoch = lease_epoch + 1,
           attempts = attempts - $3, not_before = clock_timestamp() + make_interval(secs => $4) WHERE ${mine}`,
        [job.id, job.epoch, counted ? 0 : 1, delaySeconds],
      ),
    );
  }

  /** Jobs by state, for the metrics. */
  async counts(): Promise<Map<string, number>> {
    const found = await this.persistence.query<{ state: string; count: number }>(
      `SELECT state, count(*) AS count FROM job WHERE state IN ('queued', 'running') GROUP BY state`,
    );
    return new Map(found.map((row) => [row.state, row.count]));
  }

  private async end(tx: Tx, job: ClaimedJob, assignment: string, values: unknown[]): Promise<boolean> {
    const touched = await execute(
      tx,
      `UPDATE job SET ${assignment}, lease_owner = NULL, lease_until = NULL, finished_at = clock_timestamp() WHERE ${mine}`,
      [job.id, job.epoch, ...values],
    );
    return touched === 1;
  }
}
