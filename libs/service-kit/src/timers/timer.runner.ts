import type { Instant } from '@risk-budget/contracts';
import { execute, isInfrastructureError, rows, type Persistence, type Tx } from '@risk-budget/persistence';
import { SpanKind } from '@opentelemetry/api';
import type { WorkRunner } from '../context/work-runner.js';
import { Loop } from '../nest/loop.js';
import type { MarkedMethod } from '../nest/marked-methods.js';
import type { Logger } from '../logging/logger.js';
import type { Metrics } from '../metrics/metrics.js';
import type { FiredTimer, TimerContext } from './timer.types.js';

export interface TimerRunnerParts {
  readonly persistence: Persistence;
  readonly handlers: ReadonlyMap<string, MarkedMethod<string>>;
  readonly work: WorkRunner;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Business time. */
  readonly now: () => Instant;
  /** Told before a handler runs, so that a replay's clock stands at the timer's moment. */
  readonly stepTo?: (instant: Instant) => void;
}

interface TimerRow {
  id: string;
  kind: string;
  key: string;
  dueAt: Instant;
  payload: unknown;
  /** This one counted. */
  attempts: number;
  correlationId: string;
  traceparent: string | null;
}

const pollMs = 250;
const firstDelayMs = 100;
const maximumDelayMs = 300_000;
/** In a replay the clock waits for this many tries of a failing timer, some two seconds, before it moves on without it. */
const waitedAttempts = 4;

const open = `state IN ('pending', 'failing')`;

/** Fires timers in the order of (dueAt, kind, key), one at a time in the whole service, each together with its handler's writes. */
export class TimerRunner {
  private readonly loop: Loop;
  private readonly fired;
  private readonly failed;

  constructor(private readonly parts: TimerRunnerParts) {
    this.fired = parts.metrics.counter('risk_budget_timers_fired_total', 'Timers fired', ['kind']);
    this.failed = parts.metrics.counter('risk_budget_timer_failures_total', 'Tries of timers that failed', ['kind']);
    parts.metrics.observedGauge(
      'risk_budget_timers_failing',
      'Timers whose handler has failed and that wait to be tried again',
      () => this.countFailing(),
    );
    this.loop = new Loop(() => this.poll(), {
      everyMs: pollMs,
      onError: (error) => parts.logger.warn('timers cannot be polled', { error }),
    });
  }

  /** Starts polling: for due timers under wall time, for those that failed in a replay. */
  start(): void {
    this.loop.start();
  }

  /** Stops; a timer that is firing is finished first. */
  async stop(): Promise<void> {
    await this.loop.stop();
  }

  /** Fires everything due up to an instant, what its handlers set within it included. */
  async fireDue(until: Instant): Promise<void> {
    while (!this.loop.stopping) {
      const { due, waitMs } = await this.outlook(until);
      if (due) await this.fireNext(until);
      else if (waitMs === null) return;
      else await new Promise((resolve) => setTimeout(resolve, Math.min(Math.max(waitMs, 5), 2000)));
    }
  }

  private async poll(): Promise<void> {
    const now = this.parts.now();
    while (!this.loop.stopping && (await this.outlook(now)).due) await this.fireNext(now);
  }

  /** Whether a timer can fire, and else the milliseconds until the next try of one that has failed only a few times. */
  private async outlook(until: Instant): Promise<{ due: boolean; waitMs: number | null }> {
    const [row] = await this.parts.persistence.query<{ due: boolean; waitMs: number | null }>(
      `SELECT coalesce(bool_or(next_attempt_at IS NULL OR next_attempt_at <= clock_timestamp()), FALSE) AS due,
         (EXTRACT(epoch FROM min(next_attempt_at) FILTER (WHERE attempts < ${waitedAttempts}) - clock_timestamp()) * 1000)::float8 AS "waitMs"
       FROM timer WHERE ${open} AND due_at <= $1 AND kind = ANY($2)`,
      [until, [...this.parts.handlers.keys()]],
    );
    return row ?? { due: false, waitMs: null };
  }

  /** Fires the earliest due timer, unless another instance has. */
  private async fireNext(until: Instant): Promise<void> {
    let taken: TimerRow | undefined;
    try {
      await this.parts.persistence.transaction(async (tx) => {
        taken = await this.take(tx, until);
        if (taken !== undefined) await this.run(tx, taken, until);
      });
    } catch (error) {
      if (taken === undefined || isInfrastructureError(error)) throw error;
      return this.recordFailure(taken, error);
    }
    if (taken !== undefined) this.fired.inc({ kind: taken.kind });
  }

  /** The earliest due timer, ended in the transaction; the advisory lock keeps the order among instances. */
  private async take(tx: Tx, until: Instant): Promise<TimerRow | undefined> {
    await execute(tx, `SELECT pg_advisory_xact_lock(hashtext('timers'), hashtext($1))`, [
      this.parts.persistence.schema,
    ]);
    const [row] = await rows<TimerRow>(
      tx,
      `UPDATE timer SET state = 'fired', attempts = attempts + 1, next_attempt_at = NULL, fired_at = $1, finished_at = clock_timestamp()
       WHERE id = (
         SELECT id FROM timer
         WHERE ${open} AND due_at <= $1 AND (next_attempt_at IS NULL OR next_attempt_at <= clock_timestamp()) AND kind = ANY($2)
         ORDER BY due_at, kind, key LIMIT 1 FOR UPDATE)
       RETURNING id, kind, key, due_at AS "dueAt", payload, attempts, correlation_id AS "correlationId", traceparent`,
      [until, [...this.parts.handlers.keys()]],
    );
    return row;
  }

  private async run(tx: Tx, row: TimerRow, until: Instant): Promise<void> {
    this.parts.stepTo?.(row.dueAt);
    const { id, kind, key, dueAt, payload, correlationId } = row;
    const timer: FiredTimer = { id, kind, key, dueAt, payload, attempt: row.attempts };
    const context: TimerContext = { tx, clockTime: until, correlationId };
    const cause = {
      name: `timer ${kind}`,
      correlationId,
      traceparent: row.traceparent ?? undefined,
      kind: SpanKind.INTERNAL,
    };
    await this.parts.work.run(cause, async () => void (await this.parts.handlers.get(kind)?.call(timer, context)));
  }

  private async recordFailure(row: TimerRow, error: unknown): Promise<void> {
    const delayMs = Math.min(firstDelayMs * 4 ** (row.attempts - 1), maximumDelayMs);
    this.failed.inc({ kind: row.kind });
    this.parts.logger.error('a timer failed and will be tried again', {
      kind: row.kind,
      key: row.key,
      dueAt: row.dueAt,
      attempt: row.attempts,
      delayMs,
      error,
    });
    await this.parts.persistence.transaction((tx) =>
      execute(
        tx,
        `UPDATE timer SET state = 'failing', attempts = attempts + 1, last_error = $2,
           next_attempt_at = clock_timestamp() + make_interval(secs => $3) WHERE id = $1 AND ${open}`,
        [row.id, String(error).slice(0, 2000), delayMs / 1000],
      ),
    );
  }

  private async countFailing(): Promise<number> {
    const [row] = await this.parts.persistence
      .query<{ count: number }>(`SELECT count(*) AS count FROM timer WHERE state = 'failing'`)
      .catch(() => []);
    return row?.count ?? 0;
  }
}
