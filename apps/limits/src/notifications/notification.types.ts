import type { Instant } from '@risk-budget/contracts';

/** One message to one recipient. */
export interface NotificationRecord {
  readonly notificationId: string;
  readonly portfolioId: string;
  readonly breachId: string | null;
  readonly at: Instant;
  readonly channel: 'log' | 'webhook';
  readonly recipient: string;
  readonly subject: string;
  readonly body: string;
  readonly escalationStep: number;
  readonly state: 'pending' | 'sent' | 'failed';
  readonly attempts: number;
  readonly lastError: string | null;
}

/** A webhook message that this instance may try to deliver until its lease ends. */
export interface ClaimedDelivery {
  readonly notification: NotificationRecord;
  /** Counts the claims: what is written under an older one changes nothing. */
  readonly lease: number;
}
