import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  ApiProblems,
  CurrentPrincipal,
  ETagged,
  pageOf,
  Principal,
  Returns,
  Roles,
  type Page,
} from '@risk-budget/service-kit';
import { breachParameters, type BreachParameters } from '../rest/parameters.js';
import {
  acknowledgementBody,
  breachQuery,
  breachView,
  breachWithHistory,
  remediationBody,
  waiverBody,
  type AcknowledgementBody,
  type BreachQuery,
  type BreachView,
  type BreachWithHistory,
  type RemediationBody,
  type WaiverBody,
} from './breach.schemas.js';
import { BreachesQueries } from './breaches.queries.js';
import { BreachesService } from './breaches.service.js';

const revisionOf = (body: { revision: number }): number => body.revision;
const refused = { 404: ['LIMITS.UNKNOWN_BREACH'], 409: ['LIMITS.BREACH_TRANSITION_REFUSED'] } as const;

@ApiTags('breaches')
@Controller('v1/breaches')
export class BreachesController {
  constructor(
    private readonly queries: BreachesQueries,
    private readonly breaches: BreachesService,
  ) {}

  /** Breaches of the portfolios one may see, newest first. */
  @Get()
  @Roles('viewer')
  @Returns(pageOf(breachView), { description: 'Breaches, newest first' })
  list(
    @Query({ schema: breachQuery }) query: BreachQuery,
    @CurrentPrincipal() principal: Principal,
  ): Promise<Page<BreachView>> {
    return this.queries.list(principal, query);
  }

  /** One breach with every transition of its life. */
  @Get(':breachId')
  @Roles('viewer')
  @ETagged(revisionOf)
  @Returns(breachWithHistory, { description: 'The breach and its history' })
  @ApiProblems({ 404: ['LIMITS.UNKNOWN_BREACH'] })
  get(
    @Param({ schema: breachParameters }) { breachId }: BreachParameters,
    @CurrentPrincipal() principal: Principal,
  ): Promise<BreachWithHistory> {
    return this.queries.get(principal, breachId);
  }

  /** Says that the breach has been seen: the escalation ladder stops. */
  @Post(':breachId/acknowledgement')
  @HttpCode(200)
  @Roles('riskManager')
  @ETagged(revisionOf)
  @Returns(breachWithHistory, { description: 'The breach, acknowledged' })
  @ApiProblems(refused)
  async acknowledge(
    @Param({ schema: breachParameters }) { breachId }: BreachParameters,
    @Body({ schema: acknowledgementBody }) { reason }: AcknowledgementBody,
    @CurrentPrincipal() principal: Principal,
  ): Promise<BreachWithHistory> {
    await this.breaches.acknowledge(principal, breachId, reason ?? null);
    return this.queries.get(principal, breachId);
  }

  /** Accepts an acknowledged breach for a while; by somebody who has neither acknowledged it nor planned its remediation. */
  @Post(':breachId/waiver')
  @HttpCode(200)
  @Roles('approver')
  @ETagged(revisionOf)
  @Returns(breachWithHistory, { description: 'The breach, waived' })
  @ApiProblems({ ...refused, 403: ['LIMITS.OWN_WAIVER'], 422: ['LIMITS.MUST_LIE_AHEAD'] })
  async waive(
    @Param({ schema: breachParameters }) { breachId }: BreachParameters,
    @Body({ schema: waiverBody }) body: WaiverBody,
    @CurrentPrincipal() principal: Principal,
  ): Promise<BreachWithHistory> {
    await this.breaches.waive(principal, breachId, body);
    return this.queries.get(principal, breachId);
  }

  /** Says how an acknowledged breach will be brought back, and by when. A later plan replaces an earlier one. */
  @Post(':breachId/remediation')
  @HttpCode(200)
  @Roles('riskManager')
  @ETagged(revisionOf)
  @Returns(breachWithHistory, { description: 'The breach, being remediated' })
  @ApiProblems({ ...refused, 422: ['LIMITS.MUST_LIE_AHEAD'] })
  async remediate(
    @Param({ schema: breachParameters }) { breachId }: BreachParameters,
    @Body({ schema: remediationBody }) body: RemediationBody,
    @CurrentPrincipal() principal: Principal,
  ): Promise<BreachWithHistory> {
    await this.breaches.remediate(principal, breachId, body);
    return this.queries.get(principal, breachId);
  }
}
