import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  ApiProblems,
  CurrentPrincipal,
  Idempotent,
  pageOf,
  Principal,
  Returns,
  Roles,
  type Page,
} from '@risk-budget/service-kit';
import {
  checkParameters,
  portfolioParameters,
  type CheckParameters,
  type PortfolioParameters,
} from '../rest/parameters.js';
import {
  checkQuery,
  preTradeBody,
  preTradeCheck,
  type CheckQuery,
  type PreTradeBody,
  type PreTradeCheck,
} from './pre-trade.schemas.js';
import { PreTradeService } from './pre-trade.service.js';

@ApiTags('pre-trade')
@Controller('v1/portfolios/:portfolioId/pre-trade-checks')
export class PreTradeController {
  constructor(private readonly preTrade: PreTradeService) {}

  /**
   * Holds trades against every limit before they are made. A `hard` result refuses them; a trade that reduces the excess of a breach
   * passes.
   */
  @Post()
  @Roles('riskManager')
  @Idempotent()
  @Returns(preTradeCheck, { status: 201, description: 'The check and its result' })
  @ApiProblems({
    404: ['NOT_FOUND', 'LIMITS.UNKNOWN_PORTFOLIO'],
    409: ['LIMITS.NOT_COMPUTABLE'],
    422: [
      'MARKET_DATA.NO_POSITIONS',
      'MARKET_DATA.NO_MODEL',
      'MARKET_DATA.NO_PRICE',
      'MARKET_DATA.NO_RATE',
      'MARKET_DATA.UNKNOWN_INSTRUMENT',
      'MARKET_DATA.NAV_NOT_POSITIVE',
      'MARKET_DATA.DIVIDEND_EXCEEDS_PRICE',
    ],
  })
  check(
    @Param({ schema: portfolioParameters }) { portfolioId }: PortfolioParameters,
    @Body({ schema: preTradeBody }) body: PreTradeBody,
    @CurrentPrincipal() principal: Principal,
  ): Promise<PreTradeCheck> {
    return this.preTrade.check(principal, portfolioId, body);
  }

  /** Checks made so far, newest first; `result=hard` lists the refusals. */
  @Get()
  @Roles('viewer')
  @Returns(pageOf(preTradeCheck), { description: 'Checks, newest first' })
  @ApiProblems({ 404: ['NOT_FOUND', 'LIMITS.UNKNOWN_PORTFOLIO'] })
  list(
    @Param({ schema: portfolioParameters }) { portfolioId }: PortfolioParameters,
    @Query({ schema: checkQuery }) query: CheckQuery,
    @CurrentPrincipal() principal: Principal,
  ): Promise<Page<PreTradeCheck>> {
    return this.preTrade.list(principal, portfolioId, query);
  }

  @Get(':checkId')
  @Roles('viewer')
  @Returns(preTradeCheck, { description: 'The check' })
  @ApiProblems({ 404: ['NOT_FOUND', 'LIMITS.UNKNOWN_PORTFOLIO', 'LIMITS.UNKNOWN_PRE_TRADE_CHECK'] })
  get(
    @Param({ schema: checkParameters }) { portfolioId, checkId }: CheckParameters,
    @CurrentPrincipal() principal: Principal,
  ): Promise<PreTradeCheck> {
    return this.preTrade.get(principal, portfolioId, checkId);
  }
}
