import { Injectable } from '@nestjs/common';
import { executeLater, Persistence, rows, type Tx } from '@risk-budget/persistence';
import { decodeCursor, toPage, type Page } from '@risk-budget/service-kit';
import { z } from 'zod';
import { AllocationError } from '../errors.js';
import { adjustmentView, type Adjustment } from './adjustment.schemas.js';

const select = `SELECT a.document || jsonb_build_object('limitApproval', l.document) AS document
  FROM budget_adjustment a LEFT JOIN limit_rise_approval l USING (adjustment_id)`;

/** Adjustments of budgets by dynamic policies, and the approvals by which limits followed a rise; neither is ever altered. */
@Injectable()
export class AdjustmentsRepository {
  constructor(private readonly persistence: Persistence) {}

  async insert(tx: Tx, adjustment: Adjustment): Promise<void> {
    await executeLater(
      tx,
      'INSERT INTO budget_adjustment (adjustment_id, portfolio_id, plan_id, at, document) VALUES ($1, $2, $3, $4, $5::jsonb)',
      [adjustment.adjustmentId, adjustment.portfolioId, adjustment.planId, adjustment.at, JSON.stringify(adjustment)],
    );
  }

  async approveLimits(tx: Tx, adjustmentId: string, approval: NonNullable<Adjustment['limitApproval']>): Promise<void> {
    await executeLater(tx, 'INSERT INTO limit_rise_approval (adjustment_id, document) VALUES ($1, $2::jsonb)', [
      adjustmentId,
      JSON.stringify(approval),
    ]);
  }

  /** @throws AllocationError `UNKNOWN_ADJUSTMENT` */
  async get(portfolioId: string, adjustmentId: string, tx?: Tx): Promise<Adjustment> {
    const sql = `${select} WHERE a.portfolio_id = $1 AND a.adjustment_id = $2`;
    const parameters = [portfolioId, adjustmentId];
    const [row] = await (tx === undefined ? this.persistence.query(sql, parameters) : rows(tx, sql, parameters));
    if (row !== undefined) return adjustmentView.parse(row['document']);
    throw new AllocationError(
      'ALLOCATION.UNKNOWN_ADJUSTMENT',
      `There is no adjustment '${adjustmentId}' of this portfolio’s budgets.`,
    );
  }

  /** Newest first. */
  async list(portfolioId: string, page: { limit: number; cursor?: string | undefined }): Promise<Page<Adjustment>> {
    const after = decodeCursor(page.cursor, z.tuple([z.iso.datetime(), z.uuid()]));
    const found = await this.persistence.query(
      `${select} WHERE a.portfolio_id = $1 AND ($2::timestamptz IS NULL OR (a.at, a.adjustment_id) < ($2, $3))
       ORDER BY a.at DESC, a.adjustment_id DESC LIMIT $4`,
      [portfolioId, after?.[0] ?? null, after?.[1] ?? null, page.limit + 1],
    );
    return toPage(
      found.map((row) => adjustmentView.parse(row['document'])),
      page.limit,
      (one) => [one.at, one.adjustmentId],
      (one) => one,
    );
  }
}
