import { Injectable } from '@nestjs/common';
import { utilizationAlert, type UtilizationAlert } from '@risk-budget/contracts';
import { insertMany, Persistence, type Tx } from '@risk-budget/persistence';

/** An alert and its place in the list. */
export interface AlertRecord {
  readonly number: number;
  readonly alert: UtilizationAlert;
}

export interface AlertQuery {
  readonly portfolioId: string;
  readonly kind: string | null;
  readonly from: string | null;
  readonly to: string | null;
  readonly before: { readonly asOf: string; readonly number: number } | null;
  readonly limit: number;
}

/** Alerts as they were raised; written once and never changed. */
@Injectable()
export class AlertRepository {
  constructor(private readonly persistence: Persistence) {}

  async insert(tx: Tx, alerts: readonly UtilizationAlert[]): Promise<void> {
    await insertMany(
      tx,
      'alert',
      { alert_id: 'uuid', portfolio_id: 'text', as_of: 'timestamptz', kind: 'text', document: 'jsonb' },
      alerts.map((alert) => ({
        alert_id: alert.alertId,
        portfolio_id: alert.portfolioId,
        as_of: alert.asOf,
        kind: alert.kind,
        document: JSON.stringify(alert),
      })),
    );
  }

  /** Newest first. */
  async list(query: AlertQuery): Promise<AlertRecord[]> {
    const found = await this.persistence.query<{ number: number; document: unknown }>(
      `SELECT number, document FROM alert
       WHERE portfolio_id = $1 AND ($2::text IS NULL OR kind = $2)
         AND ($3::timestamptz IS NULL OR as_of >= $3) AND ($4::timestamptz IS NULL OR as_of <= $4)
         AND ($5::timestamptz IS NULL OR (as_of, number) < ($5, $6::bigint))
       ORDER BY as_of DESC, number DESC LIMIT $7`,
      [
        query.portfolioId,
        query.kind,
        query.from,
        query.to,
        query.before?.asOf ?? null,
        query.before?.number ?? null,
        query.limit,
      ],
    );
    return found.map(({ number, document }) => ({ number, alert: utilizationAlert.parse(document) }));
  }
}
