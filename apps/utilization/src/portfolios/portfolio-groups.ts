import { Injectable } from '@nestjs/common';
import { PortfolioStore } from '@risk-budget/market-data';
import type { PortfolioDirectory } from '@risk-budget/service-kit';

/** Groups of portfolios, as the portfolios themselves name them. */
@Injectable()
export class PortfolioGroups implements PortfolioDirectory {
  constructor(private readonly portfolios: PortfolioStore) {}

  async membersOf(group: string): Promise<readonly string[]> {
    const all = await this.portfolios.list();
    return all.filter(({ groups }) => groups.includes(group)).map(({ portfolioId }) => portfolioId);
  }
}
