import { Injectable } from '@nestjs/common';
import type { PredictionMade } from '@risk-budget/contracts';
import { execute, executeLater, Persistence, rows, type Tx } from '@risk-budget/persistence';
import { decodeCursor, portfolioCondition, toPage, type Page, type Principal } from '@risk-budget/service-kit';
import { z } from 'zod';
import { storedRegime } from '../regimes/regime.js';
import { predictionView, type PredictionView } from './prediction.js';

const viewRow = z.object({ body: predictionView });
const openRow = z.object({
  forecastId: z.uuid(),
  horizonDays: z.int(),
  body: predictionView,
});
export type OpenPrediction = z.infer<typeof openRow>;

const openRegimeRow = z.object({
  regimeId: z.uuid(),
  horizonDays: z.int(),
  regime: storedRegime,
  body: predictionView,
});
export type OpenRegimePrediction = z.infer<typeof openRegimeRow>;

/** The forecast of ours from whose day a prediction counts, and beside which it is scored. */
export interface Anchor {
  readonly of: 'forecast' | 'regime';
  readonly id: string;
}

const idRow = z.object({ id: z.uuid() });

/** Forecasts from outside. */
@Injectable()
export class PredictionsRepository {
  constructor(private readonly persistence: Persistence) {}

  /** The last one as of a close before the prediction was made; of regimes with as many states. */
  async anchor(tx: Tx, { kind, subjectId, madeAt, forecast }: PredictionMade): Promise<Anchor | undefined> {
    if (forecast.target === 'regime') {
      const [row] = await rows(
        tx,
        `SELECT regime_id AS id FROM regime
         WHERE kind = $1 AND subject_id = $2 AND states = $3 AND as_of <= $4 AND body ? 'weights' ORDER BY as_of DESC LIMIT 1`,
        [kind, subjectId, forecast.probabilities.length, madeAt],
      );
      return row === undefined ? undefined : { of: 'regime', id: idRow.parse(row).id };
    }
    const [row] = await rows(
      tx,
      `SELECT forecast_id AS id FROM forecast WHERE kind = $1 AND subject_id = $2 AND as_of <= $3 ORDER BY as_of DESC LIMIT 1`,
      [kind, subjectId, madeAt],
    );
    return row === undefined ? undefined : { of: 'forecast', id: idRow.parse(row).id };
  }

  /** Whether the horizon of a forecast was scored already. */
  async isPast(tx: Tx, { of, id }: Anchor, horizonDays: number): Promise<boolean> {
    const found = await rows(
      tx,
      of === 'regime'
        ? 'SELECT 1 FROM regime_score WHERE regime_id = $1 AND horizon_days = $2'
        : 'SELECT 1 FROM forecast_score WHERE forecast_id = $1 AND horizon_days = $2',
      [id, horizonDays],
    );
    return found.length > 0;
  }

  /** A prediction that is known already changes nothing. @returns whether it was new */
  async insert(tx: Tx, view: PredictionView, anchor: Anchor | undefined): Promise<boolean> {
    const count = await execute(
      tx,
      `INSERT INTO prediction
         (source, prediction_id, kind, subject_id, made_at, horizon_days, forecast_id, regime_id, status, body)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10::jsonb) ON CONFLICT DO NOTHING`,
      [
        view.source,
        view.predictionId,
        view.kind,
        view.subjectId,
        view.madeAt,
        view.horizonDays,
        anchor?.of === 'forecast' ? anchor.id : null,
        anchor?.of === 'regime' ? anchor.id : null,
        view.status,
        JSON.stringify(view),
      ],
    );
    return count > 0;
  }

  /** The horizon of a forecast is to be scored. */
  async await(tx: Tx, { of, id }: Anchor, horizonDays: number): Promise<void> {
    await executeLater(
      tx,
      of === 'regime'
        ? `INSERT INTO regime_due (regime_id, horizon_days, calendar, as_of_date)
           SELECT regime_id, $2, body->>'calendar', (as_of AT TIME ZONE 'UTC')::date FROM regime WHERE regime_id = $1
           ON CONFLICT DO NOTHING`
        : `INSERT INTO forecast_due (forecast_id, horizon_days, calendar, as_of_date)
           SELECT forecast_id, $2, body->>'calendar', (as_of AT TIME ZONE 'UTC')::date FROM forecast WHERE forecast_id = $1
           ON CONFLICT DO NOTHING`,
      [id, horizonDays],
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

  /** Open predictions of regimes with ours beside them, oldest first. */
  async openOfRegimes(tx: Tx, regimeIds: readonly string[]): Promise<OpenRegimePrediction[]> {
    const found = await rows(
      tx,
      `SELECT p.regime_id AS "regimeId", p.horizon_days AS "horizonDays", r.body AS regime, p.body
       FROM prediction p JOIN regime r USING (regime_id)
       WHERE p.status = 'open' AND p.regime_id = ANY($1::uuid[]) ORDER BY p.made_at, p.source, p.prediction_id`,
      [regimeIds],
    );
    return found.map((row) => openRegimeRow.parse(row));
  }

  async close(tx: Tx, views: readonly PredictionView[]): Promise<void> {
    if (views.length === 0) return;
    await executeLater(
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
