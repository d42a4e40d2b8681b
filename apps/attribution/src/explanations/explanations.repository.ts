import { Injectable } from '@nestjs/common';
import { executeLater, Persistence, type Tx } from '@risk-budget/persistence';
import { explanationRecord, type ExplanationRecord } from './explanation.types.js';

/** Which explanations a list shows, newest first. */
export interface ExplanationFilter {
  readonly portfolioId: string;
  readonly cause: string | undefined;
  readonly breachId: string | undefined;
  readonly from: string | null;
  readonly to: string | null;
  readonly before: readonly [string, number] | undefined;
  readonly limit: number;
}

/** Explanations, written once and never changed. */
@Injectable()
export class ExplanationsRepository {
  constructor(private readonly persistence: Persistence) {}

  async insert(tx: Tx, record: ExplanationRecord): Promise<void> {
    await executeLater(
      tx,
      `INSERT INTO explanation (explanation_id, portfolio_id, as_of, cause, breach_id, state, document)
       VALUES ($1, $2, $3, $4, $5, $6, $7)`,
      [
        record.explanationId,
        record.portfolioId,
        record.asOf,
        record.cause,
        record.breachId,
        record.state,
        JSON.stringify(record),
      ],
    );
  }

  async find(explanationId: string): Promise<ExplanationRecord | undefined> {
    const [row] = await this.persistence.query<{ document: unknown }>(
      'SELECT document FROM explanation WHERE explanation_id = $1',
      [explanationId],
    );
    return row === undefined ? undefined : explanationRecord.parse(row.document);
  }

  async list(filter: ExplanationFilter): Promise<{ readonly number: number; readonly record: ExplanationRecord }[]> {
    const { portfolioId, cause, breachId, from, to, before, limit } = filter;
    const found = await this.persistence.query<{ number: number; document: unknown }>(
      `SELECT number, document FROM explanation
       WHERE portfolio_id = $1 AND ($2::text IS NULL OR cause = $2) AND ($3::uuid IS NULL OR breach_id = $3)
         AND ($4::timestamptz IS NULL OR as_of >= $4) AND ($5::timestamptz IS NULL OR as_of <= $5)
         AND ($6::timestamptz IS NULL OR (as_of, number) < ($6, $7::bigint))
       ORDER BY as_of DESC, number DESC LIMIT $8`,
      [portfolioId, cause ?? null, breachId ?? null, from, to, before?.[0] ?? null, before?.[1] ?? null, limit],
    );
    return found.map(({ number, document }) => ({ number: Number(number), record: explanationRecord.parse(document) }));
  }
}
