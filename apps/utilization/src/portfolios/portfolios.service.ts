import { Injectable } from '@nestjs/common';
import { identifier } from '@risk-budget/contracts';
import { PortfolioStore } from '@risk-budget/market-data';
import { decodeCursor, toPage, type Page, type Principal } from '@risk-budget/service-kit';
import { unknownPortfolio } from '../errors.js';
import { PortfolioStateRepository } from './portfolio-state.repository.js';
import type { PortfolioSummary } from './portfolios.schemas.js';

/** Portfolios as those who may see them find them. */
@Injectable()
export class PortfoliosService {
  constructor(
    private readonly states: PortfolioStateRepository,
    private readonly portfolios: PortfolioStore,
  ) {}

  /** The portfolios that a principal may see, by id, each with its latest headline. */
  async list(
    principal: Principal,
    page: { limit: number; cursor?: string | undefined },
  ): Promise<Page<PortfolioSummary>> {
    const after = decodeCursor(page.cursor, identifier) ?? '';
    const states = await this.states.list(principal.portfolios, after, page.limit + 1);
    const described = new Map((await this.portfolios.list()).map((portfolio) => [portfolio.portfolioId, portfolio]));
    return toPage(
      states,
      page.limit,
      ({ portfolioId }) => portfolioId,
      ({ portfolioId, snapshotId, sequence, asOf, headline, problem }) => {
        const portfolio = described.get(portfolioId);
        return {
          portfolioId,
          name: portfolio?.name ?? portfolioId,
          baseCurrency: portfolio?.baseCurrency ?? '',
          benchmarkId: portfolio?.benchmarkId ?? null,
          snapshotId,
          sequence,
          asOf,
          headline,
          problem,
        };
      },
    );
  }

  /** @throws NotFoundError for a portfolio that does not exist, and in the same words for one that the principal may not see */
  async require(principal: Principal, portfolioId: string): Promise<void> {
    if (!principal.mayRead(portfolioId)) throw unknownPortfolio(portfolioId);
    if ((await this.states.find(portfolioId)) === undefined) throw unknownPortfolio(portfolioId);
  }
}
