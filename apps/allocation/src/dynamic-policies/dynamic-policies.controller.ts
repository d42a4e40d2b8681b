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
import { previewBody, previewView, type Preview } from '../adjustments/adjustment.schemas.js';
import { PreviewService } from '../adjustments/preview.service.js';
import { AllocationError } from '../errors.js';
import { PortfolioAccess, portfolioParams } from '../portfolio-access.js';
import { DynamicPoliciesRepository } from './dynamic-policies.repository.js';
import { DynamicPoliciesService } from './dynamic-policies.service.js';
import {
  dynamicPoliciesQuery,
  dynamicPolicyBody,
  dynamicPolicyPage,
  dynamicPolicyParams,
  dynamicPolicyView,
  type DynamicPolicy,
} from './dynamic-policy.schemas.js';

const decisionProblems = { 404: ['ALLOCATION.UNKNOWN_DYNAMIC_POLICY'], 409: ['ALLOCATION.WRONG_STATE'] } as const;

type Params = z.output<typeof dynamicPolicyParams>;
type Portfolio = z.output<typeof portfolioParams>;

/** How the total budget follows regime and volatility. */
@ApiTags('dynamic policies')
@Controller('v1/portfolios/:portfolioId/dynamic-policies')
export class DynamicPoliciesController {
  constructor(
    private readonly service: DynamicPoliciesService,
    private readonly repository: DynamicPoliciesRepository,
    private readonly previews: PreviewService,
    private readonly access: PortfolioAccess,
  ) {}

  @Post()
  @ApiOperation({ summary: 'Propose a dynamic policy; another person approves it' })
  @Roles('riskManager')
  @Idempotent()
  @HttpCode(201)
  @Returns(dynamicPolicyView, { status: 201 })
  async propose(
    @Param({ schema: portfolioParams }) { portfolioId }: Portfolio,
    @Body({ schema: dynamicPolicyBody }) body: z.output<typeof dynamicPolicyBody>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<DynamicPolicy> {
    await this.access.require(principal, portfolioId);
    return this.service.propose(portfolioId, body, principal);
  }

  @Post('preview')
  @ApiOperation({
    summary: 'What rules would have done on a price history, each day from what was known the day before',
  })
  @Roles('riskManager')
  @HttpCode(200)
  @Returns(previewView)
  @ApiProblems({ 422: ['ALLOCATION.NOT_SOLVED', 'ALLOCATION.PREVIEW_TOO_LONG', 'MARKET_DATA.NO_HISTORY'] })
  async preview(
    @Param({ schema: portfolioParams }) { portfolioId }: Portfolio,
    @Body({ schema: previewBody }) body: z.output<typeof previewBody>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<Preview> {
    await this.access.require(principal, portfolioId);
    return this.previews.preview(portfolioId, body);
  }

  @Get()
  @ApiOperation({ summary: 'Dynamic policies of a portfolio, newest first' })
  @Roles('viewer')
  @Returns(dynamicPolicyPage)
  async list(
    @Param({ schema: portfolioParams }) { portfolioId }: Portfolio,
    @Query({ schema: dynamicPoliciesQuery }) query: z.output<typeof dynamicPoliciesQuery>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<Page<DynamicPolicy>> {
    await this.access.require(principal, portfolioId);
    return this.repository.list(portfolioId, query);
  }

  @Get('active')
  @ApiOperation({ summary: 'The dynamic policy in force' })
  @Roles('viewer')
  @Returns(dynamicPolicyView)
  @ApiProblems({ 404: ['ALLOCATION.UNKNOWN_DYNAMIC_POLICY'] })
  async active(
    @Param({ schema: portfolioParams }) { portfolioId }: Portfolio,
    @CurrentPrincipal() principal: Principal,
  ): Promise<DynamicPolicy> {
    await this.access.require(principal, portfolioId);
    const active = await this.repository.active(undefined, portfolioId);
    if (active !== undefined) return active;
    throw new AllocationError(
      'ALLOCATION.UNKNOWN_DYNAMIC_POLICY',
      `No dynamic policy of the portfolio '${portfolioId}' is in force.`,
    );
  }

  @Get(':dynamicPolicyId')
  @ApiOperation({ summary: 'One dynamic policy' })
  @Roles('viewer')
  @Returns(dynamicPolicyView)
  @ApiProblems({ 404: ['ALLOCATION.UNKNOWN_DYNAMIC_POLICY'] })
  async get(
    @Param({ schema: dynamicPolicyParams }) params: Params,
    @CurrentPrincipal() principal: Principal,
  ): Promise<DynamicPolicy> {
    await this.access.require(principal, params.portfolioId);
    return this.repository.get(params.portfolioId, params.dynamicPolicyId);
  }

  @Post(':dynamicPolicyId/approval')
  @ApiOperation({ summary: 'Approve a policy that somebody else has proposed: it is in force at once' })
  @Roles('approver')
  @HttpCode(200)
  @Returns(dynamicPolicyView)
  @ApiProblems({ ...decisionProblems, 403: ['ALLOCATION.OWN_APPROVAL'] })
  async approve(
    @Param({ schema: dynamicPolicyParams }) params: Params,
    @CurrentPrincipal() principal: Principal,
  ): Promise<DynamicPolicy> {
    await this.access.require(principal, params.portfolioId);
    return this.service.approve(params.portfolioId, params.dynamicPolicyId, principal);
  }

  @Post(':dynamicPolicyId/rejection')
  @ApiOperation({ summary: 'Reject a policy that somebody else has proposed' })
  @Roles('approver')
  @HttpCode(200)
  @Returns(dynamicPolicyView)
  @ApiProblems({ ...decisionProblems, 403: ['ALLOCATION.OWN_APPROVAL'] })
  async reject(
    @Param({ schema: dynamicPolicyParams }) params: Params,
    @CurrentPrincipal() principal: Principal,
  ): Promise<DynamicPolicy> {
    await this.access.require(principal, params.portfolioId);
    return this.service.reject(params.portfolioId, params.dynamicPolicyId, principal);
  }

  @Post(':dynamicPolicyId/withdrawal')
  @ApiOperation({ summary: 'Withdraw a policy that is not decided yet' })
  @Roles('riskManager')
  @HttpCode(200)
  @Returns(dynamicPolicyView)
  @ApiProblems(decisionProblems)
  async withdraw(
    @Param({ schema: dynamicPolicyParams }) params: Params,
    @CurrentPrincipal() principal: Principal,
  ): Promise<DynamicPolicy> {
    await this.access.require(principal, params.portfolioId);
    return this.service.withdraw(params.portfolioId, params.dynamicPolicyId, principal);
  }

  @Post(':dynamicPolicyId/retirement')
  @ApiOperation({ summary: 'End the policy in force; budgets stay where it has put them' })
  @Roles('approver')
  @HttpCode(200)
  @Returns(dynamicPolicyView)
  @ApiProblems(decisionProblems)
  async retire(
    @Param({ schema: dynamicPolicyParams }) params: Params,
    @CurrentPrincipal() principal: Principal,
  ): Promise<DynamicPolicy> {
    await this.access.require(principal, params.portfolioId);
    return this.service.retire(params.portfolioId, params.dynamicPolicyId, principal);
  }
}
