import { Controller, Get, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentPrincipal, Principal, Returns, Roles, type Page } from '@risk-budget/service-kit';
import type { z } from 'zod';
import { portfolioListQuery, portfolioPage, type PortfolioSummary } from './portfolios.schemas.js';
import { PortfoliosService } from './portfolios.service.js';

@ApiTags('portfolios')
@Controller('v1/portfolios')
export class PortfoliosController {
  constructor(private readonly portfolios: PortfoliosService) {}

  @Get()
  @Roles('viewer')
  @ApiOperation({ summary: 'The portfolios that the token may see, each with the headline of its latest snapshot' })
  @Returns(portfolioPage)
  list(
    @Query({ schema: portfolioListQuery }) query: z.output<typeof portfolioListQuery>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<Page<PortfolioSummary>> {
    return this.portfolios.list(principal, query);
  }
}
