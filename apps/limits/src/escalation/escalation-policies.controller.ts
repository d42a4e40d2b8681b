import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  ApiProblems,
  CurrentPrincipal,
  Idempotent,
  pageOf,
  Principal,
  Returns,
  Roles,
  type Page,
} from '@risk-budget/service-kit';
import { pageQuery, policyParameters, type PageQuery, type PolicyParameters } from '../rest/parameters.js';
import { EscalationPoliciesService } from './escalation-policies.service.js';
import {
  escalationPolicy,
  escalationPolicyInput,
  type EscalationPolicy,
  type EscalationPolicyInput,
} from './escalation-policy.types.js';

@ApiTags('escalation')
@Controller('v1/escalation-policies')
export class EscalationPoliciesController {
  constructor(private readonly policies: EscalationPoliciesService) {}

  /** Makes a ladder. It never changes, so that a running escalation keeps its deadlines. */
  @Post()
  @Roles('riskManager')
  @Idempotent()
  @Returns(escalationPolicy, { status: 201, description: 'The policy' })
  @ApiProblems({ 409: ['LIMITS.ESCALATION_POLICY_EXISTS'], 422: ['LIMITS.WEBHOOK_TARGET_REFUSED'] })
  create(
    @Body({ schema: escalationPolicyInput }) body: EscalationPolicyInput,
    @CurrentPrincipal() principal: Principal,
  ): Promise<EscalationPolicy> {
    return this.policies.create(principal, body);
  }

  @Get()
  @Roles('viewer')
  @Returns(pageOf(escalationPolicy), { description: 'Policies, by id' })
  list(@Query({ schema: pageQuery }) query: PageQuery): Promise<Page<EscalationPolicy>> {
    return this.policies.list(query);
  }

  /** One policy; `default` applies to every limit that names none. */
  @Get(':policyId')
  @Roles('viewer')
  @Returns(escalationPolicy, { description: 'The policy' })
  @ApiProblems({ 404: ['LIMITS.UNKNOWN_ESCALATION_POLICY'] })
  get(@Param({ schema: policyParameters }) { policyId }: PolicyParameters): Promise<EscalationPolicy> {
    return this.policies.get(policyId);
  }
}
