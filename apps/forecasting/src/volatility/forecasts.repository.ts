import { Injectable } from '@nestjs/common';
import type { ForecastKind, ForecastSubject, Instant } from '@risk-budget/contracts';
import { executeLater, insertMany, Persistence, rows, type SqlValue, type Tx } from '@risk-budget/persistence';
import { decodeCursor, portfolioCondition, toPage, type Page, type Principal } from '@risk-budget/service-kit';
import { z } from 'zod';
import {
  forecast,
  forecastRun,
  storedForecast,
  type Forecast,
  type ForecastRun,
  type StoredForecast,
} from './forecast.js';
import { volatilityFit, type VolatilityFit } from './volatility-fit.js';

const forecastRow = z.object({ body: forecast });
const fitRow = z.object({ body: volatilityFit });
const runRow = z.object({ body: forecastRun });
const dueRow = z.object({ body: storedForecast, horizonDays: z.int() });

/** A forecast and a horizon of it that has passed. */
export type DueForecast = z.infer<typeof dueRow>;

interface PageRequest {
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/** Forecasts, the fits behind them, and which of their horizons are still to be scored. */
@Injectable()
export class ForecastsRepository {
  constructor(private readonly persistence: Persistence) {}

  async insert(tx: Tx, made: readonly StoredForecast[], horizons: readonly number[], calendar: string): Promise<void> {
    await insertMany(
      tx,
      'forecast',
      {
        forecast_id: 'uuid',
        kind: 'text',
        subject_id: 'text',
        as_of: 'timestamptz',
        made_at: 'timestamptz',
        body: 'jsonb',
      },
      made.map((one) => ({
        forecast_id: one.forecastId,
        kind: one.kind,
        subject_id: one.subjectId,
        as_of: one.asOf,
        made_at: one.madeAt,
        body: JSON.stringify(one),
      })),
    );
    await insertMany(
      tx,
      'forecast_due',
      { forecast_id: 'uuid', horizon_days: 'integer', calendar: 'text', as_of_date: 'date' },
      made.flatMap((one) =>
        horizons.map((horizon) => ({
          forecast_id: one.forecastId,
          horizon_days: horizon,
          calendar,
          as_of_date: one.asOf.slice(0, 10),
        })),
      ),
    );
  }

  async insertFits(tx: Tx, fits: readonly VolatilityFit[]): Promise<void> {
    await insertMany(
      tx,
      'volatility_fit',
      { fit_id: 'uuid', kind: 'text', subject_id: 'text', fitted_at: 'timestamptz', body: 'jsonb' },
      fits.map((fit) => ({
        fit_id: fit.fitId,
        kind: fit.kind,
        subject_id: fit.subjectId,
        fitted_at: fit.fittedAt,
        body: JSON.stringify(fit),
      })),
    );
  }

  async insertRun(tx: Tx, run: ForecastRun): Promise<void> {
    await executeLater(tx, 'INSERT INTO forecast_run (calendar, at, body) VALUES ($1, $2, $3::jsonb)', [
      run.calendar,
      run.at,
      JSON.stringify(run),
    ]);
  }

  /** The newest fit of each subject. */
  async latestFits(tx: Tx, subjects: readonly ForecastSubject[]): Promise<VolatilityFit[]> {
    const found = await rows(
      tx,
      `SELECT latest.body FROM unnest($1::text[], $2::text[]) AS wanted(kind, subject_id)
       CROSS JOIN LATERAL (
         SELECT body FROM volatility_fit f WHERE f.kind = wanted.kind AND f.subject_id = wanted.subject_id
         ORDER BY fitted_at DESC LIMIT 1) latest`,
      [subjects.map((one) => one.kind), subjects.map((one) => one.subjectId)],
    );
    return found.map((row) => fitRow.parse(row).body);
  }

  /** When the last forecast of each subject is as of: what is there already is not made again. */
  async latestAsOf(
    tx: Tx,
    subjects: readonly ForecastSubject[],
  ): Promise<{ kind: string; subjectId: string; asOf: Instant }[]> {
    return rows(
      tx,
      `SELECT wanted.kind, wanted.subject_id AS "subjectId", latest.as_of AS "asOf"
       FROM unnest($1::text[], $2::text[]) AS wanted(kind, subject_id)
       CROSS JOIN LATERAL (
         SELECT as_of FROM forecast f WHERE f.kind = wanted.kind AND f.subject_id = wanted.subject_id
         ORDER BY as_of DESC LIMIT 1) latest`,
      [subjects.map((one) => one.kind), subjects.map((one) => one.subjectId)],
    );
  }

