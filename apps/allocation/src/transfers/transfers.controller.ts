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
import {
  decisionBody,
  planParams,
  transferBody,
  transferPage,
  transferParams,
  transfersQuery,
  transferView,
  type TransferView,
} from '../plans/plan.schemas.js';
import { PlansRepository } from '../plans/plans.repository.js';
import { PortfolioAccess } from '../portfolio-access.js';
import { TransfersRepository } from './transfers.repository.js';
import { TransfersService } from './transfers.service.js';

const problems = {
  404: ['ALLOCATION.UNKNOWN_PLAN', 'ALLOCATION.UNKNOWN_TRANSFER'],
  409: ['ALLOCATION.WRONG_STATE'],
} as const;

/** Budget moved between siblings of the plan in force. */
@ApiTags('transfers')
@Controller('v1/portfolios/:portfolioId/plans/:planId/transfers')
export class TransfersController {
  constructor(
    private readonly service: TransfersService,
    private readonly repository: TransfersRepository,
    private readonly plans: PlansRepository,
    private readonly access: PortfolioAccess,
  ) {}

  @Post()
  @ApiOperation({ summary: 'Propose to move budget from a node to its sibling' })
  @Roles('riskManager')
  @Idempotent()
  @HttpCode(201)
  @Returns(transferView, { status: 201 })
  @ApiProblems({
    404: ['ALLOCATION.UNKNOWN_PLAN'],
    409: ['ALLOCATION.WRONG_STATE'],
    422: ['ALLOCATION.INVALID_TRANSFER'],
  })
  async propose(
    @Param({ schema: planParams }) { portfolioId, planId }: z.output<typeof planParams>,
    @Body({ schema: transferBody }) body: z.output<typeof transferBody>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<TransferView> {
    await this.access.require(principal, portfolioId);
    return this.service.propose(portfolioId, planId, body, principal);
  }

  @Get()
  @ApiOperation({ summary: 'Transfers of a plan, newest first' })
  @Roles('viewer')
  @Returns(transferPage)
  @ApiProblems({ 404: ['ALLOCATION.UNKNOWN_PLAN'] })
  async list(
    @Param({ schema: planParams }) { portfolioId, planId }: z.output<typeof planParams>,
    @Query({ schema: transfersQuery }) page: z.output<typeof transfersQuery>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<Page<TransferView>> {
    await this.access.require(principal, portfolioId);
    await this.plans.get(portfolioId, planId);
    return this.repository.list(planId, page);
  }

  @Get(':transferId')
  @ApiOperation({ summary: 'One transfer' })
  @Roles('viewer')
  @Returns(transferView)
  @ApiProblems({ 404: ['ALLOCATION.UNKNOWN_TRANSFER'] })
  async get(
    @Param({ schema: transferParams }) { portfolioId, planId, transferId }: z.output<typeof transferParams>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<TransferView> {
    await this.access.require(principal, portfolioId);
    return this.repository.get(portfolioId, planId, transferId);
  }

  @Post(':transferId/approval')
  @ApiOperation({ summary: 'Approve a transfer that somebody else has proposed: it changes the plan at once' })
  @Roles('approver')
  @HttpCode(200)
  @Returns(transferView)
  @ApiProblems({
    ...problems,
    403: ['ALLOCATION.OWN_APPROVAL'],
    413: ['MESSAGING.EVENT_TOO_LARGE'],
    422: ['ALLOCATION.INVALID_TRANSFER'],
  })
  async approve(
    @Param({ schema: transferParams }) params: z.output<typeof transferParams>,
    @Body({ schema: decisionBody }) decision: z.output<typeof decisionBody>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<TransferView> {
    await this.access.require(principal, params.portfolioId);
    return this.service.approve(params, decision, principal);
  }

  @Post(':transferId/rejection')
  @ApiOperation({ summary: 'Reject a transfer that somebody else has proposed' })
  @Roles('approver')
  @HttpCode(200)
  @Returns(transferView)
  @ApiProblems({ ...problems, 403: ['ALLOCATION.OWN_APPROVAL'] })
  async reject(
    @Param({ schema: transferParams }) params: z.output<typeof transferParams>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<TransferView> {
    await this.access.require(principal, params.portfolioId);
    return this.service.reject(params, principal);
  }

  @Post(':transferId/withdrawal')
  @ApiOperation({ summary: 'Withdraw a transfer that is not decided yet' })
  @Roles('riskManager')
  @HttpCode(200)
  @Returns(transferView)
  @ApiProblems(problems)
  async withdraw(
    @Param({ schema: transferParams }) params: z.output<typeof transferParams>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<TransferView> {
    await this.access.require(principal, params.portfolioId);
    return this.service.withdraw(params, principal);
  }
}
