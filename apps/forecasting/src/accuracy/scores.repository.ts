import { Injectable } from '@nestjs/common';
import type { ForecastSubject } from '@risk-budget/contracts';
import { insertMany, Persistence, rows, type Tx } from '@risk-budget/persistence';
import { decodeCursor, toPage, type Page } from '@risk-budget/service-kit';
import { z } from 'zod';
import { forecastScore, type ForecastScore } from './score.js';
import { standing, type Standing } from './standing.js';

const scoreRow = z.object({ body: forecastScore });
const standingRow = z.object({ body: standing });

/** Scores, and how the methods of each subject stand. */
@Injectable()
export class ScoresRepository {
  constructor(private readonly persistence: Persistence) {}

  /** A second score of a forecast and horizon breaks the primary key: there is none. */
  async insert(tx: Tx, scores: readonly (ForecastScore & ForecastSubject)[]): Promise<void> {
    await insertMany(
      tx,
      'forecast_score',
      {
        forecast_id: 'uuid',
        horizon_days: 'integer',
        kind: 'text',
        subject_id: 'text',
        window_end: 'date',
        scored_at: 'timestamptz',
        body: 'jsonb',
      },
      scores.map(({ kind, subjectId, ...score }) => ({
        forecast_id: score.forecastId,
        horizon_days: score.horizonDays,
        kind,
        subject_id: subjectId,
        window_end: score.windowEnd,
        scored_at: score.scoredAt,
        body: JSON.stringify(score),
      })),
    );
  }

  async standings(tx: Tx): Promise<Standing[]> {
    return (await rows(tx, 'SELECT body FROM forecast_standing')).map((row) => standingRow.parse(row).body);
  }

  async standing({ kind, subjectId }: ForecastSubject): Promise<Standing | undefined> {
    const [row] = await this.persistence.query(
      'SELECT body FROM forecast_standing WHERE kind = $1 AND subject_id = $2',
      [kind, subjectId],
    );
    return row === undefined ? undefined : standingRow.parse(row).body;
  }

  async putStandings(tx: Tx, standings: readonly Standing[]): Promise<void> {
    await insertMany(
      tx,
      'forecast_standing',
      { kind: 'text', subject_id: 'text', body: 'jsonb' },
      standings.map((one) => ({ kind: one.kind, subject_id: one.subjectId, body: JSON.stringify(one) })),
      '(kind, subject_id) DO UPDATE SET body = excluded.body',
    );
  }

  /** The last scores of a horizon, oldest first. */
  async last({ kind, subjectId }: ForecastSubject, horizonDays: number, count: number): Promise<ForecastScore[]> {
    const found = await this.persistence.query(
      `SELECT body FROM forecast_score WHERE kind = $1 AND subject_id = $2 AND horizon_days = $3
       ORDER BY window_end DESC, forecast_id DESC LIMIT $4`,
      [kind, subjectId, horizonDays, count],
    );
    return found.map((row) => scoreRow.parse(row).body).reverse();
  }

  /** Newest first. */
  async list(
    { kind, subjectId }: ForecastSubject,
    horizonDays: number,
    page: { readonly limit: number; readonly cursor?: string | undefined },
  ): Promise<Page<ForecastScore>> {
    const after = decodeCursor(page.cursor, z.tuple([z.iso.date(), z.uuid()]));
    const found = await this.persistence.query(
      `SELECT body FROM forecast_score WHERE kind = $1 AND subject_id = $2 AND horizon_days = $3
         AND ($4::date IS NULL OR (window_end, forecast_id) < ($4, $5))
       ORDER BY window_end DESC, forecast_id DESC LIMIT $6`,
      [kind, subjectId, horizonDays, after?.[0] ?? null, after?.[1] ?? null, page.limit + 1],
    );
    return toPage(
      found.map((row) => scoreRow.parse(row).body),
      page.limit,
      (score) => [score.windowEnd, score.forecastId],
      (score) => score,
    );
  }
}
