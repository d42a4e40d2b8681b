import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { identifier, type Clock } from '@risk-budget/contracts';
import { noPositions, PortfolioStore, PositionStore } from '@risk-budget/market-data';
import {
  ApiProblems,
  assertPortfolio,
  CLOCK,
  CurrentPrincipal,
  Principal,
  Returns,
  Roles,
} from '@risk-budget/service-kit';
import type { z } from 'zod';
import { timesOf } from './as-of-times.js';
import { asOfQuery, holdings } from './schemas.js';

/** What portfolios hold. */
@ApiTags('market data')
@Roles('viewer')
@Controller('v1/market-data/portfolios/:portfolioId/holdings')
export class HoldingsController {
  constructor(
    private readonly portfolios: PortfolioStore,
    private readonly positions: PositionStore,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** The latest snapshot at or before the moment and the changes after it, with splits since applied. */
  @Get()
  @ApiProblems({
    404: ['MARKET_DATA.UNKNOWN_PORTFOLIO', 'NOT_FOUND'],
    422: ['MARKET_DATA.NO_POSITIONS'],
  })
  @Returns(holdings, { description: 'Positions and cash as of a moment' })
  async get(
    @Param('portfolioId', { schema: identifier }) portfolioId: string,
    @Query({ schema: asOfQuery }) query: z.output<typeof asOfQuery>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<z.input<typeof holdings>> {
    assertPortfolio(principal, portfolioId);
    const at = timesOf(query, this.clock);
    await this.portfolios.get(portfolioId);
    const found = await this.positions.holdings(portfolioId, at);
    if (found === undefined) throw noPositions(portfolioId, at.asOf);
    return {
      portfolioId,
      ...at,
      sequence: found.sequence,
      snapshotSequence: found.snapshotSequence,
      statedAt: found.statedAt,
      positions: [...found.positions],
      cash: [...found.cash],
      dividends: [...found.dividends],
      gaps: [...found.gaps],
    };
  }
}
