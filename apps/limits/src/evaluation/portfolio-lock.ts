import { Injectable } from '@nestjs/common';
import { executeLater, rows, type Tx } from '@risk-budget/persistence';
import { TimerLock, type FiredTimer } from '@risk-budget/service-kit';
import { z } from 'zod';

const aboutPortfolio = z.object({ portfolioId: z.string() });

/**
 * One writer a portfolio: evaluation, decisions on limits and breaches, and timers of a portfolio follow one after the other, whichever
 * instance they run on.
 */
@Injectable()
export class PortfolioLock {
  /** Deadlines of a portfolio are set and cancelled under its lock. */
  @TimerLock()
  async ofTimer({ payload }: Pick<FiredTimer, 'payload'>, tx: Tx): Promise<void> {
    const { success, data } = aboutPortfolio.safeParse(payload);
    if (success) await this.acquire(tx, [data.portfolioId]);
  }

  /** Held until the transaction ends. Several portfolios are locked in the order of their ids, so that two transactions never cross. */
  async acquire(tx: Tx, portfolioIds: readonly string[]): Promise<void> {
    const sorted = [...new Set(portfolioIds)].sort();
    // Both are asked for at once, so that what is asked for behind them stands behind the locks.
    await Promise.all([
      executeLater(
        tx,
        'INSERT INTO portfolio_evaluation (portfolio_id) SELECT * FROM unnest($1::text[]) ON CONFLICT DO NOTHING',
        [sorted],
      ),
      rows(
        tx,
        'SELECT portfolio_id FROM portfolio_evaluation WHERE portfolio_id = ANY($1) ORDER BY portfolio_id FOR UPDATE',
        [sorted],
      ),
    ]);
  }
}
