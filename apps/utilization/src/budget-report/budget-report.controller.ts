import { Controller, Get, Headers, Param, Query, type StreamableFile } from '@nestjs/common';
import { ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import {
  ApiProblems,
  CurrentPrincipal,
  KitError,
  preferredFormat,
  Principal,
  reportFile,
  Returns,
  Roles,
} from '@risk-budget/service-kit';
import { PortfoliosService } from '../portfolios/portfolios.service.js';
import { asOfProblems, checkAsOf, portfolioParameters, type PortfolioParameters } from '../rest/parameters.js';
import { TreeService } from '../tree/tree.service.js';
import { budgetReport, budgetReportQuery, type BudgetReport, type BudgetReportQuery } from './budget-report.schemas.js';
import { budgetReportCsv, budgetReportOf } from './budget-report.js';

@ApiTags('budget report')
@Controller('v1/portfolios/:portfolioId/budget-report')
export class BudgetReportController {
  constructor(
    private readonly trees: TreeService,
    private readonly portfolios: PortfoliosService,
  ) {}

  @Get()
  @Roles('viewer')
  @ApiOperation({
    summary: 'Budget against use of every node and measure, as JSON or (`format=csv` or `Accept: text/csv`) as CSV',
  })
  @ApiProduces('application/json', 'text/csv')
  @Returns(budgetReport)
  @ApiProblems({ ...asOfProblems, 406: ['NOT_ACCEPTABLE'] })
  async report(
    @Param({ schema: portfolioParameters }) { portfolioId }: PortfolioParameters,
    @Query({ schema: budgetReportQuery }) query: BudgetReportQuery,
    @Headers('accept') accept: string | undefined,
    @CurrentPrincipal() principal: Principal,
  ): Promise<BudgetReport | StreamableFile> {
    checkAsOf(query);
    const format = query.format ?? preferredFormat(accept, ['json', 'csv']);
    if (format === undefined) throw new KitError('NOT_ACCEPTABLE');
    await this.portfolios.require(principal, portfolioId);
    const report = budgetReportOf(await this.trees.tree(portfolioId, query), query.measure);
    if (format === 'json') return report;
    return reportFile(format, `budget-report-${report.portfolioId}-${report.asOf}`, budgetReportCsv(report));
  }
}
