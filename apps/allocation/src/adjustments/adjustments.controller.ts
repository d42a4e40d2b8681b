import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { ApiProblems, CurrentPrincipal, Principal, Returns, Roles, type Page } from '@risk-budget/service-kit';
import type { z } from 'zod';
import { decisionBody } from '../plans/plan.schemas.js';
import { PortfolioAccess, portfolioParams } from '../portfolio-access.js';
import {
  adjustmentPage,
  adjustmentParams,
  adjustmentsQuery,
  adjustmentView,
  type Adjustment,
} from './adjustment.schemas.js';
import { AdjustmentsRepository } from './adjustments.repository.js';
import { AdjustmentsService } from './adjustments.service.js';

/** What dynamic policies have done to budgets. */
@ApiTags('budget adjustments')
@Controller('v1/portfolios/:portfolioId/budget-adjustments')
export class AdjustmentsController {
  constructor(
    private readonly service: AdjustmentsService,
    private readonly repository: AdjustmentsRepository,
    private readonly access: PortfolioAccess,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Adjustments of a portfolio’s budgets, newest first, each with its reason' })
  @Roles('viewer')
  @Returns(adjustmentPage)
  async list(
    @Param({ schema: portfolioParams }) { portfolioId }: z.output<typeof portfolioParams>,
    @Query({ schema: adjustmentsQuery }) page: z.output<typeof adjustmentsQuery>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<Page<Adjustment>> {
    await this.access.require(principal, portfolioId);
    return this.repository.list(portfolioId, page);
  }

  @Get(':adjustmentId')
  @ApiOperation({ summary: 'One adjustment' })
  @Roles('viewer')
  @Returns(adjustmentView)
  @ApiProblems({ 404: ['ALLOCATION.UNKNOWN_ADJUSTMENT'] })
  async get(
    @Param({ schema: adjustmentParams }) { portfolioId, adjustmentId }: z.output<typeof adjustmentParams>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<Adjustment> {
    await this.access.require(principal, portfolioId);
    return this.repository.get(portfolioId, adjustmentId);
  }

  @Post(':adjustmentId/limit-approval')
  @ApiOperation({ summary: 'Let share-of-budget limits follow the last rise of the budgets' })
  @Roles('approver')
  @HttpCode(200)
  @Returns(adjustmentView)
  @ApiProblems({
    404: ['ALLOCATION.UNKNOWN_ADJUSTMENT'],
    409: ['ALLOCATION.WRONG_STATE'],
    413: ['MESSAGING.EVENT_TOO_LARGE'],
  })
  async approveLimits(
    @Param({ schema: adjustmentParams }) { portfolioId, adjustmentId }: z.output<typeof adjustmentParams>,
    @Body({ schema: decisionBody }) decision: z.output<typeof decisionBody>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<Adjustment> {
    await this.access.require(principal, portfolioId);
    return this.service.approveLimits(portfolioId, adjustmentId, decision, principal);
  }
}
