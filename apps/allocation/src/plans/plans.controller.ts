import { Body, Controller, Get, HttpCode, Inject, Param, Post, Put, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Clock } from '@risk-budget/contracts';
import {
  ApiProblems,
  CLOCK,
  CurrentPrincipal,
  ETagged,
  Idempotent,
  IfMatch,
  IfMatchCondition,
  Principal,
  RequiresIfMatch,
  Returns,
  Roles,
  type Page,
} from '@risk-budget/service-kit';
import type { z } from 'zod';
import { AllocationError } from '../errors.js';
import { PortfolioAccess, portfolioParams } from '../portfolio-access.js';
import {
  activeQuery,
  planBody,
  planPage,
  planParams,
  plansQuery,
  planView,
  type PlanSummary,
  type PlanView,
} from './plan.schemas.js';
import { summaryOf, viewOf } from './plan-views.js';
import { PlansRepository } from './plans.repository.js';
import { PlansService } from './plans.service.js';

const contentProblems = [
  'ALLOCATION.INVALID_REQUEST',
  'ALLOCATION.INVALID_TREE',
  'ALLOCATION.CHILDREN_EXCEED_PARENT',
  'ALLOCATION.POLICY_VERSION_REUSED',
  'ALLOCATION.NOT_MODELLED',
  'ALLOCATION.NO_BENCHMARK',
  'ALLOCATION.NOT_SOLVED',
  'MARKET_DATA.NO_HISTORY',
  'MARKET_DATA.NO_RATE',
  'MARKET_DATA.DIVIDEND_EXCEEDS_PRICE',
];
const tooLarge = ['MESSAGING.EVENT_TOO_LARGE'];

/** Budget plans: drafted, edited and read. */
@ApiTags('plans')
@Controller('v1/portfolios/:portfolioId/plans')
export class PlansController {
  constructor(
    private readonly service: PlansService,
    private readonly repository: PlansRepository,
    private readonly access: PortfolioAccess,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Post()
  @ApiOperation({ summary: 'Draft a plan from an allocation, or explicitly' })
  @Roles('riskManager')
  @Idempotent()
  @HttpCode(201)
  @ETagged()
  @Returns(planView, { status: 201 })
  @ApiProblems({
    404: ['ALLOCATION.UNKNOWN_ALLOCATION', 'MARKET_DATA.UNKNOWN_PORTFOLIO'],
    409: ['ALLOCATION.NO_MODEL'],
    413: tooLarge,
    422: contentProblems,
  })
  async create(
    @Param({ schema: portfolioParams }) { portfolioId }: z.output<typeof portfolioParams>,
    @Body({ schema: planBody }) body: z.output<typeof planBody>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<PlanView> {
    await this.access.require(principal, portfolioId);
    return viewOf(await this.service.draft(portfolioId, body, principal));
  }

  @Get()
  @ApiOperation({ summary: 'Plans of a portfolio, newest first' })
  @Roles('viewer')
  @Returns(planPage)
  async list(
    @Param({ schema: portfolioParams }) { portfolioId }: z.output<typeof portfolioParams>,
    @Query({ schema: plansQuery }) query: z.output<typeof plansQuery>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<Page<PlanSummary>> {
    await this.access.require(principal, portfolioId);
    const page = await this.repository.list(portfolioId, query);
    return { items: page.items.map(summaryOf), nextCursor: page.nextCursor };
  }

  @Get('active')
  @ApiOperation({ summary: 'The plan in force, now or at a moment, as it was then' })
  @Roles('viewer')
  @ETagged()
  @Returns(planView)
  @ApiProblems({ 404: ['ALLOCATION.NO_ACTIVE_PLAN'] })
  async active(
    @Param({ schema: portfolioParams }) { portfolioId }: z.output<typeof portfolioParams>,
    @Query({ schema: activeQuery }) { asOf }: z.output<typeof activeQuery>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<PlanView> {
    await this.access.require(principal, portfolioId);
    const at = asOf ?? this.clock.now();
    const version = await this.repository.inForceAt(portfolioId, at);
    if (version === undefined) {
      throw new AllocationError(
        'ALLOCATION.NO_ACTIVE_PLAN',
        `No plan of the portfolio '${portfolioId}' was in force at ${at}.`,
      );
    }
    const plan = await this.repository.get(portfolioId, version.plan.planId);
    return viewOf({ ...plan, document: version.plan });
  }

  @Get(':planId')
  @ApiOperation({ summary: 'A plan as it stands' })
  @Roles('viewer')
  @ETagged()
  @Returns(planView)
  @ApiProblems({ 404: ['ALLOCATION.UNKNOWN_PLAN'] })
  async get(
    @Param({ schema: planParams }) { portfolioId, planId }: z.output<typeof planParams>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<PlanView> {
    await this.access.require(principal, portfolioId);
    return viewOf(await this.repository.get(portfolioId, planId));
  }

  @Put(':planId')
  @ApiOperation({ summary: 'Replace what a draft says; whoever edits it can no longer approve it' })
  @Roles('riskManager')
  @RequiresIfMatch()
  @ETagged()
  @Returns(planView)
  @ApiProblems({
    404: ['ALLOCATION.UNKNOWN_PLAN', 'ALLOCATION.UNKNOWN_ALLOCATION', 'MARKET_DATA.UNKNOWN_PORTFOLIO'],
    409: ['ALLOCATION.WRONG_STATE', 'ALLOCATION.NO_MODEL'],
    413: tooLarge,
    422: contentProblems,
  })
  async edit(
    @Param({ schema: planParams }) { portfolioId, planId }: z.output<typeof planParams>,
    @IfMatch() ifMatch: IfMatchCondition,
    @Body({ schema: planBody }) body: z.output<typeof planBody>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<PlanView> {
    await this.access.require(principal, portfolioId);
    return viewOf(await this.service.edit(portfolioId, planId, body, ifMatch, principal));
  }
}
