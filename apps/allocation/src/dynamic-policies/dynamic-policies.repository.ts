import { Injectable } from '@nestjs/common';
import { executeLater, Persistence, rows, type Tx } from '@risk-budget/persistence';
import { decodeCursor, toPage, type Page } from '@risk-budget/service-kit';
import { z } from 'zod';
import { AllocationError } from '../errors.js';
import { personKey } from '../plans/plans.repository.js';
import { dynamicPolicyView, type DynamicPolicy, type DynamicPolicyStatus } from './dynamic-policy.schemas.js';

/** Dynamic policies: one in force a portfolio, and all that were proposed. */
@Injectable()
export class DynamicPoliciesRepository {
  constructor(private readonly persistence: Persistence) {}

  /** The version that the next policy of a portfolio gets; its plans are locked. */
  async nextVersion(tx: Tx, portfolioId: string): Promise<number> {
    const [row] = await rows<{ version: number }>(
      tx,
      'SELECT coalesce(max(version), 0) + 1 AS version FROM dynamic_policy WHERE portfolio_id = $1',
      [portfolioId],
    );
    return row?.version ?? 1;
  }

  async insert(tx: Tx, policy: DynamicPolicy): Promise<void> {
    await executeLater(
      tx,
      `INSERT INTO dynamic_policy (dynamic_policy_id, portfolio_id, version, status, document, proposed_by)
       VALUES ($1, $2, $3, $4, $5::jsonb, $6)`,
      [
        policy.dynamicPolicyId,
        policy.portfolioId,
        policy.version,
        policy.status,
        JSON.stringify(policy),
        personKey(policy.proposer),
      ],
    );
  }

  async update(tx: Tx, policy: DynamicPolicy): Promise<void> {
    await executeLater(
      tx,
      'UPDATE dynamic_policy SET status = $2, document = $3::jsonb, approved_by = $4 WHERE dynamic_policy_id = $1',
      [
        policy.dynamicPolicyId,
        policy.status,
        JSON.stringify(policy),
        policy.approver === null ? null : personKey(policy.approver),
      ],
    );
  }

  /** @throws AllocationError `UNKNOWN_DYNAMIC_POLICY` */
  async get(portfolioId: string, dynamicPolicyId: string, tx?: Tx): Promise<DynamicPolicy> {
    const [found] = await this.select(tx, 'portfolio_id = $1 AND dynamic_policy_id = $2', [
      portfolioId,
      dynamicPolicyId,
    ]);
    if (found !== undefined) return found;
    throw new AllocationError(
      'ALLOCATION.UNKNOWN_DYNAMIC_POLICY',
      `There is no dynamic policy '${dynamicPolicyId}' of this portfolio.`,
    );
  }

  async active(tx: Tx | undefined, portfolioId: string): Promise<DynamicPolicy | undefined> {
    return (await this.select(tx, "portfolio_id = $1 AND status = 'active'", [portfolioId]))[0];
  }

  /** Portfolios whose policy in force follows one of the subjects. */
  async followers(tx: Tx, subjectIds: readonly string[]): Promise<string[]> {
    const found = await rows<{ id: string }>(
      tx,
      `SELECT portfolio_id AS id FROM dynamic_policy
       WHERE status = 'active'
         AND (document->'rules'->'regime'->>'subjectId' = ANY ($1) OR document->'rules'->'volatility'->>'subjectId' = ANY ($1))
       ORDER BY 1`,
      [subjectIds],
    );
    return found.map((row) => row.id);
  }

  /** Newest first. */
  async list(
    portfolioId: string,
    page: { limit: number; cursor?: string | undefined; status?: DynamicPolicyStatus | undefined },
  ): Promise<Page<DynamicPolicy>> {
    const after = decodeCursor(page.cursor, z.int());
    const found = await this.select(
      undefined,
      `portfolio_id = $1 AND ($2::text IS NULL OR status = $2) AND ($3::integer IS NULL OR version < $3)
       ORDER BY version DESC LIMIT $4`,
      [portfolioId, page.status ?? null, after ?? null, page.limit + 1],
    );
    return toPage(
      found,
      page.limit,
      (policy) => policy.version,
      (policy) => policy,
    );
  }

  private async select(tx: Tx | undefined, condition: string, parameters: unknown[]): Promise<DynamicPolicy[]> {
    const sql = `SELECT document FROM dynamic_policy WHERE ${condition}`;
    const found = await (tx === undefined ? this.persistence.query(sql, parameters) : rows(tx, sql, parameters));
    return found.map((row) => dynamicPolicyView.parse(row['document']));
  }
}
