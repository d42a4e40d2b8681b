import { Injectable } from '@nestjs/common';
import { PortfolioStore } from '@risk-budget/market-data';
import type { Tx } from '@risk-budget/persistence';
import { assertPortfolio, type Principal } from '@risk-budget/service-kit';
import { unknownPortfolio } from '../errors.js';

/** Whose portfolios a request may see. */
@Injectable()
export class PortfolioAccess {
  constructor(private readonly portfolios: PortfolioStore) {}

  /** @throws NotFoundError for a portfolio that nobody has described, or that the principal may not see */
  async require(tx: Tx, principal: Principal, portfolioId: string): Promise<void> {
    assertPortfolio(principal, portfolioId);
    if ((await this.portfolios.find(portfolioId, undefined, tx)) === undefined) throw unknownPortfolio(portfolioId);
  }
}
