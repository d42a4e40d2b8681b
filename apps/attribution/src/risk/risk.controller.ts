import { Controller, Get, Headers, Param, Query, type StreamableFile } from '@nestjs/common';
import { ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import { ApiProblems, CurrentPrincipal, Principal, Returns, Roles, type Page } from '@risk-budget/service-kit';
import { portfolioParameters, snapshotProblems, type PortfolioParameters } from '../rest/parameters.js';
import { reportFormat, told } from '../rest/report-format.js';
import { SnapshotsService } from '../snapshots/snapshots.service.js';
import { riskCsv, riskHtml } from './risk-report.js';
import {
  riskHistoryQuery,
  riskPointPage,
  riskQuery,
  riskView,
  type RiskHistoryQuery,
  type RiskPoint,
  type RiskQuery,
  type RiskView,
} from './risk.schemas.js';
import { RiskService } from './risk.service.js';

@ApiTags('risk')
@Controller('v1/portfolios/:portfolioId')
export class RiskController {
  constructor(
    private readonly service: RiskService,
    private readonly snapshots: SnapshotsService,
  ) {}

  @Get('risk')
  @Roles('viewer')
  @ApiOperation({
    summary: 'Risk of a snapshot by security, strategy, sector, issuer or factor, as JSON, CSV or HTML',
  })
  @ApiProduces('application/json', 'text/csv', 'text/html')
  @Returns(riskView)
  @ApiProblems({ ...snapshotProblems, 406: ['NOT_ACCEPTABLE'] })
  async risk(
    @Param({ schema: portfolioParameters }) { portfolioId }: PortfolioParameters,
    @Query({ schema: riskQuery }) query: RiskQuery,
    @Headers('accept') accept: string | undefined,
    @CurrentPrincipal() principal: Principal,
  ): Promise<RiskView | StreamableFile> {
    const format = reportFormat(query.format, accept);
    await this.snapshots.require(principal, portfolioId);
    const document = await this.service.risk(portfolioId, query);
    const name = `risk-${portfolioId}-${query.measure}-${query.by}-${document.asOf}`;
    return told({ name, document, csv: () => riskCsv(document), html: () => riskHtml(document) }, format);
  }

  @Get('risk-history')
  @Roles('viewer')
  @ApiOperation({ summary: 'The same over time, newest first' })
  @Returns(riskPointPage)
  @ApiProblems({ 400: ['ATTRIBUTION.TIMES_IN_WRONG_ORDER', 'CURSOR_INVALID'], 404: ['NOT_FOUND'] })
  async history(
    @Param({ schema: portfolioParameters }) { portfolioId }: PortfolioParameters,
    @Query({ schema: riskHistoryQuery }) query: RiskHistoryQuery,
    @CurrentPrincipal() principal: Principal,
  ): Promise<Page<RiskPoint>> {
    await this.snapshots.require(principal, portfolioId);
    return this.service.history(portfolioId, query);
  }
}
