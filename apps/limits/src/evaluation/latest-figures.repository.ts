import { Injectable } from '@nestjs/common';
import { executeLater, rows, type Tx } from '@risk-budget/persistence';
import { z } from 'zod';
import { keptSnapshot, type LatestFigures } from './latest-figures.js';

const json = z.string().transform((text): unknown => JSON.parse(text));
const figuresRow = z.object({
  full: json.pipe(keptSnapshot).nullable(),
  since: json.pipe(z.array(keptSnapshot)),
}) satisfies z.ZodType<LatestFigures>;

/** SQL over the latest figures of each portfolio. */
@Injectable()
export class LatestFiguresRepository {
  async find(tx: Tx, portfolioId: string): Promise<LatestFigures> {
    const [row] = await rows(
      tx,
      'SELECT last_full AS "full", since_then AS "since" FROM latest_figures WHERE portfolio_id = $1',
      [portfolioId],
    );
    return row === undefined ? { full: null, since: [] } : figuresRow.parse(row);
  }

  /** Writes them down; the last full snapshot, which is by far the larger part, only when it is a new one. */
  async put(tx: Tx, portfolioId: string, latest: LatestFigures, fullIsNew: boolean): Promise<void> {
    await executeLater(
      tx,
      `INSERT INTO latest_figures (portfolio_id, last_full, since_then) VALUES ($1, $2, $3)
       ON CONFLICT (portfolio_id) DO UPDATE SET since_then = excluded.since_then
         ${fullIsNew ? ', last_full = excluded.last_full' : ''}`,
      [portfolioId, fullIsNew ? JSON.stringify(latest.full) : null, JSON.stringify(latest.since)],
    );
  }
}
