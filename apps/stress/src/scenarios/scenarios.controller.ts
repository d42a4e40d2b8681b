import { Body, Controller, Get, HttpCode, Param, Post, Put, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { freeText, identifier } from '@risk-budget/contracts';
import {
  ApiProblems,
  CurrentPrincipal,
  ETagged,
  Idempotent,
  IfMatch,
  IfMatchCondition,
  pageOf,
  pageSchema,
  Principal,
  RequiresIfMatch,
  Returns,
  Roles,
  type Page,
} from '@risk-budget/service-kit';
import { z } from 'zod';
import {
  scenarioContent,
  scenarioStatus,
  scenarioVersion,
  scenarioView,
  type ScenarioContent,
  type ScenarioVersionView,
  type ScenarioView,
} from './scenario.types.js';
import { ScenariosService } from './scenarios.service.js';

const scenarioParameters = z.object({ scenarioId: identifier });
type ScenarioParameters = z.output<typeof scenarioParameters>;

const createBody = z.object({ scenarioId: identifier, content: scenarioContent });
const reasonBody = z.object({ reason: freeText });
const libraryQuery = pageSchema().extend({
  kind: z.enum(['historical', 'hypothetical', 'modelStress']).optional(),
  status: scenarioStatus.optional().describe('of any version'),
});
const revisionOf = (body: { revision: number }): number => body.revision;
const unknown = { 404: ['STRESS.UNKNOWN_SCENARIO'] } as const;

@ApiTags('scenario library')
@Controller('v1/scenarios')
export class ScenariosController {
  constructor(private readonly scenarios: ScenariosService) {}

  /** The library, by id. */
  @Get()
  @Roles('viewer')
  @Returns(pageOf(scenarioView), { description: 'Scenarios, by id' })
  list(@Query({ schema: libraryQuery }) query: z.output<typeof libraryQuery>): Promise<Page<ScenarioView>> {
    return this.scenarios.list(query);
  }

  /** Proposes a scenario. It counts for nothing until somebody else approves it. */
  @Post()
  @Roles('riskManager')
  @Idempotent()
  @ETagged(revisionOf)
  @Returns(scenarioView, { status: 201, description: 'The scenario, proposed' })
  @ApiProblems({ 409: ['STRESS.SCENARIO_EXISTS'] })
  create(
    @Body({ schema: createBody }) { scenarioId, content }: z.output<typeof createBody>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<ScenarioView> {
    return this.scenarios.create(principal, scenarioId, content);
  }

  @Get(':scenarioId')
  @Roles('viewer')
  @ETagged(revisionOf)
  @Returns(scenarioView, { description: 'The scenario' })
  @ApiProblems(unknown)
  get(@Param({ schema: scenarioParameters }) { scenarioId }: ScenarioParameters): Promise<ScenarioView> {
    return this.scenarios.get(scenarioId);
  }

  /** Every version of a scenario, oldest first. */
  @Get(':scenarioId/versions')
  @Roles('viewer')
  @Returns(z.object({ items: z.array(scenarioVersion) }), { description: 'Versions, oldest first' })
  @ApiProblems(unknown)
  async versions(
    @Param({ schema: scenarioParameters }) { scenarioId }: ScenarioParameters,
  ): Promise<{ items: ScenarioVersionView[] }> {
    return { items: await this.scenarios.versions(scenarioId) };
  }

  /** Proposes a new version. What is in force stays so until the new version is approved. */
  @Put(':scenarioId')
  @Roles('riskManager')
  @RequiresIfMatch()
  @ETagged(revisionOf)
  @Returns(scenarioView, { description: 'The scenario with the proposed version' })
  @ApiProblems(unknown)
  revise(
    @Param({ schema: scenarioParameters }) { scenarioId }: ScenarioParameters,
    @Body({ schema: scenarioContent }) content: ScenarioContent,
    @IfMatch() ifMatch: IfMatchCondition,
    @CurrentPrincipal() principal: Principal,
  ): Promise<ScenarioView> {
    return this.scenarios.revise(principal, scenarioId, content, ifMatch);
  }

  /** Approves the proposed version: a new scenario, a revision or a retirement. */
  @Post(':scenarioId/approval')
  @HttpCode(200)
  @Roles('approver')
  @RequiresIfMatch()
  @ETagged(revisionOf)
  @Returns(scenarioView, { description: 'The scenario after the approval' })
  @ApiProblems({ 403: ['STRESS.OWN_APPROVAL'], ...unknown, 409: ['STRESS.NOTHING_PROPOSED'] })
  approve(
    @Param({ schema: scenarioParameters }) { scenarioId }: ScenarioParameters,
    @IfMatch() ifMatch: IfMatchCondition,
    @CurrentPrincipal() principal: Principal,
  ): Promise<ScenarioView> {
    return this.scenarios.approve(principal, scenarioId, ifMatch);
  }

  /** Rejects the proposed version; what is in force stays. */
  @Post(':scenarioId/rejection')
  @HttpCode(200)
  @Roles('approver')
  @RequiresIfMatch()
  @ETagged(revisionOf)
  @Returns(scenarioView, { description: 'The scenario after the rejection' })
  @ApiProblems({ 403: ['STRESS.OWN_APPROVAL'], ...unknown, 409: ['STRESS.NOTHING_PROPOSED'] })
  reject(
    @Param({ schema: scenarioParameters }) { scenarioId }: ScenarioParameters,
    @Body({ schema: reasonBody }) { reason }: z.output<typeof reasonBody>,
    @IfMatch() ifMatch: IfMatchCondition,
    @CurrentPrincipal() principal: Principal,
  ): Promise<ScenarioView> {
    return this.scenarios.reject(principal, scenarioId, reason, ifMatch);
  }

  /** Proposes the end of a scenario: a version of its own that somebody else approves. */
  @Post(':scenarioId/retirement')
  @Roles('riskManager')
  @Idempotent()
  @ETagged(revisionOf)
  @Returns(scenarioView, { status: 201, description: 'The scenario with the proposed retirement' })
  @ApiProblems({ ...unknown, 409: ['STRESS.NOTHING_IN_FORCE'] })
  retire(
    @Param({ schema: scenarioParameters }) { scenarioId }: ScenarioParameters,
    @Body({ schema: reasonBody }) { reason }: z.output<typeof reasonBody>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<ScenarioView> {
    return this.scenarios.retire(principal, scenarioId, reason);
  }
}
