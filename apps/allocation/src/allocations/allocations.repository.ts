import { Injectable } from '@nestjs/common';
import { executeLater, Persistence, rows, type Tx } from '@risk-budget/persistence';
import { decodeCursor, toPage, type Page } from '@risk-budget/service-kit';
import { z } from 'zod';
import { AllocationError } from '../errors.js';
import { allocation, allocationSummary, type Allocation, type AllocationSummary } from './allocation.schemas.js';

/** Computed allocations; they never change. */
@Injectable()
export class AllocationsRepository {
  constructor(private readonly persistence: Persistence) {}

  async insert(tx: Tx, computed: Allocation): Promise<void> {
    await executeLater(
      tx,
      'INSERT INTO allocation (allocation_id, portfolio_id, at, document) VALUES ($1, $2, $3, $4::jsonb)',
      [computed.allocationId, computed.portfolioId, computed.at, JSON.stringify(computed)],
    );
  }

  /** @throws AllocationError `UNKNOWN_ALLOCATION` */
  async get(portfolioId: string, allocationId: string, tx?: Tx): Promise<Allocation> {
    const sql = 'SELECT document FROM allocation WHERE allocation_id = $1 AND portfolio_id = $2';
    const parameters = [allocationId, portfolioId];
    const [row] = await (tx === undefined ? this.persistence.query(sql, parameters) : rows(tx, sql, parameters));
    if (row === undefined) {
      throw new AllocationError(
        'ALLOCATION.UNKNOWN_ALLOCATION',
        `There is no allocation '${allocationId}' of this portfolio.`,
      );
    }
    return allocation.parse(row['document']);
  }

  /** Newest first. */
  async list(
    portfolioId: string,
    page: { limit: number; cursor?: string | undefined },
  ): Promise<Page<AllocationSummary>> {
    const after = decodeCursor(page.cursor, z.tuple([z.iso.datetime(), z.uuid()]));
    const found = await this.persistence.query(
      `SELECT document - 'nodes' - 'targetWeights' - 'binding' AS document FROM allocation
       WHERE portfolio_id = $1 AND ($2::timestamptz IS NULL OR (at, allocation_id) < ($2, $3))
       ORDER BY at DESC, allocation_id DESC LIMIT $4`,
      [portfolioId, after?.[0] ?? null, after?.[1] ?? null, page.limit + 1],
    );
    return toPage(
      found.map((row) => allocationSummary.parse(row['document'])),
      page.limit,
      (one) => [one.at, one.allocationId],
      (one) => one,
    );
  }
}
