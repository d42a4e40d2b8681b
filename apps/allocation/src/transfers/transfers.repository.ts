import { Injectable } from '@nestjs/common';
import { executeLater, Persistence, rows, type Tx } from '@risk-budget/persistence';
import { decodeCursor, toPage, type Page } from '@risk-budget/service-kit';
import { z } from 'zod';
import { AllocationError } from '../errors.js';
import { transferView, type TransferView } from '../plans/plan.schemas.js';
import { personKey } from '../plans/plans.repository.js';

/** Transfers of budget within a plan. */
@Injectable()
export class TransfersRepository {
  constructor(private readonly persistence: Persistence) {}

  async insert(tx: Tx, transfer: TransferView): Promise<void> {
    await executeLater(
      tx,
      `INSERT INTO budget_transfer (transfer_id, plan_id, portfolio_id, status, document, proposed_by, proposed_at)
       VALUES ($1, $2, $3, $4, $5::jsonb, $6, $7)`,
      [
        transfer.transferId,
        transfer.planId,
        transfer.portfolioId,
        transfer.status,
        JSON.stringify(transfer),
        personKey(transfer.proposer),
        transfer.proposedAt,
      ],
    );
  }

  async update(tx: Tx, transfer: TransferView): Promise<void> {
    await executeLater(
      tx,
      'UPDATE budget_transfer SET status = $2, document = $3::jsonb, approved_by = $4 WHERE transfer_id = $1',
      [
        transfer.transferId,
        transfer.status,
        JSON.stringify(transfer),
        transfer.status === 'approved' && transfer.approver !== null ? personKey(transfer.approver) : null,
      ],
    );
  }

  /** @throws AllocationError `UNKNOWN_TRANSFER` */
  async get(portfolioId: string, planId: string, transferId: string, tx?: Tx): Promise<TransferView> {
    const sql = 'SELECT document FROM budget_transfer WHERE transfer_id = $1 AND plan_id = $2 AND portfolio_id = $3';
    const parameters = [transferId, planId, portfolioId];
    const [row] = await (tx === undefined ? this.persistence.query(sql, parameters) : rows(tx, sql, parameters));
    if (row === undefined) {
      throw new AllocationError('ALLOCATION.UNKNOWN_TRANSFER', `There is no transfer '${transferId}' of this plan.`);
    }
    return transferView.parse(row['document']);
  }

  /** Newest first. */
  async list(planId: string, page: { limit: number; cursor?: string | undefined }): Promise<Page<TransferView>> {
    const after = decodeCursor(page.cursor, z.tuple([z.iso.datetime(), z.uuid()]));
    const found = await this.persistence.query(
      `SELECT document FROM budget_transfer WHERE plan_id = $1 AND ($2::timestamptz IS NULL OR (proposed_at, transfer_id) < ($2, $3))
       ORDER BY proposed_at DESC, transfer_id DESC LIMIT $4`,
      [planId, after?.[0] ?? null, after?.[1] ?? null, page.limit + 1],
    );
    return toPage(
      found.map((row) => transferView.parse(row['document'])),
      page.limit,
      (one) => [one.proposedAt, one.transferId],
      (one) => one,
    );
  }
}
