import type { Clock, Instant } from '@risk-budget/contracts';
import { PROGRESS_COUNTS, progressOf, type Progress, type ProgressCount } from '@risk-budget/messaging';
import type { Persistence } from '@risk-budget/persistence';
import { compareInstants, normalInstant } from './instants.js';

/** How far business time is. */
export interface ClockPosition {
  /** 0 before the first advance. */
  readonly sequence: number;
  readonly time: Instant;
}

/** Business time before anything was said of it: earlier than everything a service is told. */
export const beforeTime: ClockPosition = { sequence: 0, time: '1970-01-01T00:00:00.000Z' };

// Not flushed at its commit: lost with a failing server, it is taken from the log's last advance again.
const STORE = 'INSERT INTO business_clock (sequence, time) SELECT $1::bigint, $2::timestamptz';
const KEEP_NEWEST = `ON CONFLICT (singleton) DO UPDATE SET sequence = excluded.sequence, time = excluded.time
  WHERE business_clock.sequence < excluded.sequence`;

/**
 * The clock of a replay: it stands still, and moves when `upstream/clock.advanced` says so. Its position is a row, so that a restarted
 * service goes on where it was.
 */
export class BusinessClock implements Clock {
  private current: ClockPosition = beforeTime;
  private instant: Instant = beforeTime.time;

  now(): Instant {
    return this.instant;
  }

  /** What was last advanced to. */
  get position(): ClockPosition {
    return this.current;
  }

  /** Moves on to a timer's moment while the clock advances; never back. */
  stepTo(instant: Instant): void {
    if (compareInstants(instant, this.instant) > 0) this.instant = normalInstant(instant);
  }

  /** Takes a new position, once everything due up to it has happened. */
  arrive(position: ClockPosition): void {
    if (position.sequence <= this.current.sequence) return;
    this.current = { sequence: position.sequence, time: normalInstant(position.time) };
    this.stepTo(position.time);
  }

  /** Reads the stored position; for a service that starts. */
  async load(persistence: Persistence): Promise<void> {
    const [row] = await persistence.query<ClockPosition>('SELECT sequence, time FROM business_clock');
    if (row !== undefined) this.arrive(row);
  }

  /**
   * Stores a position unless a timer is due on the way there.
   *
   * @param kinds of the timers that the service has handlers of
   * @returns how far the service was when it passed; undefined where a timer is in the way
   */
  async pass(
    persistence: Persistence,
    position: ClockPosition,
    kinds: readonly string[],
  ): Promise<Progress | undefined> {
    const [row] = await persistence.query<{ free: boolean; counts: ProgressCount[] | null }>(
      `WITH way AS (
         SELECT NOT EXISTS (
           SELECT FROM timer WHERE state IN ('pending', 'failing') AND due_at <= $2 AND kind = ANY ($3)) AS free
       ), stored AS (
         ${STORE} FROM way, set_config('synchronous_commit', 'off', true) WHERE way.free ${KEEP_NEWEST}
       )
       SELECT free, CASE WHEN free THEN (SELECT json_agg(c) FROM (${PROGRESS_COUNTS}) c) END AS counts FROM way`,
      [position.sequence, normalInstant(position.time), kinds],
    );
    return row?.free === true ? progressOf(row.counts ?? []) : undefined;
  }

  /** Stores a position; an older one than is stored is ignored, for instances of a service share the row. */
  async store(persistence: Persistence, position: ClockPosition): Promise<void> {
    await persistence.query(`${STORE} FROM set_config('synchronous_commit', 'off', true) ${KEEP_NEWEST}`, [
      position.sequence,
      normalInstant(position.time),
    ]);
  }
}
