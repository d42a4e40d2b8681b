import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  ApiProblems,
  CurrentPrincipal,
  ETagged,
  Idempotent,
  IfMatch,
  IfMatchCondition,
  Principal,
  RequiresIfMatch,
  Returns,
  Roles,
} from '@risk-budget/service-kit';
import {
  limitParameters,
  overrideParameters,
  type LimitParameters,
  type OverrideParameters,
} from '../rest/parameters.js';
import {
  limitOverrideView,
  limitView,
  overrideBody,
  overrideView,
  reasonBody,
  type LimitOverrideView,
  type LimitView,
  type OverrideBody,
  type ReasonBody,
} from './limit.schemas.js';
import { LimitsService } from './limits.service.js';
import { OverridesService } from './overrides.service.js';

const revisionOf = (body: { revision: number }): number => body.revision;

@ApiTags('limits')
@Controller('v1/limits/:limitId/overrides')
export class OverridesController {
  constructor(
    private readonly overrides: OverridesService,
    private readonly limits: LimitsService,
  ) {}

  /** Proposes another bound for a while. */
  @Post()
  @Roles('riskManager')
  @Idempotent()
  @Returns(limitOverrideView, { status: 201, description: 'The override, proposed' })
  @ApiProblems({
    404: ['LIMITS.UNKNOWN_LIMIT'],
    409: ['LIMITS.LIMIT_TRANSITION_REFUSED', 'LIMITS.OVERLAPPING_OVERRIDE'],
    422: ['LIMITS.BAD_LIMIT', 'LIMITS.MUST_LIE_AHEAD'],
  })
  async propose(
    @Param({ schema: limitParameters }) { limitId }: LimitParameters,
    @Body({ schema: overrideBody }) body: OverrideBody,
    @CurrentPrincipal() principal: Principal,
  ): Promise<LimitOverrideView> {
    return overrideView(await this.overrides.propose(principal, limitId, body));
  }

  /** Approves an override, by somebody else than its proposer. `If-Match` names the limit's version. */
  @Post(':overrideId/approval')
  @HttpCode(200)
  @Roles('approver')
  @RequiresIfMatch()
  @ETagged(revisionOf)
  @Returns(limitView, { description: 'The limit with the override' })
  @ApiProblems({
    403: ['LIMITS.OWN_APPROVAL'],
    404: ['LIMITS.UNKNOWN_LIMIT', 'LIMITS.UNKNOWN_OVERRIDE'],
    409: ['LIMITS.OVERRIDE_DECIDED', 'LIMITS.OVERLAPPING_OVERRIDE', 'LIMITS.LIMIT_TRANSITION_REFUSED'],
    422: ['LIMITS.MUST_LIE_AHEAD'],
  })
  async approve(
    @Param({ schema: overrideParameters }) { limitId, overrideId }: OverrideParameters,
    @IfMatch() ifMatch: IfMatchCondition,
    @CurrentPrincipal() principal: Principal,
  ): Promise<LimitView> {
    await this.overrides.approve(principal, limitId, overrideId, ifMatch);
    return this.limits.get(principal, limitId);
  }

  @Post(':overrideId/rejection')
  @HttpCode(200)
  @Roles('approver')
  @RequiresIfMatch()
  @ETagged(revisionOf)
  @Returns(limitView, { description: 'The limit without the override' })
  @ApiProblems({
    404: ['LIMITS.UNKNOWN_LIMIT', 'LIMITS.UNKNOWN_OVERRIDE'],
    409: ['LIMITS.OVERRIDE_DECIDED'],
  })
  async reject(
    @Param({ schema: overrideParameters }) { limitId, overrideId }: OverrideParameters,
    @Body({ schema: reasonBody }) { reason }: ReasonBody,
    @IfMatch() ifMatch: IfMatchCondition,
    @CurrentPrincipal() principal: Principal,
  ): Promise<LimitView> {
    await this.overrides.reject(principal, limitId, overrideId, reason, ifMatch);
    return this.limits.get(principal, limitId);
  }
}
