import { Injectable } from '@nestjs/common';
import { identifier, NotFoundError } from '@risk-budget/contracts';
import { PortfolioStore } from '@risk-budget/market-data';
import { assertPortfolio, type Principal } from '@risk-budget/service-kit';
import { z } from 'zod';

export const portfolioParams = z.object({ portfolioId: identifier });

/** Who may ask about a portfolio. */
@Injectable()
export class PortfolioAccess {
  constructor(private readonly portfolios: PortfolioStore) {}

  /** A portfolio that does not exist and one that the token may not see are answered alike. @throws NotFoundError */
  async require(principal: Principal, portfolioId: string): Promise<void> {
    assertPortfolio(principal, portfolioId);
    if ((await this.portfolios.find(portfolioId)) === undefined) throw new NotFoundError('portfolio', portfolioId);
  }
}
