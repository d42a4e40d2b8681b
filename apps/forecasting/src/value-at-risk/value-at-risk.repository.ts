import { Injectable } from '@nestjs/common';
import { insertMany, Persistence, type Tx } from '@risk-budget/persistence';
import { decodeCursor, toPage, type Page } from '@risk-budget/service-kit';
import { z } from 'zod';
import { forecastScore } from '../accuracy/score.js';
import { valueAtRisk, type ValueAtRisk, type ValueAtRiskDay } from './value-at-risk.js';

const dayRow = z.object({ body: valueAtRisk, score: forecastScore.nullable() });

/** Value at risk of each close, joined with the score of the same day's forecast: the loss of the same holdings. */
@Injectable()
export class ValueAtRiskRepository {
  constructor(private readonly persistence: Persistence) {}

  async insert(tx: Tx, figures: readonly ValueAtRisk[]): Promise<void> {
    await insertMany(
      tx,
      'value_at_risk',
      { forecast_id: 'uuid', portfolio_id: 'text', as_of: 'timestamptz', body: 'jsonb' },
      figures.map((one) => ({
        forecast_id: one.forecastId,
        portfolio_id: one.portfolioId,
        as_of: one.asOf,
        body: JSON.stringify(one),
      })),
    );
  }

  /** The newest days whose loss is known, oldest first. */
  async past(portfolioId: string, count: number): Promise<ValueAtRiskDay[]> {
    const found = await this.persistence.query(
      `SELECT v.body, s.body AS score FROM value_at_risk v JOIN forecast_score s ON s.forecast_id = v.forecast_id AND s.horizon_days = 1
       WHERE v.portfolio_id = $1 ORDER BY v.as_of DESC LIMIT $2`,
      [portfolioId, count],
    );
    return found.map(dayOf).reverse();
  }

  /** Newest first. */
  async list(
    portfolioId: string,
    page: { readonly limit: number; readonly cursor?: string | undefined },
  ): Promise<Page<ValueAtRiskDay>> {
    const before = decodeCursor(page.cursor, z.iso.datetime());
    const found = await this.persistence.query(
      `SELECT v.body, s.body AS score FROM value_at_risk v LEFT JOIN forecast_score s ON s.forecast_id = v.forecast_id AND s.horizon_days = 1
       WHERE v.portfolio_id = $1 AND ($2::timestamptz IS NULL OR v.as_of < $2) ORDER BY v.as_of DESC LIMIT $3`,
      [portfolioId, before ?? null, page.limit + 1],
    );
    return toPage(
      found.map(dayOf),
      page.limit,
      (day) => day.asOf,
      (day) => day,
    );
  }
}

function dayOf(row: unknown): ValueAtRiskDay {
  const { body, score } = dayRow.parse(row);
  return { ...body, date: score?.windowEnd ?? null, loss: score === null ? null : -score.realisedReturn };
}
