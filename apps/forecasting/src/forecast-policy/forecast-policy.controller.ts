import { Body, Controller, Get, Inject, Put } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { freeText, type Clock } from '@risk-budget/contracts';
import { Persistence } from '@risk-budget/persistence';
import {
  AuditService,
  CLOCK,
  CurrentPrincipal,
  ETagged,
  IfMatch,
  IfMatchCondition,
  RequiresIfMatch,
  Returns,
  Roles,
  serviceChain,
  type Principal,
} from '@risk-budget/service-kit';
import { z } from 'zod';
import { forecastPolicy, forecastPolicySettings, type ForecastPolicy } from './forecast-policy.js';
import { ForecastPolicyRepository } from './forecast-policy.repository.js';

const policyBody = forecastPolicySettings.extend({ reason: freeText });
const policyList = z.object({ items: z.array(forecastPolicy) });

/** The policy by which forecasts are made and champions are chosen. */
@ApiTags('forecast policy')
@Controller('v1/forecast-policy')
export class ForecastPolicyController {
  constructor(
    private readonly policies: ForecastPolicyRepository,
    private readonly persistence: Persistence,
    private readonly audit: AuditService,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Get()
  @ApiOperation({ summary: 'The forecast policy in force' })
  @Roles('viewer')
  @ETagged()
  @Returns(forecastPolicy)
  current(): Promise<ForecastPolicy> {
    return this.policies.at(this.clock.now());
  }

  @Get('versions')
  @ApiOperation({ summary: 'Every version of the forecast policy, newest first' })
  @Roles('viewer')
  @Returns(policyList)
  async versions(): Promise<z.infer<typeof policyList>> {
    return { items: await this.policies.list() };
  }

  @Put()
  @ApiOperation({ summary: 'Set another forecast policy, in force from the next daily run' })
  @Roles('riskManager')
  @RequiresIfMatch()
  @ETagged()
  @Returns(forecastPolicy)
  async set(
    @Body({ schema: policyBody }) { reason, ...settings }: z.output<typeof policyBody>,
    @IfMatch() ifMatch: IfMatchCondition,
    @CurrentPrincipal() principal: Principal,
  ): Promise<ForecastPolicy> {
    const now = this.clock.now();
    return this.persistence.transaction(async (tx) => {
      const { version: newest } = await this.policies.newest(tx);
      ifMatch.require(newest);
      const policy = { ...settings, version: newest + 1, effectiveFrom: now, setBy: principal.subject, reason };
      await this.policies.insert(tx, policy);
      await this.audit.append(tx, {
        chain: serviceChain,
        actor: principal.actor,
        action: 'forecast-policy.set',
        subject: String(policy.version),
        data: { ...settings, reason },
        occurredAt: now,
      });
      return policy;
    });
  }
}
