import { auditAnchored } from '@risk-budget/contracts';
import type { Outbox } from '@risk-budget/messaging';
import { executeLater, rows, type Tx } from '@risk-budget/persistence';
import { nextMidnight } from '../clock/instants.js';
import type { TimerService } from '../timers/timer.service.js';
import type { FiredTimer, TimerContext } from '../timers/timer.types.js';

/** Kind of the daily timer that anchors the chains. */
export const anchorTimerKind = 'service-kit.audit-anchor';

/** Sends the heads of a service's audit chains out once a day, so that a chain that was cut or rewritten from its end shows. */
export class AuditAnchor {
  constructor(
    private readonly service: string,
    private readonly timers: TimerService,
    private readonly outbox: Outbox,
  ) {}

  /** Sets the timer unless it is set. @param now business time */
  async ensureScheduled(tx: Tx, now: string): Promise<void> {
    if ((await this.timers.find(tx, anchorTimerKind, 'daily')) !== undefined) return;
    await this.timers.schedule(tx, { kind: anchorTimerKind, key: 'daily', dueAt: nextMidnight(now) });
  }

  /** Anchors every chain that has grown since its last anchor, for the day that has ended. */
  async fire(timer: FiredTimer, { tx, clockTime }: TimerContext): Promise<void> {
    const day = new Date(Date.parse(timer.dueAt) - 1).toISOString().slice(0, 10);
    const heads = await rows<{ chain: string; length: number; hash: string }>(
      tx,
      `SELECT chain, length, hash FROM audit_head AS head WHERE length > 0
         AND NOT EXISTS (SELECT 1 FROM audit_anchor AS anchor WHERE anchor.chain = head.chain AND anchor.length = head.length)
       ORDER BY chain`,
    );
    if (heads.length > 0) {
      await executeLater(
        tx,
        `INSERT INTO audit_anchor (chain, day, length, hash)
         SELECT chain, $1, length, hash FROM unnest($2::text[], $3::bigint[], $4::text[]) AS head (chain, length, hash)
         ON CONFLICT (chain, day) DO NOTHING`,
        [day, heads.map((head) => head.chain), heads.map((head) => head.length), heads.map((head) => head.hash)],
      );
      await this.outbox.emit(tx, auditAnchored, {
        occurredAt: timer.dueAt,
        data: { service: this.service, day, heads },
      });
    }
    // After an absence or a jump of the clock the days in between had no heads of their own: one anchor stands for them.
    await this.timers.schedule(tx, { kind: anchorTimerKind, key: 'daily', dueAt: nextMidnight(clockTime) });
  }
}
