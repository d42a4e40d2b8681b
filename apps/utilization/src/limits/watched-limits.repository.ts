import { Injectable } from '@nestjs/common';
import type { LimitDefinition } from '@risk-budget/contracts';
import { executeLater, rows, type Tx } from '@risk-budget/persistence';
import { watchedLimit, watchedOf, type WatchedLimit } from './limit-watch.js';

/** The limits of one portfolio as they were at a revision of its row. */
interface Known {
  readonly revision: number;
  readonly limits: readonly WatchedLimit[];
}

/** Portfolios whose limits are kept in memory; the one longest there goes first. */
const capacity = 1024;

/**
 * Limits in force or to come, by portfolio. What is in memory is only a cache: the revision in the portfolio's row, which every snapshot
 * locks, decides whether it is used.
 */
@Injectable()
export class WatchedLimitsRepository {
  private readonly known = new Map<string, Known>();

  /** Takes a definition over, unless a later version is known. The portfolio's row is locked. */
  async apply(tx: Tx, definition: LimitDefinition): Promise<void> {
    const { limitId, portfolioId, version } = definition;
    const document = definition.status === 'active' ? JSON.stringify(watchedOf(definition)) : null;
    await executeLater(
      tx,
      `INSERT INTO watched_limit (limit_id, portfolio_id, version, document) VALUES ($1, $2, $3, $4::jsonb)
       ON CONFLICT (limit_id) DO UPDATE SET portfolio_id = excluded.portfolio_id, version = excluded.version, document = excluded.document
       WHERE watched_limit.version <= excluded.version`,
      [limitId, portfolioId, version, document],
    );
    await executeLater(tx, 'UPDATE portfolio_state SET limits_revision = limits_revision + 1 WHERE portfolio_id = $1', [
      portfolioId,
    ]);
  }

  /** @param revision as the locked row says; 0 when the portfolio never had a limit */
  async of(tx: Tx, portfolioId: string, revision: number): Promise<readonly WatchedLimit[]> {
    if (revision === 0) return [];
    const known = this.known.get(portfolioId);
    if (known?.revision === revision) return known.limits;
    const found = await rows<{ document: unknown }>(
      tx,
      'SELECT document FROM watched_limit WHERE portfolio_id = $1 AND document IS NOT NULL ORDER BY limit_id',
      [portfolioId],
    );
    const limits = found.map((row) => watchedLimit.parse(row.document));
    this.known.delete(portfolioId);
    this.known.set(portfolioId, { revision, limits });
    const [oldest] = this.known.keys();
    if (this.known.size > capacity && oldest !== undefined) this.known.delete(oldest);
    return limits;
  }
}
