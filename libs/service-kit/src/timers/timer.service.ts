import { randomUUID } from 'node:crypto';
import type { Instant } from '@risk-budget/contracts';
import { afterCommit, executeLater, rows, type Persistence, type Tx } from '@risk-budget/persistence';
import { z } from 'zod';
import { normalInstant } from '../clock/instants.js';
import { currentContext } from '../context/request-context.js';
import { decodeCursor, toPage, type Page } from '../http/paging.js';
import type { TimerRequest, TimerState, TimerView } from './timer.types.js';

const cursorSchema = z.tuple([z.iso.datetime(), z.string(), z.string(), z.uuid()]);

/** Sets and cancels timers: rows that fire when business time reaches them, exactly once, across restarts and instances. */
export class TimerService {
  private readonly listeners = new Set<(dueAt: Instant) => void>();

  constructor(private readonly persistence: Persistence) {}

  /** Calls `listener` with the moment of each timer that this instance sets, once it is committed; it must return at once. @returns how to stop it */
  onScheduled(listener: (dueAt: Instant) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  /** Sets a timer in the caller's transaction. A pending timer of the same kind and key is moved, not doubled. */
  async schedule(tx: Tx, request: TimerRequest): Promise<void> {
    const context = currentContext();
    const dueAt = normalInstant(request.dueAt);
    const tell = (): void => this.listeners.forEach((listener) => listener(dueAt));
    await executeLater(
      tx,
      `INSERT INTO timer (id, kind, key, due_at, payload, correlation_id, traceparent)
       VALUES ($1, $2, $3, $4, $5::jsonb, $6, $7)
       ON CONFLICT (kind, key) WHERE state IN ('pending', 'failing') DO UPDATE
         SET due_at = excluded.due_at, payload = excluded.payload, state = 'pending', attempts = 0, next_attempt_at = NULL,
             last_error = NULL, correlation_id = excluded.correlation_id, traceparent = excluded.traceparent`,
      [
        randomUUID(),
        request.kind,
        request.key,
        dueAt,
        JSON.stringify(request.payload ?? null),
        context?.correlationId ?? randomUUID(),
        context?.traceparent ?? null,
      ],
    );
    if (!afterCommit(tx, tell)) tell();
  }

  /** Cancels the pending timer of a kind and key, if there is one. */
  async cancel(tx: Tx, kind: string, key: string): Promise<void> {
    await executeLater(
      tx,
      `UPDATE timer SET state = 'cancelled', finished_at = clock_timestamp()
       WHERE kind = $1 AND key = $2 AND state IN ('pending', 'failing')`,
      [kind, key],
    );
  }

  /** The pending timer of a kind and key, as the caller's transaction sees it. */
  async find(tx: Tx, kind: string, key: string): Promise<TimerView | undefined> {
    const [row] = await rows<TimerView>(
      tx,
      `SELECT ${viewColumns} FROM timer WHERE kind = $1 AND key = $2 AND state IN ('pending', 'failing')`,
      [kind, key],
    );
    return row;
  }

  /** Timers for operators, in the order in which they fire. */
  async list(filter: {
    state?: TimerState | undefined;
    limit: number;
    cursor?: string | undefined;
  }): Promise<Page<TimerView>> {
    const after = decodeCursor(filter.cursor, cursorSchema);
    const found = await this.persistence.query<TimerView>(
      `SELECT ${viewColumns} FROM timer
       WHERE ($1::text IS NULL OR state = $1) AND ($2::timestamptz IS NULL OR (due_at, kind, key, id) > ($2, $3, $4, $5))
       ORDER BY due_at, kind, key, id LIMIT $6`,
      [
        filter.state ?? null,
        after?.[0] ?? null,
        after?.[1] ?? null,
        after?.[2] ?? null,
        after?.[3] ?? null,
        filter.limit + 1,
      ],
    );
    return toPage(
      found,
      filter.limit,
      (row) => [row.dueAt, row.kind, row.key, row.id],
      (row) => row,
    );
  }
}

const viewColumns = `id, kind, key, due_at AS "dueAt", state, attempts, last_error AS "lastError",
  next_attempt_at AS "nextAttemptAt", fired_at AS "firedAt"`;
