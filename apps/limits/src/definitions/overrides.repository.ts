import { Injectable } from '@nestjs/common';
import type { Instant } from '@risk-budget/contracts';
import { executeLater, rows, type Tx } from '@risk-budget/persistence';
import { z } from 'zod';
import { personColumn } from '../person.js';
import type { LimitOverride } from './limit.types.js';
import { boundOf, boundValue, jsonOrNull } from './limits.repository.js';

const overrideColumns = `override_id, limit_id, portfolio_id, status, bound_kind, bound, effective_from, effective_to, reason,
  proposed_by, proposed_at, approved_by, approved_at, rejected_by, rejected_at, rejection_reason`;

const overrideRow = z
  .object({
    override_id: z.string(),
    limit_id: z.string(),
    portfolio_id: z.string(),
    status: z.enum(['proposed', 'approved', 'rejected']),
    bound_kind: z.enum(['absolute', 'shareOfBudget']),
    bound: z.coerce.number(),
    effective_from: z.string(),
    effective_to: z.string(),
    reason: z.string(),
    proposed_by: personColumn,
    proposed_at: z.string(),
    approved_by: personColumn.nullable(),
    approved_at: z.string().nullable(),
    rejected_by: personColumn.nullable(),
    rejected_at: z.string().nullable(),
    rejection_reason: z.string().nullable(),
  })
  .transform((row): LimitOverride => ({
    overrideId: row.override_id,
    limitId: row.limit_id,
    portfolioId: row.portfolio_id,
    status: row.status,
    bound: boundOf(row.bound_kind, row.bound),
    effectiveFrom: row.effective_from,
    effectiveTo: row.effective_to,
    reason: row.reason,
    proposedBy: row.proposed_by,
    proposedAt: row.proposed_at,
    approvedBy: row.approved_by,
    approvedAt: row.approved_at,
    rejectedBy: row.rejected_by,
    rejectedAt: row.rejected_at,
    rejectionReason: row.rejection_reason,
  }));

/** SQL over overrides. */
@Injectable()
export class OverridesRepository {
  async insert(tx: Tx, override: LimitOverride): Promise<void> {
    await executeLater(
      tx,
      `INSERT INTO limit_override (override_id, limit_id, portfolio_id, status, bound_kind, bound, effective_from, effective_to, reason,
         proposed_by, proposed_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
      [
        override.overrideId,
        override.limitId,
        override.portfolioId,
        override.status,
        override.bound.kind,
        boundValue(override.bound),
        override.effectiveFrom,
        override.effectiveTo,
        override.reason,
        JSON.stringify(override.proposedBy),
        override.proposedAt,
      ],
    );
  }

  async updateDecision(tx: Tx, override: LimitOverride): Promise<void> {
    await executeLater(
      tx,
      `UPDATE limit_override SET status = $2, approved_by = $3, approved_at = $4, rejected_by = $5, rejected_at = $6,
         rejection_reason = $7 WHERE override_id = $1`,
      [
        override.overrideId,
        override.status,
        jsonOrNull(override.approvedBy),
        override.approvedAt,
        jsonOrNull(override.rejectedBy),
        override.rejectedAt,
        override.rejectionReason,
      ],
    );
  }

  /** All overrides of some limits, by their beginning. */
  async of(tx: Tx, limitIds: readonly string[]): Promise<LimitOverride[]> {
    if (limitIds.length === 0) return [];
    const found = await rows(
      tx,
      `SELECT ${overrideColumns} FROM limit_override WHERE limit_id = ANY($1) ORDER BY effective_from, override_id`,
      [[...limitIds]],
    );
    return z.array(overrideRow).parse(found);
  }

  /** Approved overrides of a portfolio that have not ended by the instant. */
  async inForce(tx: Tx, portfolioIds: readonly string[], from: Instant): Promise<LimitOverride[]> {
    const found = await rows(
      tx,
      `SELECT ${overrideColumns} FROM limit_override
       WHERE portfolio_id = ANY($1) AND status = 'approved' AND effective_to > $2 ORDER BY effective_from`,
      [[...portfolioIds], from],
    );
    return z.array(overrideRow).parse(found);
  }
}