  /** @param cutoffs for a horizon of n days, at n − 1: the last day from which so many days have passed */
  async due(tx: Tx, calendar: string, cutoffs: readonly string[]): Promise<DueForecast[]> {
    const found = await rows(
      tx,
      `SELECT f.body, d.horizon_days AS "horizonDays" FROM forecast_due d JOIN forecast f USING (forecast_id)
       WHERE d.calendar = $1 AND d.as_of_date <= ($2::date[])[d.horizon_days]
       ORDER BY f.as_of, f.kind, f.subject_id, d.horizon_days`,
      [calendar, cutoffs],
    );
    return found.map((row) => dueRow.parse(row));
  }

  async settle(
    tx: Tx,
    scored: readonly { readonly forecastId: string; readonly horizonDays: number }[],
  ): Promise<void> {
    if (scored.length === 0) return;
    await executeLater(
      tx,
      `DELETE FROM forecast_due d USING unnest($1::uuid[], $2::integer[]) AS s(id, h)
       WHERE d.forecast_id = s.id AND d.horizon_days = s.h`,
      [scored.map((one) => one.forecastId), scored.map((one) => one.horizonDays)],
    );
  }

  /** The newest forecast of a subject made at or before a moment. */
  async latest({ kind, subjectId }: ForecastSubject, at: Instant): Promise<Forecast | undefined> {
    const [row] = await this.persistence.query(
      `SELECT body FROM forecast WHERE kind = $1 AND subject_id = $2 AND made_at <= $3 ORDER BY made_at DESC LIMIT 1`,
      [kind, subjectId, at],
    );
    return row === undefined ? undefined : forecastRow.parse(row).body;
  }

  /** Newest first. */
  async history({ kind, subjectId }: ForecastSubject, at: Instant, page: PageRequest): Promise<Page<Forecast>> {
    const before = decodeCursor(page.cursor, z.iso.datetime());
    const found = await this.persistence.query(
      `SELECT body FROM forecast WHERE kind = $1 AND subject_id = $2 AND made_at <= $3 AND ($4::timestamptz IS NULL OR made_at < $4)
       ORDER BY made_at DESC LIMIT $5`,
      [kind, subjectId, at, before ?? null, page.limit + 1],
    );
    return toPage(
      found.map((row) => forecastRow.parse(row).body),
      page.limit,
      (one) => one.madeAt,
      (one) => one,
    );
  }

  /** The newest forecast of every subject that the principal may see. */
  async list(
    principal: Principal,
    kind: ForecastKind | undefined,
    at: Instant,
    page: PageRequest,
  ): Promise<Page<Forecast>> {
    const after = decodeCursor(page.cursor, z.tuple([z.string(), z.string()]));
    const parameters: SqlValue[] = [at, kind ?? null, after?.[0] ?? null, after?.[1] ?? null, page.limit + 1];
    const visible = portfolioCondition(principal.portfolios, 'subject_id', parameters);
    const found = await this.persistence.query(
      `SELECT DISTINCT ON (kind, subject_id) body FROM forecast
       WHERE made_at <= $1 AND ($2::text IS NULL OR kind = $2) AND ($3::text IS NULL OR (kind, subject_id) > ($3, $4))
         AND (kind <> 'portfolio' OR ${visible})
       ORDER BY kind, subject_id, made_at DESC LIMIT $5`,
      parameters,
    );
    return toPage(
      found.map((row) => forecastRow.parse(row).body),
      page.limit,
      (one) => [one.kind, one.subjectId],
      (one) => one,
    );
  }

  async fit(fitId: string): Promise<VolatilityFit | undefined> {
    const [row] = await this.persistence.query('SELECT body FROM volatility_fit WHERE fit_id = $1', [fitId]);
    return row === undefined ? undefined : fitRow.parse(row).body;
  }

  /** Daily runs, newest first. */
  async runs(page: PageRequest): Promise<Page<ForecastRun>> {
    const after = decodeCursor(page.cursor, z.tuple([z.iso.datetime(), z.string()]));
    const found = await this.persistence.query(
      `SELECT body FROM forecast_run WHERE $1::timestamptz IS NULL OR (at, calendar) < ($1, $2)
       ORDER BY at DESC, calendar DESC LIMIT $3`,
      [after?.[0] ?? null, after?.[1] ?? null, page.limit + 1],
    );
    return toPage(
      found.map((row) => runRow.parse(row).body),
      page.limit,
      (run) => [run.at, run.calendar],
      (run) => run,
    );
  }
}
