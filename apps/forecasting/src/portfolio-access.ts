import { Injectable } from '@nestjs/common';
import { NotFoundError } from '@risk-budget/contracts';
import { PortfolioStore } from '@risk-budget/market-data';
import { assertPortfolio, type Principal } from '@risk-budget/service-kit';

/** Whose portfolios a request may see. */
@Injectable()
export class PortfolioAccess {
  constructor(private readonly portfolios: PortfolioStore) {}

  /** @throws NotFoundError for a portfolio that nobody has described, or that the principal may not see */
  async require(principal: Principal, portfolioId: string): Promise<void> {
    assertPortfolio(principal, portfolioId);
    if ((await this.portfolios.find(portfolioId)) === undefined) throw new NotFoundError('portfolio', portfolioId);
  }
}
