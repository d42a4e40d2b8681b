import { Controller, Get, Headers, Param, Query, type StreamableFile } from '@nestjs/common';
import { ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import { ApiProblems, CurrentPrincipal, Principal, Returns, Roles } from '@risk-budget/service-kit';
import { portfolioParameters, snapshotProblems, type PortfolioParameters } from '../rest/parameters.js';
import { reportFormat, told } from '../rest/report-format.js';
import { SnapshotsService } from '../snapshots/snapshots.service.js';
import { performanceCsv, performanceHtml } from './performance-report.js';
import {
  performanceQuery,
  performanceView,
  type PerformanceQuery,
  type PerformanceView,
} from './performance.schemas.js';
import { PerformanceService } from './performance.service.js';

@ApiTags('performance')
@Controller('v1/portfolios/:portfolioId')
export class PerformanceController {
  constructor(
    private readonly service: PerformanceService,
    private readonly snapshots: SnapshotsService,
  ) {}

  @Get('performance-attribution')
  @Roles('viewer')
  @ApiOperation({
    summary: 'Realised return by security, strategy, sector or factor, beside the risk taken, as JSON, CSV or HTML',
  })
  @ApiProduces('application/json', 'text/csv', 'text/html')
  @Returns(performanceView)
  @ApiProblems({
    400: ['ATTRIBUTION.TIMES_IN_WRONG_ORDER', 'ATTRIBUTION.PERIOD_TOO_LONG'],
    404: ['NOT_FOUND', 'ATTRIBUTION.NO_SNAPSHOT'],
    406: ['NOT_ACCEPTABLE'],
    422: [...snapshotProblems[422], 'ATTRIBUTION.NO_RETURN', 'MARKET_DATA.NO_HISTORY'],
  })
  async attribution(
    @Param({ schema: portfolioParameters }) { portfolioId }: PortfolioParameters,
    @Query({ schema: performanceQuery }) query: PerformanceQuery,
    @Headers('accept') accept: string | undefined,
    @CurrentPrincipal() principal: Principal,
  ): Promise<PerformanceView | StreamableFile> {
    const format = reportFormat(query.format, accept);
    await this.snapshots.require(principal, portfolioId);
    const document = await this.service.attribution(portfolioId, query);
    const name = `performance-${portfolioId}-${query.by}-${query.from}-${query.to}`;
    return told({ name, document, csv: () => performanceCsv(document), html: () => performanceHtml(document) }, format);
  }
}
