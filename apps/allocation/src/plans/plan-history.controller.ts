import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { ApiProblems, CurrentPrincipal, Principal, Returns, Roles, type Page } from '@risk-budget/service-kit';
import type { z } from 'zod';
import { PortfolioAccess } from '../portfolio-access.js';
import { diffOf } from './plan-diff.js';
import {
  diffQuery,
  planDiff,
  planParams,
  planVersion,
  planVersionParams,
  versionPage,
  versionsQuery,
  type PlanDiffView,
  type PlanVersion,
} from './plan.schemas.js';
import { PlansRepository } from './plans.repository.js';

/** Versions of a plan, and what one changes against another. */
@ApiTags('plans')
@Controller('v1/portfolios/:portfolioId/plans/:planId')
export class PlanHistoryController {
  constructor(
    private readonly repository: PlansRepository,
    private readonly access: PortfolioAccess,
  ) {}

  @Get('versions')
  @ApiOperation({ summary: 'Every version of a plan, newest first: what was done, by whom, and the plan after it' })
  @Roles('viewer')
  @Returns(versionPage)
  @ApiProblems({ 404: ['ALLOCATION.UNKNOWN_PLAN'] })
  async versions(
    @Param({ schema: planParams }) { portfolioId, planId }: z.output<typeof planParams>,
    @Query({ schema: versionsQuery }) page: z.output<typeof versionsQuery>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<Page<PlanVersion>> {
    await this.access.require(principal, portfolioId);
    await this.repository.get(portfolioId, planId);
    return this.repository.versions(planId, page);
  }

  @Get('versions/:version')
  @ApiOperation({ summary: 'One version of a plan' })
  @Roles('viewer')
  @Returns(planVersion)
  @ApiProblems({ 404: ['ALLOCATION.UNKNOWN_PLAN'] })
  async version(
    @Param({ schema: planVersionParams }) { portfolioId, planId, version }: z.output<typeof planVersionParams>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<PlanVersion> {
    await this.access.require(principal, portfolioId);
    return this.repository.version(planId, portfolioId, version);
  }

  @Get('diff')
  @ApiOperation({ summary: 'What a plan changes against another, or against the plan in force' })
  @Roles('viewer')
  @Returns(planDiff)
  @ApiProblems({ 404: ['ALLOCATION.UNKNOWN_PLAN'] })
  async diff(
    @Param({ schema: planParams }) { portfolioId, planId }: z.output<typeof planParams>,
    @Query({ schema: diffQuery }) { against, againstVersion }: z.output<typeof diffQuery>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<PlanDiffView> {
    await this.access.require(principal, portfolioId);
    const { plan } = await this.repository.version(planId, portfolioId);
    const otherId = against ?? (await this.repository.active(undefined, portfolioId))?.planId;
    const other =
      otherId === undefined ? undefined : (await this.repository.version(otherId, portfolioId, againstVersion)).plan;
    return planDiff.parse({
      planId,
      version: plan.version,
      againstPlanId: other?.planId ?? null,
      againstVersion: other?.version ?? null,
      ...diffOf(other, plan),
    });
  }
}
