import { Injectable } from '@nestjs/common';
import type { Instant, RebalancingWanted } from '@risk-budget/contracts';
import { executeLater, Persistence, rows, type Tx } from '@risk-budget/persistence';
import { decodeCursor, toPage, type Page } from '@risk-budget/service-kit';
import { z } from 'zod';
import { AllocationError } from '../errors.js';
import { rebalancing } from './rebalancing.schemas.js';

/** What was asked for, and which leaves are out of their band. */
@Injectable()
export class RebalancingRepository {
  constructor(private readonly persistence: Persistence) {}

  async insert(tx: Tx, wanted: RebalancingWanted): Promise<void> {
    await executeLater(
      tx,
      'INSERT INTO rebalancing (rebalancing_id, portfolio_id, as_of, document) VALUES ($1, $2, $3, $4::jsonb)',
      [wanted.rebalancingId, wanted.portfolioId, wanted.asOf, JSON.stringify(wanted)],
    );
  }

  /** Leaves that were out of their band under a plan; none under another plan. Held until the transaction ends. */
  async outOfBand(tx: Tx, portfolioId: string, planId: string): Promise<string[]> {
    const [row] = await rows<{ out: string[] }>(
      tx,
      'SELECT out_of_band AS out FROM rebalancing_state WHERE portfolio_id = $1 AND plan_id = $2 FOR UPDATE',
      [portfolioId, planId],
    );
    return row?.out ?? [];
  }

  async setOutOfBand(tx: Tx, portfolioId: string, planId: string, out: readonly string[]): Promise<void> {
    await executeLater(
      tx,
      `INSERT INTO rebalancing_state (portfolio_id, plan_id, out_of_band) VALUES ($1, $2, $3::text[])
       ON CONFLICT (portfolio_id) DO UPDATE SET plan_id = excluded.plan_id, out_of_band = excluded.out_of_band`,
      [portfolioId, planId, [...out]],
    );
  }

  /** Portfolios with a plan in force, by id. */
  async portfoliosInForce(tx: Tx): Promise<string[]> {
    const found = await rows<{ id: string }>(
      tx,
      "SELECT portfolio_id AS id FROM budget_plan WHERE status = 'active' ORDER BY 1",
    );
    return found.map((row) => row.id);
  }

  async get(portfolioId: string, rebalancingId: string): Promise<RebalancingWanted> {
    const [row] = await this.persistence.query(
      'SELECT document FROM rebalancing WHERE rebalancing_id = $1 AND portfolio_id = $2',
      [rebalancingId, portfolioId],
    );
    if (row === undefined) {
      throw new AllocationError(
        'ALLOCATION.UNKNOWN_REBALANCING',
        `There is no rebalancing '${rebalancingId}' of this portfolio.`,
      );
    }
    return rebalancing.parse(row['document']);
  }

  /** Newest first. */
  async list(
    portfolioId: string,
    filter: { asOf: Instant; planId?: string | undefined; limit: number; cursor?: string | undefined },
  ): Promise<Page<RebalancingWanted>> {
    const after = decodeCursor(filter.cursor, z.tuple([z.iso.datetime(), z.uuid()]));
    const found = await this.persistence.query(
      `SELECT document FROM rebalancing
       WHERE portfolio_id = $1 AND as_of <= $2 AND ($3::uuid IS NULL OR (document->>'planId')::uuid = $3)
         AND ($4::timestamptz IS NULL OR (as_of, rebalancing_id) < ($4, $5))
       ORDER BY as_of DESC, rebalancing_id DESC LIMIT $6`,
      [portfolioId, filter.asOf, filter.planId ?? null, after?.[0] ?? null, after?.[1] ?? null, filter.limit + 1],
    );
    return toPage(
      found.map((row) => rebalancing.parse(row['document'])),
      filter.limit,
      (one) => [one.asOf, one.rebalancingId],
      (one) => one,
    );
  }
}
