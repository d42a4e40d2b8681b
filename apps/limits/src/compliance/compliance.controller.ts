import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ApiProblems, CurrentPrincipal, pageOf, Principal, Returns, Roles, type Page } from '@risk-budget/service-kit';
import { portfolioParameters, type PortfolioParameters } from '../rest/parameters.js';
import {
  complianceInterval,
  historyQuery,
  portfolioCompliance,
  type ComplianceInterval,
  type HistoryQuery,
  type PortfolioCompliance,
} from './compliance.schemas.js';
import { ComplianceService } from './compliance.service.js';

const problems = { 404: ['NOT_FOUND', 'LIMITS.UNKNOWN_PORTFOLIO'] } as const;

@ApiTags('compliance')
@Controller('v1/portfolios/:portfolioId/compliance')
export class ComplianceController {
  constructor(private readonly compliance: ComplianceService) {}

  /** Every limit of the portfolio with its value, bound and headroom at the last snapshot. */
  @Get()
  @Roles('viewer')
  @Returns(portfolioCompliance, { description: 'How the limits stand' })
  @ApiProblems(problems)
  now(
    @Param({ schema: portfolioParameters }) { portfolioId }: PortfolioParameters,
    @CurrentPrincipal() principal: Principal,
  ): Promise<PortfolioCompliance> {
    return this.compliance.now(principal, portfolioId);
  }

  /** How the limits stood over time: one interval for each state, by limit. */
  @Get('history')
  @Roles('viewer')
  @Returns(pageOf(complianceInterval), { description: 'Intervals, by limit and time' })
  @ApiProblems(problems)
  history(
    @Param({ schema: portfolioParameters }) { portfolioId }: PortfolioParameters,
    @Query({ schema: historyQuery }) query: HistoryQuery,
    @CurrentPrincipal() principal: Principal,
  ): Promise<Page<ComplianceInterval>> {
    return this.compliance.history(principal, portfolioId, query);
  }
}
