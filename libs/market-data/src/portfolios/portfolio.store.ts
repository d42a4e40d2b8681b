import { Injectable } from '@nestjs/common';
import { portfolio as portfolioSchema, type Instant, type Portfolio } from '@risk-budget/contracts';
import { Persistence, type Tx } from '@risk-budget/persistence';
import type { Source } from '../common/as-of.js';
import { write } from '../common/database.js';
import { DefinitionTable } from '../common/definition-table.js';
import { unknownPortfolio } from '../errors.js';

/** Portfolios and every revision of their description. */
@Injectable()
export class PortfolioStore {
  private readonly table: DefinitionTable<Portfolio>;

  constructor(private readonly persistence: Persistence) {
    this.table = new DefinitionTable(persistence, 'md_portfolio', portfolioSchema);
  }

  /** Stores a description as known from the source's time. @returns false when it is what was known already */
  async put(portfolio: Portfolio, source: Source, tx?: Tx): Promise<boolean> {
    const given = new Map([[portfolio.portfolioId, portfolio]]);
    const changed = await write(this.persistence, tx, (inTx) => this.table.put(inTx, given, source));
    return changed.length > 0;
  }

  /** The description known at `knownAt`; the newest when absent. */
  async find(portfolioId: string, knownAt?: Instant, tx?: Tx): Promise<Portfolio | undefined> {
    return (await this.table.find([portfolioId], knownAt, tx)).get(portfolioId);
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
