import { Injectable } from '@nestjs/common';
import type { Instant } from '@risk-budget/contracts';
import { executeLater, Persistence, rows, type Tx } from '@risk-budget/persistence';
import { decodeCursor, toPage, type Page } from '@risk-budget/service-kit';
import { z } from 'zod';
import { modelFailure, riskModelSummary, type ModelFailure, type RiskModelSummary } from './risk-model.schemas.js';

const summaryRow = z.object({ summary: riskModelSummary, recordedAt: z.string() });
const failureColumns = `failure_id AS "failureId", portfolio_id AS "portfolioId", at, cause, policy_id AS "policyId",
  policy_version AS "policyVersion", code, detail`;

interface PageRequest {
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/** What was estimated, why and from what; and what could not be. */
@Injectable()
export class ModelEstimatesRepository {
  constructor(private readonly persistence: Persistence) {}

  async insert(tx: Tx, summary: RiskModelSummary): Promise<void> {
    await executeLater(
      tx,
      `INSERT INTO model_estimate (model_id, portfolio_id, policy_id, policy_version, known_at, cause, requested_by, input_hash, summary)
       VALUES ($1, $2, $3, $4, $5, $6, $7::jsonb, $8, $9::jsonb)`,
      [
        summary.modelId,
        summary.portfolioId,
        summary.policyId,
        summary.policyVersion,
        summary.knownAt,
        summary.cause,
        summary.requestedBy === null ? null : JSON.stringify(summary.requestedBy),
        summary.inputHash,
        JSON.stringify(summary),
      ],
    );
  }

  async insertFailure(tx: Tx, failure: ModelFailure): Promise<void> {
    await executeLater(
      tx,
      `INSERT INTO model_failure (failure_id, portfolio_id, at, cause, policy_id, policy_version, code, detail)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
      [
        failure.failureId,
        failure.portfolioId,
        failure.at,
        failure.cause,
        failure.policyId,
        failure.policyVersion,
        failure.code,
        failure.detail,
      ],
    );
  }

  async find(modelId: string): Promise<RiskModelSummary | undefined> {
    const [row] = await this.persistence.query(
      'SELECT summary, recorded_at AS "recordedAt" FROM model_estimate WHERE model_id = $1',
      [modelId],
    );
    return row === undefined ? undefined : summaryRow.parse(row).summary;
  }

  /** The newest estimate of a portfolio that was known at a moment. */
  async latest(portfolioId: string, knownAt: Instant, tx?: Tx): Promise<RiskModelSummary | undefined> {
    const sql = `SELECT summary, recorded_at AS "recordedAt" FROM model_estimate WHERE portfolio_id = $1 AND known_at <= $2
      ORDER BY known_at DESC, recorded_at DESC, model_id DESC LIMIT 1`;
    const [row] = await (tx === undefined
      ? this.persistence.query(sql, [portfolioId, knownAt])
      : rows(tx, sql, [portfolioId, knownAt]));
    return row === undefined ? undefined : summaryRow.parse(row).summary;
  }

  /** Newest first. */
  async list(portfolioId: string, knownAt: Instant, page: PageRequest): Promise<Page<RiskModelSummary>> {
    const after = decodeCursor(page.cursor, z.tuple([z.iso.datetime(), z.iso.datetime(), z.uuid()]));
    const found = await this.persistence.query(
      `SELECT summary, recorded_at AS "recordedAt" FROM model_estimate
       WHERE portfolio_id = $1 AND known_at <= $2 AND ($3::timestamptz IS NULL OR (known_at, recorded_at, model_id) < ($3, $4, $5))
       ORDER BY known_at DESC, recorded_at DESC, model_id DESC LIMIT $6`,
      [portfolioId, knownAt, after?.[0] ?? null, after?.[1] ?? null, after?.[2] ?? null, page.limit + 1],
    );
    return toPage(
      found.map((row) => summaryRow.parse(row)),
      page.limit,
      ({ summary, recordedAt }) => [summary.knownAt, recordedAt, summary.modelId],
      ({ summary }) => summary,
    );
  }

  /** Newest first. */
  async failures(portfolioId: string, page: PageRequest): Promise<Page<ModelFailure>> {
    const after = decodeCursor(page.cursor, z.tuple([z.iso.datetime(), z.uuid()]));
    const found = await this.persistence.query(
      `SELECT ${failureColumns} FROM model_failure
       WHERE portfolio_id = $1 AND ($2::timestamptz IS NULL OR (at, failure_id) < ($2, $3))
       ORDER BY at DESC, failure_id DESC LIMIT $4`,
      [portfolioId, after?.[0] ?? null, after?.[1] ?? null, page.limit + 1],
    );
    return toPage(
      found.map((row) => modelFailure.parse(row)),
      page.limit,
      (failure) => [failure.at, failure.failureId],
      (failure) => failure,
    );
  }
}
