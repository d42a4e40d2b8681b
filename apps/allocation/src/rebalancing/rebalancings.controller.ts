import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Clock, RebalancingWanted } from '@risk-budget/contracts';
import { ApiProblems, CLOCK, CurrentPrincipal, Principal, Returns, Roles, type Page } from '@risk-budget/service-kit';
import type { z } from 'zod';
import { PortfolioAccess, portfolioParams } from '../portfolio-access.js';
import { RebalancingRepository } from './rebalancing.repository.js';
import { rebalancing, rebalancingPage, rebalancingParams, rebalancingsQuery } from './rebalancing.schemas.js';

/** Rebalancings that were asked for. */
@ApiTags('rebalancing')
@Controller('v1/portfolios/:portfolioId/rebalancings')
export class RebalancingsController {
  constructor(
    private readonly repository: RebalancingRepository,
    private readonly access: PortfolioAccess,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Rebalancings asked for, newest first, with their trades' })
  @Roles('viewer')
  @Returns(rebalancingPage)
  async list(
    @Param({ schema: portfolioParams }) { portfolioId }: z.output<typeof portfolioParams>,
    @Query({ schema: rebalancingsQuery }) query: z.output<typeof rebalancingsQuery>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<Page<RebalancingWanted>> {
    await this.access.require(principal, portfolioId);
    return this.repository.list(portfolioId, { ...query, asOf: query.asOf ?? this.clock.now() });
  }

  @Get(':rebalancingId')
  @ApiOperation({ summary: 'One rebalancing' })
  @Roles('viewer')
  @Returns(rebalancing)
  @ApiProblems({ 404: ['ALLOCATION.UNKNOWN_REBALANCING'] })
  async get(
    @Param({ schema: rebalancingParams }) { portfolioId, rebalancingId }: z.output<typeof rebalancingParams>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<RebalancingWanted> {
    await this.access.require(principal, portfolioId);
    return this.repository.get(portfolioId, rebalancingId);
  }
}
