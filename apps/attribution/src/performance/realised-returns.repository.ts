import { Injectable } from '@nestjs/common';
import { realisedReturn, type BusinessDate, type RealisedReturnsStated } from '@risk-budget/contracts';
import { insertMany, Persistence, type Tx } from '@risk-budget/persistence';
import { z } from 'zod';

/** Returns of a portfolio's parts over a day, as upstream has stated them last. */
export type StatedReturns = Pick<RealisedReturnsStated, 'level' | 'rows'> & { readonly date: BusinessDate };

const columns = {
  portfolio_id: 'text',
  date: 'date',
  level: 'text',
  known_at: 'timestamptz',
  source_id: 'text',
  rows: 'jsonb',
};

const stated = z.object({
  date: z.iso.date(),
  level: z.enum(['security', 'strategy', 'sector']),
  rows: z.array(realisedReturn),
});

/** SQL over stated returns. */
@Injectable()
export class RealisedReturnsRepository {
  constructor(private readonly persistence: Persistence) {}

  async insert(
    tx: Tx,
    events: readonly { readonly id: string; readonly data: RealisedReturnsStated }[],
  ): Promise<void> {
    const rows = events.map(({ id, data }) => ({
      portfolio_id: data.portfolioId,
      date: data.date,
      level: data.level,
      known_at: data.knownAt,
      source_id: id,
      rows: JSON.stringify(data.rows),
    }));
    await insertMany(tx, 'realised_return', columns, rows, 'DO NOTHING');
  }

  /** The last statement of each day and level. */
  async between(portfolioId: string, from: BusinessDate, to: BusinessDate): Promise<StatedReturns[]> {
    const found = await this.persistence.query(
      `SELECT DISTINCT ON (date, level) to_char(date, 'YYYY-MM-DD') AS date, level, rows FROM realised_return
       WHERE portfolio_id = $1 AND date BETWEEN $2 AND $3 ORDER BY date, level, known_at DESC`,
      [portfolioId, from, to],
    );
    return z.array(stated).parse(found);
  }
}
