import { Injectable } from '@nestjs/common';
import { businessDate, correlationMatrix, type CorrelationMatrix, type Instant } from '@risk-budget/contracts';
import { executeLater, insertMany, Persistence, rows, type Tx } from '@risk-budget/persistence';
import { decodeCursor, toPage, type Page } from '@risk-budget/service-kit';
import { z } from 'zod';
import {
  correlationFit,
  correlationSummary,
  storedCorrelations,
  type CorrelationFit,
  type CorrelationForecast,
  type CorrelationSummary,
  type StoredCorrelations,
} from './correlation-forecast.js';
import { correlationScore, type CorrelationScore } from './correlation-score.js';

const summaryRow = z.object({ body: correlationSummary });
const fitRow = z.object({ body: correlationFit });
const scoreRow = z.object({ body: correlationScore });
const matrixRow = z.object({ body: z.array(correlationMatrix) });
const dueRow = z.object({ body: storedCorrelations, matrices: z.array(correlationMatrix), horizonDays: z.int() });
const endRow = z.object({ setId: z.string(), horizonDays: z.int(), end: businessDate });

/** A forecast of correlations and a horizon of it that has passed. */
export type DueCorrelations = z.infer<typeof dueRow>;

/** A forecast as it is kept, and its matrices. */
export interface MadeCorrelations {
  readonly stored: StoredCorrelations;
  readonly matrices: readonly CorrelationMatrix[];
}

interface PageRequest {
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/** Forecasts of correlations, the fits behind them, and their scores. */
@Injectable()
export class CorrelationsRepository {
  constructor(private readonly persistence: Persistence) {}

  /** The newest fit of each set. */
  async latestFits(tx: Tx, setIds: readonly string[]): Promise<CorrelationFit[]> {
    const found = await rows(
      tx,
      `SELECT DISTINCT ON (set_id) body FROM correlation_fit WHERE set_id = ANY($1::text[]) ORDER BY set_id, fitted_at DESC`,
      [setIds],
    );
    return found.map((row) => fitRow.parse(row).body);
  }

  async insertFits(tx: Tx, fits: readonly CorrelationFit[]): Promise<void> {
    await insertMany(
      tx,
      'correlation_fit',
      { fit_id: 'uuid', set_id: 'text', fitted_at: 'timestamptz', body: 'jsonb' },
      fits.map((fit) => ({
        fit_id: fit.fitId,
        set_id: fit.setId,
        fitted_at: fit.fittedAt,
        body: JSON.stringify(fit),
      })),
    );
  }

  async fit(fitId: string): Promise<CorrelationFit | undefined> {
    const [row] = await this.persistence.query('SELECT body FROM correlation_fit WHERE fit_id = $1', [fitId]);
    return row === undefined ? undefined : fitRow.parse(row).body;
  }

  /** When the last forecast of each set is as of. */
  async latestAsOf(tx: Tx, setIds: readonly string[]): Promise<ReadonlyMap<string, Instant>> {
    const found = await rows<{ setId: string; asOf: Instant }>(
      tx,
      `SELECT set_id AS "setId", max(as_of) AS "asOf" FROM correlation_forecast WHERE set_id = ANY($1::text[]) GROUP BY set_id`,
      [setIds],
    );
    return new Map(found.map(({ setId, asOf }) => [setId, asOf]));
  }

  /** Keeps forecasts, the matrices of each horizon apart, and that these are to be scored. */
  async insert(tx: Tx, made: readonly MadeCorrelations[]): Promise<void> {
    await insertMany(
      tx,
      'correlation_forecast',
      { forecast_id: 'uuid', set_id: 'text', as_of: 'timestamptz', made_at: 'timestamptz', body: 'jsonb' },
      made.map(({ stored }) => ({
        forecast_id: stored.forecastId,
        set_id: stored.setId,
        as_of: stored.asOf,
        made_at: stored.madeAt,
        body: JSON.stringify(stored),
      })),
    );
    const horizons = made.flatMap(({ stored, matrices }) =>
      [...new Set(matrices.map(({ horizonDays }) => horizonDays))].map((horizonDays) => ({
        forecast_id: stored.forecastId,
        horizon_days: horizonDays,
        calendar: stored.calendar,
        as_of_date: stored.asOf.slice(0, 10),
        body: JSON.stringify(matrices.filter((one) => one.horizonDays === horizonDays)),
      })),
    );
    await insertMany(
      tx,
      'correlation_matrix',
      { forecast_id: 'uuid', horizon_days: 'integer', body: 'jsonb' },
      horizons.map(({ forecast_id, horizon_days, body }) => ({ forecast_id, horizon_days, body })),
    );
    await insertMany(
      tx,
      'correlation_due',
      { forecast_id: 'uuid', horizon_days: 'integer', calendar: 'text', as_of_date: 'date' },
      horizons.map(({ body: _, ...due }) => due),
    );
  }

  /** @param cutoffs for a horizon of n days, at n − 1: the last day from which so many days have passed */
  async due(tx: Tx, calendar: string, cutoffs: readonly string[]): Promise<DueCorrelations[]> {
    const found = await rows(
      tx,
      `SELECT f.body, m.body AS matrices, d.horizon_days AS "horizonDays"
       FROM correlation_due d JOIN correlation_forecast f USING (forecast_id) JOIN correlation_matrix m USING (forecast_id, horizon_days)
       WHERE d.calendar = $1 AND d.as_of_date <= ($2::date[])[d.horizon_days] ORDER BY f.as_of, f.set_id, d.horizon_days`,
      [calendar, cutoffs],
    );
    return found.map((row) => dueRow.parse(row));
  }

