import { Injectable } from '@nestjs/common';
import type { Instant } from '@risk-budget/contracts';
import { executeLater, rows, type Tx } from '@risk-budget/persistence';
import { z } from 'zod';
import { preTradeCheck, type PreTradeCheck, type PreTradeResult } from './pre-trade.schemas.js';

const checkRow = z.object({ body: preTradeCheck }).transform((row) => row.body);

/** SQL over pre-trade checks; a check is kept whole and never changed. */
@Injectable()
export class PreTradeRepository {
  async insert(tx: Tx, check: PreTradeCheck): Promise<void> {
    await executeLater(
      tx,
      'INSERT INTO pre_trade_check (check_id, portfolio_id, at, result, requested_by, body) VALUES ($1, $2, $3, $4, $5, $6)',
      [
        check.checkId,
        check.portfolioId,
        check.at,
        check.result,
        JSON.stringify(check.requestedBy),
        JSON.stringify(check),
      ],
    );
  }

  async find(tx: Tx, portfolioId: string, checkId: string): Promise<PreTradeCheck | undefined> {
    const [row] = await rows(tx, 'SELECT body FROM pre_trade_check WHERE portfolio_id = $1 AND check_id = $2', [
      portfolioId,
      checkId,
    ]);
    return row === undefined ? undefined : checkRow.parse(row);
  }

  async list(
    tx: Tx,
    filter: {
      readonly portfolioId: string;
      readonly result?: PreTradeResult | undefined;
      readonly from?: Instant | undefined;
      readonly to?: Instant | undefined;
    },
    after: string | undefined,
    count: number,
  ): Promise<PreTradeCheck[]> {
    const found = await rows(
      tx,
      `SELECT body FROM pre_trade_check
       WHERE portfolio_id = $1 AND ($2::text IS NULL OR result = $2) AND ($3::timestamptz IS NULL OR at >= $3)
         AND ($4::timestamptz IS NULL OR at < $4) AND ($5::uuid IS NULL OR ordinal < (SELECT ordinal FROM pre_trade_check WHERE check_id = $5))
       ORDER BY ordinal DESC LIMIT $6`,
      [filter.portfolioId, filter.result ?? null, filter.from ?? null, filter.to ?? null, after ?? null, count],
    );
    return z.array(checkRow).parse(found);
  }
}
