import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { alertRaised, type UtilizationAlert } from '@risk-budget/contracts';
import { Outbox } from '@risk-budget/messaging';
import type { Tx } from '@risk-budget/persistence';
import type { SnapshotEvent } from '../snapshots/snapshot-event.js';
import { SnapshotMetrics } from '../snapshots/snapshot-metrics.js';
import type { AlertFinding } from './alert-detection.js';
import { AlertRepository } from './alert.repository.js';

/** Stands for the snapshot of an alert that says why there is none. */
export const noSnapshotId = '00000000-0000-0000-0000-000000000000';

/** What an alert is about. */
export interface AlertSubject {
  readonly portfolioId: string;
  readonly snapshotId: string | null;
  readonly asOf: string;
}

/** Stores alerts and tells of them, in the transaction that found them. */
@Injectable()
export class AlertsService {
  constructor(
    private readonly alerts: AlertRepository,
    private readonly outbox: Outbox,
    private readonly metrics: SnapshotMetrics,
  ) {}

  async raise(tx: Tx, findings: readonly AlertFinding[], subject: AlertSubject, event: SnapshotEvent): Promise<void> {
    const raised = findings.map((finding): UtilizationAlert => ({
      alertId: randomUUID(),
      portfolioId: subject.portfolioId,
      snapshotId: subject.snapshotId ?? noSnapshotId,
      asOf: subject.asOf,
      ...finding,
    }));
    await this.alerts.insert(tx, raised);
    for (const data of raised) {
      await this.outbox.emit(tx, alertRaised, {
        occurredAt: data.asOf,
        data,
        correlationId: event.correlationId,
        causationId: event.causeId,
      });
      this.metrics.alerts.inc({ kind: data.kind });
    }
  }
}
