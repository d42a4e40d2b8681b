import { Injectable } from '@nestjs/common';
import { instant, type PredictionMade } from '@risk-budget/contracts';
import { execute, Persistence, rows, type Tx } from '@risk-budget/persistence';
import { decodeCursor, portfolioCondition, toPage, type Page, type Principal } from '@risk-budget/service-kit';
import { z } from 'zod';
import { predictionView, type PredictionView } from './prediction.js';

const viewRow = z.object({ body: predictionView });
const openRow = z.object({
  forecastId: z.uuid(),
  horizonDays: z.int(),
  body: predictionView,
});
export type OpenPrediction = z.infer<typeof openRow>;

const anchorRow = z.object({ forecastId: z.uuid(), asOf: instant, calendar: z.string().nullable() });

/** Forecasts from outside. */
@Injectable()
export class PredictionsRepository {
  constructor(private readonly persistence: Persistence) {}

  /** Our forecast from whose day the prediction counts: the last one as of a close before it was made. */
  async anchor(tx: Tx, { kind, subjectId, madeAt }: PredictionMade): Promise<z.infer<typeof anchorRow> | undefined> {
    const [row] = await rows(
      tx,
      `SELECT forecast_id AS "forecastId", as_of AS "asOf", body->>'calendar' AS calendar FROM forecast
       WHERE kind = $1 AND subject_id = $2 AND as_of <= $3 ORDER BY as_of DESC LIMIT 1`,
      [kind, subjectId, madeAt],
    );
    return row === undefined ? undefined : anchorRow.parse(row);
  }

  /** Whether the horizon of a forecast was scored already. */
  async isPast(tx: Tx, forecastId: string, horizonDays: number): Promise<boolean> {
    const found = await rows(tx, 'SELECT 1 FROM forecast_score WHERE forecast_id = $1 AND horizon_days = $2', [
      forecastId,
      horizonDays,
    ]);
    return found.length > 0;
  }

  /** A prediction that is known already changes nothing. @returns whether it was new */
  async insert(tx: Tx, view: PredictionView, forecastId: string | null): Promise<boolean> {
    const count = await execute(
      tx,
      `INSERT INTO prediction (source, prediction_id, kind, subject_id, made_at, horizon_days, forecast_id, status, body)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9::jsonb) ON CONFLICT DO NOTHING`,
      [
        view.source,
        view.predictionId,
        view.kind,
        view.subjectId,
        view.madeAt,
        view.horizonDays,
        forecastId,
        view.status,
        JSON.stringify(view),
      ],
    );
    return count > 0;
  }

  /** The horizon of a forecast is to be scored. */
  async await(tx: Tx, forecastId: string, horizonDays: number): Promise<void> {
    await execute(
      tx,
      `INSERT INTO forecast_due (forecast_id, horizon_days, calendar, as_of_date)
       SELECT forecast_id, $2, body->>'calendar', (as_of AT TIME ZONE 'UTC')::date FROM forecast WHERE forecast_id = $1
       ON CONFLICT DO NOTHING`,
      [forecastId, horizonDays],
    );
  }

  /** Open predictions of forecasts, oldest first. */
  async open(tx: Tx, forecastIds: readonly string[]): Promise<OpenPrediction[]> {
    const found = await rows(
      tx,
      `SELECT forecast_id AS "forecastId", horizon_days AS "horizonDays", body FROM prediction
       WHERE status = 'open' AND forecast_id = ANY($1::uuid[]) ORDER BY made_at, source, prediction_id`,
      [forecastIds],
    );
    return found.map((row) => openRow.parse(row));
  }

  async close(tx: Tx, views: readonly PredictionView[]): Promise<void> {
    if (views.length === 0) return;
    await execute(
      tx,
      `UPDATE prediction p SET status = c.status, body = c.body
       FROM unnest($1::text[], $2::text[], $3::text[], $4::jsonb[]) AS c(source, prediction_id, status, body)
       WHERE p.source = c.source AND p.prediction_id = c.prediction_id`,
      [
        views.map((view) => view.source),
        views.map((view) => view.predictionId),
        views.map((view) => view.status),
        views.map((view) => JSON.stringify(view)),
      ],
    );
  }

  /** Newest first. */
  async list(
    principal: Principal,
    source: string | undefined,
    page: { readonly limit: number; readonly cursor?: string | undefined },
  ): Promise<Page<PredictionView>> {
    const before = decodeCursor(page.cursor, z.tuple([z.iso.datetime(), z.string(), z.string()]));
    const parameters: unknown[] = [
      source ?? null,
      before?.[0] ?? null,
      before?.[1] ?? null,
      before?.[2] ?? null,
      page.limit + 1,
    ];
    const visible = portfolioCondition(principal.portfolios, 'subject_id', parameters);
    const found = await this.persistence.query(
      `SELECT body FROM prediction WHERE ($1::text IS NULL OR source = $1)
         AND ($2::timestamptz IS NULL OR (made_at, source, prediction_id) < ($2, $3, $4)) AND (kind <> 'portfolio' OR ${visible})
       ORDER BY made_at DESC, source DESC, prediction_id DESC LIMIT $5`,
      parameters,
    );
    return toPage(
      found.map((row) => viewRow.parse(row).body),
      page.limit,
      (view) => [view.madeAt, view.source, view.predictionId],
      (view) => view,
    );
  }
}
