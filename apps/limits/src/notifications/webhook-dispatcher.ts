import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Persistence } from '@risk-budget/persistence';
import { CONFIG, Logger, Metrics } from '@risk-budget/service-kit';
import { webhookSettings, type LimitsConfig } from '../limits.config.js';
import type { ClaimedDelivery } from './notification.types.js';
import { NotificationsRepository } from './notifications.repository.js';
import { NotificationsService } from './notifications.service.js';
import { sendWebhook, WebhookError, type WebhookSettings } from './webhook-sender.js';

/** Messages in flight at a time. */
const concurrency = 8;

/**
 * Delivers queued webhook messages, at least once: a message belongs to one instance while its lease lasts, and to the next one if that
 * instance dies. Failed calls are tried again with doubling pauses.
 */
@Injectable()
export class WebhookDispatcher implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly settings: WebhookSettings;
  private readonly attempts: number;
  private readonly retryMs: number;
  private readonly pollMs: number;
  private stopped = false;
  private queued = false;
  private running: Promise<void> = Promise.resolve();
  private wake: () => void = () => undefined;
  private unsubscribe: () => void = () => undefined;

  constructor(
    private readonly persistence: Persistence,
    private readonly notifications: NotificationsRepository,
    private readonly service: NotificationsService,
    private readonly logger: Logger,
    private readonly metrics: Metrics,
    @Inject(CONFIG) config: LimitsConfig,
  ) {
    this.settings = webhookSettings(config);
    this.attempts = config.WEBHOOK_ATTEMPTS;
    this.retryMs = config.WEBHOOK_RETRY_MS;
    this.pollMs = config.WEBHOOK_POLL_MS;
  }

  onApplicationBootstrap(): void {
    this.unsubscribe = this.service.onQueued(() => {
      this.queued = true;
      this.wake();
    });
    this.running = this.run();
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopped = true;
    this.unsubscribe();
    this.wake();
    await this.running;
  }

  private async run(): Promise<void> {
    while (!this.stopped) {
      const delivered = await this.round().catch((error: unknown) => {
        this.logger.error('webhooks could not be delivered', { error });
        return 0;
      });
      if (delivered < concurrency) await this.pause();
    }
  }

  /** @returns how many messages were claimed */
  private async round(): Promise<number> {
    const leaseMs = this.settings.timeoutMs + 10_000;
    const claimed = await this.persistence.transaction((tx) => this.notifications.claim(tx, concurrency, leaseMs));
    await Promise.all(claimed.map((delivery) => this.deliver(delivery)));
    return claimed.length;
  }

  private async deliver(delivery: ClaimedDelivery): Promise<void> {
    const { notification } = delivery;
    const attempt = notification.attempts + 1;
    const error = await sendWebhook(notification, this.settings).then(
      () => null,
      (failure: unknown) => failure,
    );
    const final = error === null || attempt >= this.attempts || (error instanceof WebhookError && error.permanent);
    const outcome = error === null ? 'sent' : 'failed';
    await this.persistence.transaction(async (tx) => {
      const kept = await this.notifications.settle(tx, delivery, {
        state: final ? outcome : 'pending',
        error: error === null ? null : messageOf(error),
        retryInMs: this.retryMs * 2 ** (attempt - 1),
      });
      if (kept) await this.service.publishAttempt(tx, notification, attempt, outcome);
    });
    this.metrics
      .counter('risk_budget_webhook_attempts_total', 'Webhook calls by outcome', ['outcome'])
      .inc({ outcome });
    if (error !== null) {
      this.logger.warn('a webhook call failed', { notification: notification.notificationId, attempt, final, error });
    }
  }

  private async pause(): Promise<void> {
    await new Promise<void>((resolve) => {
      const timeout = setTimeout(resolve, this.pollMs);
      this.wake = () => {
        clearTimeout(timeout);
        resolve();
      };
      if (this.stopped || this.queued) this.wake();
    });
    this.wake = () => undefined;
    this.queued = false;
  }
}

function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, 500);
}