  /** Ends of the last horizons that share no day with those before, by set and horizon. */
  async independentEnds(tx: Tx, setIds: readonly string[]): Promise<z.infer<typeof endRow>[]> {
    const found = await rows(
      tx,
      `SELECT set_id AS "setId", horizon_days AS "horizonDays", to_char(max(window_end), 'YYYY-MM-DD') AS "end"
       FROM correlation_score WHERE set_id = ANY($1::text[]) AND NOT overlapping GROUP BY set_id, horizon_days`,
      [setIds],
    );
    return found.map((row) => endRow.parse(row));
  }

  /** A second score of a forecast and horizon breaks the primary key: there is none. */
  async score(tx: Tx, scores: readonly (CorrelationScore & { readonly setId: string })[]): Promise<void> {
    if (scores.length === 0) return;
    await insertMany(
      tx,
      'correlation_score',
      {
        forecast_id: 'uuid',
        horizon_days: 'integer',
        set_id: 'text',
        window_end: 'date',
        overlapping: 'boolean',
        body: 'jsonb',
      },
      scores.map(({ setId, ...score }) => ({
        forecast_id: score.forecastId,
        horizon_days: score.horizonDays,
        set_id: setId,
        window_end: score.windowEnd,
        overlapping: score.overlapping,
        body: JSON.stringify(score),
      })),
    );
    await executeLater(
      tx,
      `DELETE FROM correlation_due d USING unnest($1::uuid[], $2::integer[]) AS s(id, h)
       WHERE d.forecast_id = s.id AND d.horizon_days = s.h`,
      [scores.map((one) => one.forecastId), scores.map((one) => one.horizonDays)],
    );
  }

  /** The newest forecast of a set made at or before a moment. */
  async latest(setId: string, at: Instant): Promise<CorrelationForecast | undefined> {
    const [row] = await this.persistence.query(
      'SELECT body FROM correlation_forecast WHERE set_id = $1 AND made_at <= $2 ORDER BY made_at DESC LIMIT 1',
      [setId, at],
    );
    if (row === undefined) return undefined;
    const summary = summaryRow.parse(row).body;
    const found = await this.persistence.query(
      'SELECT body FROM correlation_matrix WHERE forecast_id = $1 ORDER BY horizon_days',
      [summary.forecastId],
    );
    return { ...summary, matrices: found.flatMap((one) => matrixRow.parse(one).body) };
  }

  /** The newest forecast of every set. */
  async sets(at: Instant, page: PageRequest): Promise<Page<CorrelationSummary>> {
    const after = decodeCursor(page.cursor, z.string());
    const found = await this.persistence.query(
      `SELECT DISTINCT ON (set_id) body FROM correlation_forecast WHERE made_at <= $1 AND ($2::text IS NULL OR set_id > $2)
       ORDER BY set_id, made_at DESC LIMIT $3`,
      [at, after ?? null, page.limit + 1],
    );
    return toPage(
      found.map((row) => summaryRow.parse(row).body),
      page.limit,
      (one) => one.setId,
      (one) => one,
    );
  }

  /** Newest first. */
  async history(setId: string, page: PageRequest): Promise<Page<CorrelationSummary>> {
    const before = decodeCursor(page.cursor, z.iso.datetime());
    const found = await this.persistence.query(
      `SELECT body FROM correlation_forecast WHERE set_id = $1 AND ($2::timestamptz IS NULL OR made_at < $2)
       ORDER BY made_at DESC LIMIT $3`,
      [setId, before ?? null, page.limit + 1],
    );
    return toPage(
      found.map((row) => summaryRow.parse(row).body),
      page.limit,
      (one) => one.madeAt,
      (one) => one,
    );
  }

  /** The last scores of a horizon, oldest first. */
  async lastScores(setId: string, horizonDays: number, count: number): Promise<CorrelationScore[]> {
    const found = await this.persistence.query(
      `SELECT body FROM correlation_score WHERE set_id = $1 AND horizon_days = $2
       ORDER BY window_end DESC, forecast_id DESC LIMIT $3`,
      [setId, horizonDays, count],
    );
    return found.map((row) => scoreRow.parse(row).body).reverse();
  }

  /** Newest first. */
  async scores(setId: string, horizonDays: number, page: PageRequest): Promise<Page<CorrelationScore>> {
    const after = decodeCursor(page.cursor, z.tuple([z.iso.date(), z.uuid()]));
    const found = await this.persistence.query(
      `SELECT body FROM correlation_score WHERE set_id = $1 AND horizon_days = $2
         AND ($3::date IS NULL OR (window_end, forecast_id) < ($3, $4))
       ORDER BY window_end DESC, forecast_id DESC LIMIT $5`,
      [setId, horizonDays, after?.[0] ?? null, after?.[1] ?? null, page.limit + 1],
    );
    return toPage(
      found.map((row) => scoreRow.parse(row).body),
      page.limit,
      (score) => [score.windowEnd, score.forecastId],
      (score) => score,
    );
  }
}
