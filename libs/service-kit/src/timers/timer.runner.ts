import type { Instant } from '@risk-budget/contracts';
import { execute, isInfrastructureError, rows, type Persistence, type Tx } from '@risk-budget/persistence';
import { SpanKind } from '@opentelemetry/api';
import type { WorkRunner } from '../context/work-runner.js';
import { compareInstants } from '../clock/instants.js';
import { Loop } from '../nest/loop.js';
import type { MarkedMethod } from '../nest/marked-methods.js';
import type { Logger } from '../logging/logger.js';
import type { Metrics } from '../metrics/metrics.js';
import type { FiredTimer, TimerContext } from './timer.types.js';

export interface TimerRunnerParts {
  readonly persistence: Persistence;
  readonly handlers: ReadonlyMap<string, MarkedMethod<string>>;
  /** Takes the locks under which timers are set and cancelled. */
  readonly lock?: MarkedMethod<true> | undefined;
  readonly work: WorkRunner;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Tells of each timer that this instance sets, until the function that it returns is called. */
  readonly onScheduled: (listener: (dueAt: Instant) => void) => () => void;
  /** Business time. */
  readonly now: () => Instant;
  /** Told before a handler runs, so that a replay's clock stands at the timer's moment. */
  readonly stepTo?: (instant: Instant) => void;
}

/** What is left to fire up to an instant. */
interface Outlook {
  /** Whether a timer can fire now. */
  due: boolean;
  /** Else the milliseconds until the next try of one that has failed only a few times. */
  waitMs: number | null;
}

const nothingDue: Outlook = { due: false, waitMs: null };

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

/** Under wall time timers become due by themselves. */
const pollMs = 250;
/** In a replay the clock fires them when it passes; what is looked for are those that it has left behind. */
const replayPollMs = 2_000;
const firstDelayMs = 100;
const maximumDelayMs = 300_000;
/** In a replay the clock waits for this many tries of a failing timer, some two seconds, before it moves on without it. */
const waitedAttempts = 4;

/** Another timer has become the earliest since its locks were taken for one: those of the wrong one are held. */
class OtherTimer extends Error {}

const open = `state IN ('pending', 'failing')`;

/** Fires timers in the order of (dueAt, kind, key), one at a time in the whole service, each together with its handler's writes. */
export class TimerRunner {
  /** Kinds of timers that have a handler here. */
  readonly kinds: readonly string[];
  private readonly loop: Loop;
  private readonly fired;
  private readonly failed;
  /** Whether the clock is firing what it passes. */
  private passing = false;
  /** Whether meanwhile a timer was set that is due already. */
  private missed = false;
  private unsubscribe: () => void = () => undefined;

  constructor(private readonly parts: TimerRunnerParts) {
    this.kinds = [...parts.handlers.keys()];
    this.fired = parts.metrics.counter('risk_budget_timers_fired_total', 'Timers fired', ['kind']);
    this.failed = parts.metrics.counter('risk_budget_timer_failures_total', 'Tries of timers that failed', ['kind']);
    parts.metrics.observedGauge(
      'risk_budget_timers_failing',
      'Timers whose handler has failed and that wait to be tried again',
      () => this.countFailing(),
    );
    this.loop = new Loop(() => this.poll(), {
      everyMs: parts.stepTo === undefined ? pollMs : replayPollMs,
      onError: (error) => parts.logger.warn('timers cannot be polled', { error }),
    });
  }

  /** Starts polling: for due timers under wall time, for those that failed in a replay; one set here that is due already fires at once. */
  start(): void {
    const { onScheduled, now } = this.parts;
    this.unsubscribe = onScheduled((dueAt) => {
      if (compareInstants(dueAt, now()) > 0) return;
      if (this.passing) this.missed = true;
      else this.loop.wake();
    });
    this.loop.start();
  }

  /** Stops; a timer that is firing is finished first. */
  async stop(): Promise<void> {
    this.unsubscribe();
    await this.loop.stop();
  }

  /** Fires everything due up to an instant, what its handlers set within it included. */
  async fireDue(until: Instant): Promise<void> {
    this.passing = true;
    try {
      await this.firePassed(until);
    } finally {
      this.passing = false;
      if (this.missed) this.loop.wake();
      this.missed = false;
    }
  }

