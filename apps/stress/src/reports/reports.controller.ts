import { Controller, Get, Headers, Param, Query, type StreamableFile } from '@nestjs/common';
import { ApiProduces, ApiTags } from '@nestjs/swagger';
import { uuid } from '@risk-budget/contracts';
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
import { z } from 'zod';
import { RunsService } from '../runs/runs.service.js';
import { stressReport, stressReportCsv, stressReportHtml, stressReportOf, type StressReport } from './stress-report.js';

const runParameters = z.object({ runId: uuid });
const reportQuery = z.object({ format: z.enum(['json', 'csv', 'html']).optional() });

@ApiTags('reports')
@Controller('v1/runs/:runId/report')
export class ReportsController {
  constructor(private readonly runs: RunsService) {}

  /** A run as a report: JSON, or by `format` or `Accept` CSV (a row for each node and scenario) or HTML. */
  @Get()
  @Roles('viewer')
  @ApiProduces('application/json', 'text/csv', 'text/html')
  @Returns(stressReport, { description: 'The report' })
  @ApiProblems({ 404: ['STRESS.UNKNOWN_RUN'], 406: ['NOT_ACCEPTABLE'], 409: ['STRESS.RUN_NOT_FINISHED'] })
  async report(
    @Param({ schema: runParameters }) { runId }: z.output<typeof runParameters>,
    @Query({ schema: reportQuery }) query: z.output<typeof reportQuery>,
    @Headers('accept') accept: string | undefined,
    @CurrentPrincipal() principal: Principal,
  ): Promise<StressReport | StreamableFile> {
    const format = query.format ?? preferredFormat(accept, ['json', 'csv', 'html']);
    if (format === undefined) throw new KitError('NOT_ACCEPTABLE');
    const report = stressReportOf(await this.runs.finished(principal, runId));
    if (format === 'json') return report;
    const name = `stress-${report.run.portfolioId}-${report.run.asOf}`;
    return reportFile(format, name, format === 'csv' ? stressReportCsv(report) : stressReportHtml(report));
  }
}
