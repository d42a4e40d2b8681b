import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { ApiProblems, CurrentPrincipal, Principal, Returns, Roles } from '@risk-budget/service-kit';
import { PortfoliosService } from '../portfolios/portfolios.service.js';
import {
  asOfProblems,
  asOfQuery,
  checkAsOf,
  portfolioParameters,
  type AsOfQuery,
  type PortfolioParameters,
} from '../rest/parameters.js';
import {
  metricsView,
  treeQuery,
  utilizationTree,
  type MetricsView,
  type TreeQuery,
  type UtilizationTree,
} from './tree.schemas.js';
import { narrowed, TreeService } from './tree.service.js';

@ApiTags('utilization')
@Controller('v1/portfolios/:portfolioId')
export class TreeController {
  constructor(
    private readonly trees: TreeService,
    private readonly portfolios: PortfoliosService,
  ) {}

  @Get('utilization')
  @Roles('viewer')
  @ApiOperation({
    summary: 'Consumption, utilization, headroom and stand-alone risk of every node: the latest, or as of a moment',
  })
  @Returns(utilizationTree)
  @ApiProblems(asOfProblems)
  async tree(
    @Param({ schema: portfolioParameters }) { portfolioId }: PortfolioParameters,
    @Query({ schema: treeQuery }) query: TreeQuery,
    @CurrentPrincipal() principal: Principal,
  ): Promise<UtilizationTree> {
    checkAsOf(query);
    await this.portfolios.require(principal, portfolioId);
    return narrowed(await this.trees.tree(portfolioId, query), query);
  }

  @Get('metrics')
  @Roles('viewer')
  @ApiOperation({ summary: 'The figures of the portfolio as a whole: the latest, or as of a moment' })
  @Returns(metricsView)
  @ApiProblems(asOfProblems)
  async metrics(
    @Param({ schema: portfolioParameters }) { portfolioId }: PortfolioParameters,
    @Query({ schema: asOfQuery }) query: AsOfQuery,
    @CurrentPrincipal() principal: Principal,
  ): Promise<MetricsView> {
    checkAsOf(query);
    await this.portfolios.require(principal, portfolioId);
    return this.trees.metrics(portfolioId, query);
  }
}
