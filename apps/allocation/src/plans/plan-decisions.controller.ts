import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  ApiProblems,
  CurrentPrincipal,
  ETagged,
  IfMatch,
  IfMatchCondition,
  Principal,
  RequiresIfMatch,
  Returns,
  Roles,
} from '@risk-budget/service-kit';
import type { z } from 'zod';
import { PortfolioAccess } from '../portfolio-access.js';
import { decisionBody, planParams, planView, type PlanView } from './plan.schemas.js';
import { viewOf } from './plan-views.js';
import type { PlanRecord } from './plans.repository.js';
import { PlansService } from './plans.service.js';

const decisionProblems = {
  404: ['ALLOCATION.UNKNOWN_PLAN'],
  409: ['ALLOCATION.WRONG_STATE'],
  413: ['MESSAGING.EVENT_TOO_LARGE'],
} as const;

type Params = z.output<typeof planParams>;
type Decision = z.output<typeof decisionBody>;

/** What is decided about a plan. */
@ApiTags('plans')
@Controller('v1/portfolios/:portfolioId/plans/:planId')
export class PlanDecisionsController {
  constructor(
    private readonly service: PlansService,
    private readonly access: PortfolioAccess,
  ) {}

  @Post('approval')
  @ApiOperation({ summary: 'Approve a draft that somebody else has written; it comes into force at its time' })
  @Roles('approver')
  @RequiresIfMatch()
  @HttpCode(200)
  @ETagged()
  @Returns(planView)
  @ApiProblems({ ...decisionProblems, 403: ['ALLOCATION.OWN_APPROVAL'] })
  async approve(
    @Param({ schema: planParams }) params: Params,
    @IfMatch() ifMatch: IfMatchCondition,
    @Body({ schema: decisionBody }) decision: Decision,
    @CurrentPrincipal() principal: Principal,
  ): Promise<PlanView> {
    return this.decide(params, principal, () =>
      this.service.approve(params.portfolioId, params.planId, decision, ifMatch, principal),
    );
  }

  @Post('rejection')
  @ApiOperation({ summary: 'Reject a draft that somebody else has written' })
  @Roles('approver')
  @RequiresIfMatch()
  @HttpCode(200)
  @ETagged()
  @Returns(planView)
  @ApiProblems({ ...decisionProblems, 403: ['ALLOCATION.OWN_APPROVAL'] })
  async reject(
    @Param({ schema: planParams }) params: Params,
    @IfMatch() ifMatch: IfMatchCondition,
    @Body({ schema: decisionBody }) decision: Decision,
    @CurrentPrincipal() principal: Principal,
  ): Promise<PlanView> {
    return this.decide(params, principal, () =>
      this.service.reject(params.portfolioId, params.planId, decision, ifMatch, principal),
    );
  }

  @Post('withdrawal')
  @ApiOperation({ summary: 'Withdraw a plan that is not in force yet' })
  @Roles('riskManager')
  @RequiresIfMatch()
  @HttpCode(200)
  @ETagged()
  @Returns(planView)
  @ApiProblems(decisionProblems)
  async withdraw(
    @Param({ schema: planParams }) params: Params,
    @IfMatch() ifMatch: IfMatchCondition,
    @Body({ schema: decisionBody }) decision: Decision,
    @CurrentPrincipal() principal: Principal,
  ): Promise<PlanView> {
    return this.decide(params, principal, () =>
      this.service.withdraw(params.portfolioId, params.planId, decision, ifMatch, principal),
    );
  }

  @Post('activation')
  @ApiOperation({ summary: 'Bring an approved plan without a time of its own into force, now' })
  @Roles('approver')
  @RequiresIfMatch()
  @HttpCode(200)
  @ETagged()
  @Returns(planView)
  @ApiProblems({
    ...decisionProblems,
    409: ['ALLOCATION.WRONG_STATE', 'ALLOCATION.NO_MODEL'],
    422: [
      'ALLOCATION.NOT_MODELLED',
      'ALLOCATION.NO_BENCHMARK',
      'ALLOCATION.NOT_SOLVED',
      'ALLOCATION.INVALID_REQUEST',
      'MARKET_DATA.NO_HISTORY',
      'MARKET_DATA.NO_RATE',
      'MARKET_DATA.DIVIDEND_EXCEEDS_PRICE',
    ],
  })
  async activate(
    @Param({ schema: planParams }) params: Params,
    @IfMatch() ifMatch: IfMatchCondition,
    @Body({ schema: decisionBody }) decision: Decision,
    @CurrentPrincipal() principal: Principal,
  ): Promise<PlanView> {
    return this.decide(params, principal, () =>
      this.service.activate(params.portfolioId, params.planId, decision, ifMatch, principal),
    );
  }

  private async decide(params: Params, principal: Principal, work: () => Promise<PlanRecord>): Promise<PlanView> {
    await this.access.require(principal, params.portfolioId);
    return viewOf(await work());
  }
}
