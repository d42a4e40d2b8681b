import { Injectable } from '@nestjs/common';
import { execute, executeLater, rows, type Tx } from '@risk-budget/persistence';
import { z } from 'zod';
import type { ClaimedDelivery, NotificationRecord } from './notification.types.js';

const columns = `notification_id, portfolio_id, breach_id, at, channel, recipient, subject, body, escalation_step, state, attempts, last_error`;

const notificationRow = z
  .object({
    notification_id: z.string(),
    portfolio_id: z.string(),
    breach_id: z.string().nullable(),
    at: z.string(),
    channel: z.enum(['log', 'webhook']),
    recipient: z.string(),
    subject: z.string(),
    body: z.string(),
    escalation_step: z.number(),
    state: z.enum(['pending', 'sent', 'failed']),
    attempts: z.number(),
    last_error: z.string().nullable(),
  })
  .transform((row): NotificationRecord => ({
    notificationId: row.notification_id,
    portfolioId: row.portfolio_id,
    breachId: row.breach_id,
    at: row.at,
    channel: row.channel,
    recipient: row.recipient,
    subject: row.subject,
    body: row.body,
    escalationStep: row.escalation_step,
    state: row.state,
    attempts: row.attempts,
    lastError: row.last_error,
  }));

/**
 * SQL over notifications; the table is the queue of the webhooks too. Retries are spaced by the wall clock of the database: they are
 * about the network, not about business time.
 */
@Injectable()
export class NotificationsRepository {
  async insert(tx: Tx, notification: NotificationRecord): Promise<void> {
    await executeLater(
      tx,
      `INSERT INTO notification (${columns}, next_attempt_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, CASE WHEN $10 = 'pending' THEN clock_timestamp() END)`,
      [
        notification.notificationId,
        notification.portfolioId,
        notification.breachId,
        notification.at,
        notification.channel,
        notification.recipient,
        notification.subject,
        notification.body,
        notification.escalationStep,
        notification.state,
        notification.attempts,
        notification.lastError,
      ],
    );
  }

  /** Takes due webhook messages, each for one instance only, until the lease ends. */
  async claim(tx: Tx, count: number, leaseMs: number): Promise<ClaimedDelivery[]> {
    const found = await rows<{ lease: number }>(
      tx,
      `UPDATE notification SET leased_until = clock_timestamp() + $2 * interval '1 millisecond', lease = lease + 1
       WHERE notification_id IN (
         SELECT notification_id FROM notification
         WHERE state = 'pending' AND next_attempt_at <= clock_timestamp() AND (leased_until IS NULL OR leased_until < clock_timestamp())
         ORDER BY next_attempt_at LIMIT $1 FOR UPDATE SKIP LOCKED)
       RETURNING ${columns}, lease`,
      [count, leaseMs],
    );
    return found.map((row) => ({ notification: notificationRow.parse(row), lease: row.lease }));
  }

  /** @returns false when another instance has taken the message over */
  async settle(
    tx: Tx,
    delivery: ClaimedDelivery,
    outcome: {
      readonly state: 'pending' | 'sent' | 'failed';
      readonly error: string | null;
      readonly retryInMs: number;
    },
  ): Promise<boolean> {
    const touched = await execute(
      tx,
      `UPDATE notification SET state = $3, attempts = attempts + 1, last_error = $4, leased_until = NULL,
         next_attempt_at = CASE WHEN $3 = 'pending' THEN clock_timestamp() + $5 * interval '1 millisecond' END
       WHERE notification_id = $1 AND lease = $2 AND state = 'pending'`,
      [delivery.notification.notificationId, delivery.lease, outcome.state, outcome.error, outcome.retryInMs],
    );
    return touched === 1;
  }

  async list(
    tx: Tx,
    filter: {
      readonly scope: string;
      readonly scopeParameters: readonly unknown[];
      readonly portfolioId?: string | undefined;
      readonly breachId?: string | undefined;
    },
    after: string | undefined,
    count: number,
  ): Promise<NotificationRecord[]> {
    const values = [...filter.scopeParameters];
    const conditions = [filter.scope];
    if (filter.portfolioId !== undefined) conditions.push(`portfolio_id = $${values.push(filter.portfolioId)}`);
    if (filter.breachId !== undefined) conditions.push(`breach_id = $${values.push(filter.breachId)}`);
    if (after !== undefined) {
      const last = `SELECT ordinal FROM notification WHERE notification_id = $${values.push(after)}`;
      conditions.push(`ordinal < (${last})`);
    }
    const found = await rows(
      tx,
      `SELECT ${columns} FROM notification WHERE ${conditions.join(' AND ')} ORDER BY ordinal DESC LIMIT $${values.push(count)}`,
      values,
    );
    return z.array(notificationRow).parse(found);
  }
}
