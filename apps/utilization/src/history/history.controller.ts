import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { ApiProblems, CurrentPrincipal, Principal, Returns, Roles, type Page } from '@risk-budget/service-kit';
import type { z } from 'zod';
import { PortfoliosService } from '../portfolios/portfolios.service.js';
import { periodProblems, portfolioParameters, type PortfolioParameters } from '../rest/parameters.js';
import {
  historyPage,
  historyQuery,
  snapshotListQuery,
  snapshotPage,
  type HistoryPoint,
  type SnapshotSummary,
} from './history.schemas.js';
import { HistoryService } from './history.service.js';

@ApiTags('utilization')
@Controller('v1/portfolios/:portfolioId')
export class HistoryController {
  constructor(
    private readonly history: HistoryService,
    private readonly portfolios: PortfoliosService,
  ) {}

  @Get('history')
  @Roles('viewer')
  @ApiOperation({ summary: 'One node under one measure through time, newest first' })
  @Returns(historyPage)
  @ApiProblems(periodProblems)
  async node(
    @Param({ schema: portfolioParameters }) { portfolioId }: PortfolioParameters,
    @Query({ schema: historyQuery }) query: z.output<typeof historyQuery>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<Page<HistoryPoint>> {
    await this.portfolios.require(principal, portfolioId);
    return this.history.node(portfolioId, query);
  }

  @Get('snapshots')
  @Roles('viewer')
  @ApiOperation({ summary: 'Snapshots with their metrics and lineage, without nodes, newest first' })
  @Returns(snapshotPage)
  @ApiProblems(periodProblems)
  async snapshots(
    @Param({ schema: portfolioParameters }) { portfolioId }: PortfolioParameters,
    @Query({ schema: snapshotListQuery }) query: z.output<typeof snapshotListQuery>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<Page<SnapshotSummary>> {
    await this.portfolios.require(principal, portfolioId);
    return this.history.list(portfolioId, query);
  }
}
