import { Injectable } from '@nestjs/common';
import { executeLater, insertMany, Persistence, rows, type Tx } from '@risk-budget/persistence';
import { decodeCursor, toPage, type Page } from '@risk-budget/service-kit';
import { z } from 'zod';
import { storedRegime, type StateCount } from './regime.js';
import { regimeScore, type RegimeScore } from './regime-score.js';

const dueRow = z.object({ body: storedRegime, horizonDays: z.int() });
const scoreRow = z.object({ body: regimeScore });

/** A forecast of regimes whose day has come. */
export type DueRegime = z.infer<typeof dueRow>;

/** Forecasts of regimes beside what happened, and those that are still to be scored. */
@Injectable()
export class RegimeScoresRepository {
  constructor(private readonly persistence: Persistence) {}

  /** @param cutoffs for a horizon of n days, at n − 1: the last day from which so many days have passed */
  async due(tx: Tx, calendar: string, cutoffs: readonly string[]): Promise<DueRegime[]> {
    const found = await rows(
      tx,
      `SELECT r.body, d.horizon_days AS "horizonDays" FROM regime_due d JOIN regime r USING (regime_id)
       WHERE d.calendar = $1 AND d.as_of_date <= ($2::date[])[d.horizon_days]
       ORDER BY r.as_of, r.subject_id, r.states, d.horizon_days`,
      [calendar, cutoffs],
    );
    return found.map((row) => dueRow.parse(row));
  }

  /** A second score of a forecast and horizon breaks the primary key: there is none. */
  async insert(tx: Tx, scores: readonly RegimeScore[]): Promise<void> {
    if (scores.length === 0) return;
    await insertMany(
      tx,
      'regime_score',
      {
        regime_id: 'uuid',
        horizon_days: 'integer',
        subject_id: 'text',
        states: 'integer',
        window_end: 'date',
        body: 'jsonb',
      },
      scores.map((score) => ({
        regime_id: score.regimeId,
        horizon_days: score.horizonDays,
        subject_id: score.subjectId,
        states: score.states,
        window_end: score.windowEnd,
        body: JSON.stringify(score),
      })),
    );
    await executeLater(
      tx,
      `DELETE FROM regime_due d USING unnest($1::uuid[], $2::integer[]) AS s(id, h)
       WHERE d.regime_id = s.id AND d.horizon_days = s.h`,
      [scores.map(({ regimeId }) => regimeId), scores.map(({ horizonDays }) => horizonDays)],
    );
  }

  /** The last scores of a horizon, oldest first. */
  async last(subjectId: string, states: StateCount, horizonDays: number, count: number): Promise<RegimeScore[]> {
    const found = await this.persistence.query(
      `SELECT body FROM regime_score WHERE subject_id = $1 AND states = $2 AND horizon_days = $3
       ORDER BY window_end DESC, regime_id DESC LIMIT $4`,
      [subjectId, states, horizonDays, count],
    );
    return found.map((row) => scoreRow.parse(row).body).reverse();
  }

  /** Newest first. */
  async list(
    subjectId: string,
    states: StateCount,
    horizonDays: number,
    page: { readonly limit: number; readonly cursor?: string | undefined },
  ): Promise<Page<RegimeScore>> {
    const after = decodeCursor(page.cursor, z.tuple([z.iso.date(), z.uuid()]));
    const found = await this.persistence.query(
      `SELECT body FROM regime_score WHERE subject_id = $1 AND states = $2 AND horizon_days = $3
         AND ($4::date IS NULL OR (window_end, regime_id) < ($4, $5))
       ORDER BY window_end DESC, regime_id DESC LIMIT $6`,
      [subjectId, states, horizonDays, after?.[0] ?? null, after?.[1] ?? null, page.limit + 1],
    );
    return toPage(
      found.map((row) => scoreRow.parse(row).body),
      page.limit,
      (score) => [score.windowEnd, score.regimeId],
      (score) => score,
    );
  }
}
