import { Injectable } from '@nestjs/common';
import { portfolio as portfolioSchema, type Instant, type Portfolio } from '@risk-budget/contracts';
import { Persistence, type Tx } from '@risk-budget/persistence';
import type { Source } from '../common/as-of.js';
import { write } from '../common/database.js';
import { ChangeLog } from '../common/change-log.js';
import { DefinitionTable, knownRevision, type DefinitionRevision } from '../common/definition-table.js';
import { RevisionCache } from '../common/revision-cache.js';
import { unknownPortfolio } from '../errors.js';

/** Portfolios and every revision of their description. */
@Injectable()
export class PortfolioStore {
  private readonly table: DefinitionTable<Portfolio>;
  private readonly cache: RevisionCache<DefinitionRevision<Portfolio>>;

  constructor(
    private readonly persistence: Persistence,
    private readonly changes: ChangeLog,
  ) {
    this.table = new DefinitionTable(persistence, 'md_portfolio', portfolioSchema);
    this.cache = new RevisionCache(changes, 'portfolio', (ids, tx) => this.table.revisions(ids, tx));
  }

  /** Stores a description as known from the source's time. @returns false when it is what was known already */
  async put(portfolio: Portfolio, source: Source, tx?: Tx): Promise<boolean> {
    const given = new Map([[portfolio.portfolioId, portfolio]]);
    return write(this.persistence, tx, async (inTx) => {
      const changed = await this.table.put(inTx, given, source);
      if (changed.length > 0) await this.changes.append(inTx, 'portfolio', changed, undefined);
      return changed.length > 0;
    });
  }

  /** The description known at `knownAt`; the newest when absent. */
  async find(portfolioId: string, knownAt?: Instant, tx?: Tx): Promise<Portfolio | undefined> {
    return knownRevision((await this.cache.get([portfolioId], tx)).get(portfolioId) ?? [], knownAt);
  }

  /** @throws NotFoundError `MARKET_DATA.UNKNOWN_PORTFOLIO` */
  async get(portfolioId: string, knownAt?: Instant, tx?: Tx): Promise<Portfolio> {
    const found = await this.find(portfolioId, knownAt, tx);
    if (found === undefined) throw unknownPortfolio(portfolioId);
    return found;
  }

  /** All portfolios, by id. */
  async list(knownAt?: Instant, tx?: Tx): Promise<Portfolio[]> {
    return [...(await this.table.find(undefined, knownAt, tx)).values()];
  }
}
