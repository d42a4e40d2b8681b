import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  ApiProblems,
  CurrentPrincipal,
  Idempotent,
  Principal,
  Returns,
  Roles,
  type Page,
} from '@risk-budget/service-kit';
import type { z } from 'zod';
import { PortfolioAccess, portfolioParams } from '../portfolio-access.js';
import {
  allocation,
  allocationPage,
  allocationParams,
  allocationRequest,
  allocationsQuery,
  type Allocation,
  type AllocationSummary,
} from './allocation.schemas.js';
import { AllocationsRepository } from './allocations.repository.js';
import { AllocationsService } from './allocations.service.js';

/** Allocations of a risk budget. */
@ApiTags('allocations')
@Controller('v1/portfolios/:portfolioId/allocations')
export class AllocationsController {
  constructor(
    private readonly service: AllocationsService,
    private readonly repository: AllocationsRepository,
    private readonly access: PortfolioAccess,
  ) {}

  @Post()
  @ApiOperation({ summary: 'Compute an allocation on the risk model in force, and keep it' })
  @Roles('riskManager')
  @Idempotent()
  @HttpCode(201)
  @Returns(allocation, { status: 201 })
  @ApiProblems({
    404: ['MARKET_DATA.UNKNOWN_MODEL', 'MARKET_DATA.UNKNOWN_PORTFOLIO'],
    409: ['ALLOCATION.NO_MODEL'],
    422: [
      'ALLOCATION.INFEASIBLE',
      'ALLOCATION.AMBIGUOUS',
      'ALLOCATION.NOT_SOLVED',
      'ALLOCATION.NOT_MODELLED',
      'ALLOCATION.NO_BENCHMARK',
      'ALLOCATION.NO_LEAVES',
      'ALLOCATION.INVALID_REQUEST',
      'MARKET_DATA.NO_POSITIONS',
      'MARKET_DATA.UNKNOWN_INSTRUMENT',
      'MARKET_DATA.NO_PRICE',
      'MARKET_DATA.NO_RATE',
      'MARKET_DATA.NAV_NOT_POSITIVE',
    ],
    503: ['COMPUTE_OVERLOADED', 'COMPUTE_CLOSED', 'COMPUTE_WORKER_LOST'],
  })
  async create(
    @Param({ schema: portfolioParams }) { portfolioId }: z.output<typeof portfolioParams>,
    @Body({ schema: allocationRequest }) request: z.output<typeof allocationRequest>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<Allocation> {
    await this.access.require(principal, portfolioId);
    return this.service.compute(portfolioId, request, principal);
  }

  @Get()
  @ApiOperation({ summary: 'Allocations of a portfolio, newest first' })
  @Roles('viewer')
  @Returns(allocationPage)
  async list(
    @Param({ schema: portfolioParams }) { portfolioId }: z.output<typeof portfolioParams>,
    @Query({ schema: allocationsQuery }) page: z.output<typeof allocationsQuery>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<Page<AllocationSummary>> {
    await this.access.require(principal, portfolioId);
    return this.repository.list(portfolioId, page);
  }

  @Get(':allocationId')
  @ApiOperation({ summary: 'An allocation: weights, shares and budgets of every node' })
  @Roles('viewer')
  @Returns(allocation)
  @ApiProblems({ 404: ['ALLOCATION.UNKNOWN_ALLOCATION'] })
  async get(
    @Param({ schema: allocationParams }) { portfolioId, allocationId }: z.output<typeof allocationParams>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<Allocation> {
    await this.access.require(principal, portfolioId);
    return this.repository.get(portfolioId, allocationId);
  }
}
