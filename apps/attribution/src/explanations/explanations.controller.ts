import { Controller, Get, Headers, Param, Query, type StreamableFile } from '@nestjs/common';
import { ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import { ApiProblems, CurrentPrincipal, Principal, Returns, Roles, type Page } from '@risk-budget/service-kit';
import { portfolioParameters, snapshotProblems, type PortfolioParameters } from '../rest/parameters.js';
import { reportFormat, told } from '../rest/report-format.js';
import { SnapshotsService } from '../snapshots/snapshots.service.js';
import { changeCsv, changeHtml } from './change-report.js';
import {
  changeQuery,
  changeView,
  explanationListQuery,
  explanationPage,
  explanationParameters,
  explanationView,
  type ChangeQuery,
  type ChangeView,
  type ExplanationListQuery,
  type ExplanationParameters,
  type ExplanationSummary,
  type ExplanationView,
} from './explanation.schemas.js';
import { ExplanationsService } from './explanations.service.js';

@ApiTags('explained change')
@Controller('v1/portfolios/:portfolioId')
export class ExplanationsController {
  constructor(
    private readonly service: ExplanationsService,
    private readonly snapshots: SnapshotsService,
  ) {}

  @Get('explained-change')
  @Roles('viewer')
  @ApiOperation({
    summary: 'What explains the change of a node’s consumption between two snapshots, as JSON, CSV or HTML',
  })
  @ApiProduces('application/json', 'text/csv', 'text/html')
  @Returns(changeView)
  @ApiProblems({
    400: ['ATTRIBUTION.TIMES_IN_WRONG_ORDER'],
    404: [...snapshotProblems[404], 'ATTRIBUTION.UNKNOWN_NODE'],
    406: ['NOT_ACCEPTABLE'],
    422: snapshotProblems[422],
  })
  async change(
    @Param({ schema: portfolioParameters }) { portfolioId }: PortfolioParameters,
    @Query({ schema: changeQuery }) query: ChangeQuery,
    @Headers('accept') accept: string | undefined,
    @CurrentPrincipal() principal: Principal,
  ): Promise<ChangeView | StreamableFile> {
    const format = reportFormat(query.format, accept);
    await this.snapshots.require(principal, portfolioId);
    const document = await this.service.change(portfolioId, query);
    const name = `explained-change-${portfolioId}-${query.measure}-${document.toAsOf}`;
    return told({ name, document, csv: () => changeCsv(document), html: () => changeHtml(document) }, format);
  }

  @Get('explanations')
  @Roles('viewer')
  @ApiOperation({ summary: 'What was published at breaches and daily, newest first, without its parts' })
  @Returns(explanationPage)
  @ApiProblems({ 400: ['ATTRIBUTION.TIMES_IN_WRONG_ORDER', 'CURSOR_INVALID'], 404: ['NOT_FOUND'] })
  async list(
    @Param({ schema: portfolioParameters }) { portfolioId }: PortfolioParameters,
    @Query({ schema: explanationListQuery }) query: ExplanationListQuery,
    @CurrentPrincipal() principal: Principal,
  ): Promise<Page<ExplanationSummary>> {
    await this.snapshots.require(principal, portfolioId);
    return this.service.list(portfolioId, query);
  }

  @Get('explanations/:explanationId')
  @Roles('viewer')
  @ApiOperation({ summary: 'One of them with its parts, node by node' })
  @Returns(explanationView)
  @ApiProblems({ 404: ['NOT_FOUND', 'ATTRIBUTION.UNKNOWN_EXPLANATION'] })
  async get(
    @Param({ schema: explanationParameters }) { portfolioId, explanationId }: ExplanationParameters,
    @CurrentPrincipal() principal: Principal,
  ): Promise<ExplanationView> {
    await this.snapshots.require(principal, portfolioId);
    return this.service.get(portfolioId, explanationId);
  }
}
