import { Injectable } from '@nestjs/common';
import { Metrics } from '@risk-budget/service-kit';

/** Counters and durations of this service. */
@Injectable()
export class SnapshotMetrics {
  readonly taken;
  readonly notEvaluable;
  readonly conflated;
  readonly alerts;
  readonly seconds;
  readonly whatIfSeconds;

  constructor(metrics: Metrics) {
    this.taken = metrics.counter('risk_budget_utilization_snapshots_total', 'Snapshots taken, by cause', ['cause']);
    this.notEvaluable = metrics.counter(
      'risk_budget_utilization_not_evaluable_total',
      'Changes after which a portfolio had no figures, by the code that says why',
      ['code'],
    );
    this.conflated = metrics.counter(
      'risk_budget_utilization_conflated_ticks_total',
      'Ticks evaluated and not told of by themselves',
    );
    this.alerts = metrics.counter('risk_budget_utilization_alerts_total', 'Alerts raised, by kind', ['kind']);
    this.seconds = metrics.histogram(
      'risk_budget_utilization_snapshot_seconds',
      'From the lock on the portfolio to the last write of its snapshot',
    );
    this.whatIfSeconds = metrics.histogram('risk_budget_utilization_what_if_seconds', 'One what-if, without HTTP');
  }
}
