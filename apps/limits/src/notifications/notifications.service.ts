import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { notificationSent, type Instant } from '@risk-budget/contracts';
import { Outbox } from '@risk-budget/messaging';
import { afterCommit, type Tx } from '@risk-budget/persistence';
import { Logger } from '@risk-budget/service-kit';
import type { BreachRecord } from '../breaches/breach.types.js';
import type { NotificationRecord } from './notification.types.js';
import { NotificationsRepository } from './notifications.repository.js';
import { isWebhook } from './webhook-target.js';

/** What to tell whom. */
export interface NotificationRequest {
  readonly step: number;
  readonly recipients: readonly string[];
  readonly at: Instant;
  /** What happened, in a sentence. */
  readonly what: string;
}

/**
 * Tells people of breaches. A role or a name is told by the log and by the event; an address gets a webhook call, which is queued here
 * in the same transaction and delivered after it.
 */
@Injectable()
export class NotificationsService {
  private readonly listeners = new Set<() => void>();

  constructor(
    private readonly notifications: NotificationsRepository,
    private readonly outbox: Outbox,
    private readonly logger: Logger,
  ) {}

  async notify(tx: Tx, breach: BreachRecord, request: NotificationRequest): Promise<void> {
    const { subject, body } = textOf(breach, request);
    for (const recipient of request.recipients) {
      const webhook = isWebhook(recipient);
      const notification: NotificationRecord = {
        notificationId: randomUUID(),
        portfolioId: breach.portfolioId,
        breachId: breach.breachId,
        at: request.at,
        channel: webhook ? 'webhook' : 'log',
        recipient,
        subject,
        body,
        escalationStep: request.step,
        state: webhook ? 'pending' : 'sent',
        attempts: webhook ? 0 : 1,
        lastError: null,
      };
      await this.notifications.insert(tx, notification);
      if (webhook) afterCommit(tx, () => this.wake());
      else await this.tell(tx, notification);
    }
  }

  /** Calls back when messages for webhooks were queued in this process. @returns how to stop it */
  onQueued(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  /** Publishes one attempt of a notification. */
  async publishAttempt(
    tx: Tx,
    notification: NotificationRecord,
    attempt: number,
    outcome: 'sent' | 'failed',
  ): Promise<void> {
    const { notificationId, portfolioId, breachId, at, channel, recipient, subject, body, escalationStep } =
      notification;
    await this.outbox.emit(tx, notificationSent, {
      occurredAt: at,
      data: {
        notificationId,
        portfolioId,
        breachId,
        at,
        channel,
        recipient,
        subject,
        body,
        escalationStep,
        attempt,
        outcome,
      },
    });
  }

  private async tell(tx: Tx, notification: NotificationRecord): Promise<void> {
    await this.publishAttempt(tx, notification, 1, 'sent');
    const { recipient, subject, body, portfolioId, breachId, notificationId } = notification;
    afterCommit(tx, () =>
      this.logger.warn(subject, { notification: notificationId, recipient, portfolioId, breachId, body }),
    );
  }

  private wake(): void {
    for (const listener of this.listeners) listener();
  }
}

function textOf(breach: BreachRecord, request: NotificationRequest): { subject: string; body: string } {
  const level = breach.severity === 'hard' ? 'Hard' : 'Soft';
  const stage = request.step === 0 ? 'breach' : `breach, escalation step ${request.step}`;
  const side = breach.direction === 'upper' ? 'above' : 'below';
  return {
    subject: `${level} ${stage}: limit ${breach.limitId} of portfolio ${breach.portfolioId}`,
    body:
      `${breach.measure} of ${breach.nodeId} is ${shown(breach.value)}, ${side} its bound of ${shown(breach.bound)} (worst ${shown(breach.worstValue)}, ` +
      `${breach.nature}, open since ${breach.openedAt}). ${request.what}`,
  };
}

/** Six significant digits: enough for people; the event of the breach has them all. */
function shown(figure: number): string {
  return String(Number(figure.toPrecision(6)));
}
