import { Body, Controller, Get, HttpCode, Param, Post, Put, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { limitProposal, type LimitProposal } from '@risk-budget/contracts';
import {
  ApiProblems,
  CurrentPrincipal,
  ETagged,
  Idempotent,
  IfMatch,
  IfMatchCondition,
  pageOf,
  Principal,
  RequiresIfMatch,
  Returns,
  Roles,
  type Page,
} from '@risk-budget/service-kit';
import { z } from 'zod';
import { limitNotFound, limitParameters, type LimitParameters } from '../rest/parameters.js';
import { DecisionsService } from './decisions.service.js';
import {
  limitQuery,
  limitVersionView,
  limitView,
  reasonBody,
  revisionBody,
  type LimitQuery,
  type LimitVersionView,
  type LimitView,
  type ReasonBody,
  type RevisionBody,
} from './limit.schemas.js';
import { LimitsService } from './limits.service.js';

const revisionOf = (body: { revision: number }): number => body.revision;

@ApiTags('limits')
@Controller('v1/limits')
export class LimitsController {
  constructor(
    private readonly limits: LimitsService,
    private readonly decisions: DecisionsService,
  ) {}

  /** Proposes a new limit. It counts for nothing until somebody else approves it. */
  @Post()
  @Roles('riskManager')
  @Idempotent()
  @ETagged(revisionOf)
  @Returns(limitView, { status: 201, description: 'The limit, proposed' })
  @ApiProblems({
    404: ['NOT_FOUND', 'LIMITS.UNKNOWN_PORTFOLIO', 'LIMITS.UNKNOWN_ESCALATION_POLICY'],
    409: ['LIMITS.LIMIT_EXISTS', 'LIMITS.OVERLAPPING_LIMIT'],
    422: ['LIMITS.BAD_LIMIT'],
  })
  propose(
    @Body({ schema: limitProposal }) proposal: LimitProposal,
    @CurrentPrincipal() principal: Principal,
  ): Promise<LimitView> {
    return this.limits.propose(principal, proposal);
  }

  /** Limits of the portfolios one may see, by id. */
  @Get()
  @Roles('viewer')
  @Returns(pageOf(limitView), { description: 'Limits, by id' })
  list(
    @Query({ schema: limitQuery }) query: LimitQuery,
    @CurrentPrincipal() principal: Principal,
  ): Promise<Page<LimitView>> {
    return this.limits.list(principal, query);
  }

  @Get(':limitId')
  @Roles('viewer')
  @ETagged(revisionOf)
  @Returns(limitView, { description: 'The limit' })
  @ApiProblems(limitNotFound)
  get(
    @Param({ schema: limitParameters }) { limitId }: LimitParameters,
    @CurrentPrincipal() principal: Principal,
  ): Promise<LimitView> {
    return this.limits.get(principal, limitId);
  }

  /** Every version of a limit, oldest first. */
  @Get(':limitId/versions')
  @Roles('viewer')
  @Returns(z.object({ items: z.array(limitVersionView) }), { description: 'Versions, oldest first' })
  @ApiProblems(limitNotFound)
  async versions(
    @Param({ schema: limitParameters }) { limitId }: LimitParameters,
    @CurrentPrincipal() principal: Principal,
  ): Promise<{ items: LimitVersionView[] }> {
    return { items: await this.limits.versions(principal, limitId) };
  }

  /** Proposes a new version. What is in force stays so until the new version is approved. */
  @Put(':limitId')
  @Roles('riskManager')
  @RequiresIfMatch()
  @ETagged(revisionOf)
  @Returns(limitView, { description: 'The limit with the proposed version' })
  @ApiProblems({
    404: ['NOT_FOUND', 'LIMITS.UNKNOWN_LIMIT', 'LIMITS.UNKNOWN_PORTFOLIO', 'LIMITS.UNKNOWN_ESCALATION_POLICY'],
    409: ['LIMITS.OVERLAPPING_LIMIT'],
    422: ['LIMITS.BAD_LIMIT'],
  })
  revise(
    @Param({ schema: limitParameters }) { limitId }: LimitParameters,
    @Body({ schema: revisionBody }) body: RevisionBody,
    @IfMatch() ifMatch: IfMatchCondition,
    @CurrentPrincipal() principal: Principal,
  ): Promise<LimitView> {
    return this.limits.revise(principal, { ...body, limitId }, ifMatch);
  }

  /** Approves the proposed version: a new limit, a revision or a retirement. */
  @Post(':limitId/approval')
  @HttpCode(200)
  @Roles('approver')
  @RequiresIfMatch()
  @ETagged(revisionOf)
  @Returns(limitView, { description: 'The limit after the approval' })
  @ApiProblems({
    403: ['LIMITS.OWN_APPROVAL'],
    404: ['LIMITS.UNKNOWN_LIMIT'],
    409: ['LIMITS.NOTHING_PROPOSED', 'LIMITS.OVERLAPPING_LIMIT'],
    422: ['LIMITS.MUST_LIE_AHEAD'],
  })
  async approve(
    @Param({ schema: limitParameters }) { limitId }: LimitParameters,
    @IfMatch() ifMatch: IfMatchCondition,
    @CurrentPrincipal() principal: Principal,
  ): Promise<LimitView> {
    await this.decisions.approve(principal, limitId, ifMatch);
    return this.limits.get(principal, limitId);
  }

  /** Rejects the proposed version; what is in force stays. */
  @Post(':limitId/rejection')
  @HttpCode(200)
  @Roles('approver')
  @RequiresIfMatch()
  @ETagged(revisionOf)
  @Returns(limitView, { description: 'The limit after the rejection' })
  @ApiProblems({
    403: ['LIMITS.OWN_APPROVAL'],
    404: ['LIMITS.UNKNOWN_LIMIT'],
    409: ['LIMITS.NOTHING_PROPOSED'],
  })
  async reject(
    @Param({ schema: limitParameters }) { limitId }: LimitParameters,
    @Body({ schema: reasonBody }) { reason }: ReasonBody,
    @IfMatch() ifMatch: IfMatchCondition,
    @CurrentPrincipal() principal: Principal,
  ): Promise<LimitView> {
    await this.decisions.reject(principal, limitId, reason, ifMatch);
    return this.limits.get(principal, limitId);
  }

  /** Proposes to end the limit: a version of its own that somebody else approves. */
  @Post(':limitId/retirement')
  @Roles('riskManager')
  @Idempotent()
  @ETagged(revisionOf)
  @Returns(limitView, { status: 201, description: 'The limit with the proposed retirement' })
  @ApiProblems({ 404: ['LIMITS.UNKNOWN_LIMIT'], 409: ['LIMITS.LIMIT_TRANSITION_REFUSED'] })
  retire(
    @Param({ schema: limitParameters }) { limitId }: LimitParameters,
    @Body({ schema: reasonBody }) { reason }: ReasonBody,
    @CurrentPrincipal() principal: Principal,
  ): Promise<LimitView> {
    return this.limits.retire(principal, limitId, reason);
  }
}
