import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  ApiProblems,
  CurrentPrincipal,
  pageOf,
  pageSchema,
  Returns,
  Roles,
  type Page,
  type Principal,
} from '@risk-budget/service-kit';
import { z } from 'zod';
import { portfolioParams } from '../risk-models/risk-model.schemas.js';
import { PortfolioAccess } from '../portfolio-access.js';
import { countQuery } from '../count-query.js';
import { backtestOf, valueAtRiskDay, varBacktest, type ValueAtRiskDay, type VarBacktest } from './value-at-risk.js';
import { ValueAtRiskRepository } from './value-at-risk.repository.js';

const backtestQuery = z.object({ window: countQuery(2500, 250, 'newest days; 250 for the zones of Basel') });
const listQuery = pageSchema();
const dayPage = pageOf(valueAtRiskDay);

/** One-day value at risk of portfolios against the losses of the days after. */
@ApiTags('value at risk')
@Controller('v1/portfolios/:portfolioId/value-at-risk')
export class ValueAtRiskController {
  constructor(
    private readonly figures: ValueAtRiskRepository,
    private readonly access: PortfolioAccess,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Value at risk at each close beside the loss of the next day, newest first' })
  @Roles('viewer')
  @Returns(dayPage)
  @ApiProblems({ 404: ['NOT_FOUND'] })
  async list(
    @Param({ schema: portfolioParams }) { portfolioId }: z.output<typeof portfolioParams>,
    @Query({ schema: listQuery }) page: z.output<typeof listQuery>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<Page<ValueAtRiskDay>> {
    await this.access.require(principal, portfolioId);
    return this.figures.list(portfolioId, page);
  }

  @Get('backtest')
  @ApiOperation({ summary: 'Exceptions at 95 and 99 %, Kupiec, Christoffersen and the zone of Basel' })
  @Roles('viewer')
  @Returns(varBacktest)
  @ApiProblems({ 404: ['NOT_FOUND'] })
  async backtest(
    @Param({ schema: portfolioParams }) { portfolioId }: z.output<typeof portfolioParams>,
    @Query({ schema: backtestQuery }) { window }: z.output<typeof backtestQuery>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<VarBacktest> {
    await this.access.require(principal, portfolioId);
    return backtestOf(portfolioId, await this.figures.past(portfolioId, window));
  }
}