  private async firePassed(until: Instant): Promise<void> {
    let { due, waitMs } = await this.outlook(until);
    while (!this.loop.stopping) {
      if (due) {
        ({ due, waitMs } = await this.fireNext(until));
      } else if (waitMs === null) {
        return;
      } else {
        await new Promise((resolve) => setTimeout(resolve, Math.min(Math.max(waitMs ?? 0, 5), 2000)));
        ({ due, waitMs } = await this.outlook(until));
      }
    }
  }

  private async poll(): Promise<void> {
    // Two at once would only wait for each other: one timer fires at a time.
    if (this.passing) return;
    const now = this.parts.now();
    let { due } = await this.outlook(now);
    while (due && !this.loop.stopping) ({ due } = await this.fireNext(now));
  }

  private async outlook(until: Instant): Promise<Outlook> {
    const [row] = await this.parts.persistence.query<Outlook>(
      `SELECT coalesce(bool_or(next_attempt_at IS NULL OR next_attempt_at <= clock_timestamp()), FALSE) AS due,
         (EXTRACT(epoch FROM min(next_attempt_at) FILTER (WHERE attempts < ${waitedAttempts}) - clock_timestamp()) * 1000)::float8 AS "waitMs"
       FROM timer WHERE ${open} AND due_at <= $1 AND kind = ANY($2)`,
      [until, this.kinds],
    );
    return row ?? nothingDue;
  }

  /** Fires the earliest due timer, unless another instance has. @returns what is left then */
  private async fireNext(until: Instant): Promise<Outlook> {
    let taken: TimerRow | undefined;
    let rest = nothingDue;
    let setWithin = false;
    const end = this.parts.onScheduled((dueAt) => (setWithin ||= compareInstants(dueAt, until) <= 0));
    try {
      await this.parts.persistence.transaction(async (tx) => {
        const expected = await this.lockEarliest(tx, until);
        ({ taken, rest } = await this.take(tx, until));
        if (expected !== undefined && taken !== undefined && taken.id !== expected) throw new OtherTimer();
        if (taken !== undefined) await this.run(tx, taken, until);
      });
    } catch (error) {
      if (error instanceof OtherTimer) return { due: true, waitMs: null };
      if (taken === undefined || isInfrastructureError(error)) throw error;
      await this.recordFailure(taken, error);
      return this.outlook(until);
    } finally {
      end();
    }
    if (taken !== undefined) this.fired.inc({ kind: taken.kind });
    // What the handler has set may be due already.
    return setWithin ? this.outlook(until) : rest;
  }

  /** Takes the locks of the earliest due timer, where there are any to take. @returns its id */
  private async lockEarliest(tx: Tx, until: Instant): Promise<string | undefined> {
    const { lock } = this.parts;
    if (lock === undefined) return undefined;
    const [timer] = await rows<Pick<TimerRow, 'id' | 'kind' | 'key' | 'payload'>>(
      tx,
      `SELECT id, kind, key, payload FROM timer
        WHERE ${open} AND due_at <= $1 AND (next_attempt_at IS NULL OR next_attempt_at <= clock_timestamp()) AND kind = ANY($2)
        ORDER BY due_at, kind, key LIMIT 1`,
      [until, this.kinds],
    );
    if (timer !== undefined) await lock.call(timer, tx);
    return timer?.id;
  }

  /** The earliest due timer, ended in the transaction, and what is left beside it. */
  private async take(tx: Tx, until: Instant): Promise<{ taken: TimerRow | undefined; rest: Outlook }> {
    const [row] = await rows<Outlook & (TimerRow | { id: null })>(
      tx,
      `SELECT id, kind, key, due_at AS "dueAt", payload, attempts, correlation_id AS "correlationId", traceparent,
         due, wait_ms AS "waitMs" FROM timer_take($1, $2, ${waitedAttempts})`,
      [until, this.kinds],
    );
    if (row === undefined) return { taken: undefined, rest: nothingDue };
    return { taken: row.id === null ? undefined : row, rest: { due: row.due, waitMs: row.waitMs } };
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
