import { Injectable } from '@nestjs/common';
import { PortfolioStore } from '@risk-budget/market-data';
import type { PortfolioDirectory } from '@risk-budget/service-kit';

/** Groups that portfolios say they are in, for `group:` entries of tokens. */
@Injectable()
export class PortfolioGroups implements PortfolioDirectory {
  constructor(private readonly portfolios: PortfolioStore) {}

  async membersOf(group: string): Promise<readonly string[]> {
    const all = await this.portfolios.list();
    return all.filter(({ groups }) => groups.includes(group)).map(({ portfolioId }) => portfolioId);
  }
}
