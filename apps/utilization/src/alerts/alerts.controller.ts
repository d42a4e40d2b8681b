import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { utilizationAlert, type UtilizationAlert } from '@risk-budget/contracts';
import {
  ApiProblems,
  CurrentPrincipal,
  decodeCursor,
  pageOf,
  pageSchema,
  Principal,
  Returns,
  Roles,
  toPage,
  type Page,
} from '@risk-budget/service-kit';
import type { z } from 'zod';
import { PortfoliosService } from '../portfolios/portfolios.service.js';
import {
  checkPeriod,
  periodProblems,
  periodQuery,
  portfolioParameters,
  seriesPosition,
  type PortfolioParameters,
} from '../rest/parameters.js';
import { AlertRepository } from './alert.repository.js';

const alertsQuery = pageSchema()
  .extend({ kind: utilizationAlert.shape.kind.optional().describe('only alerts of this kind') })
  .extend(periodQuery.shape);

@ApiTags('alerts')
@Controller('v1/portfolios/:portfolioId/alerts')
export class AlertsController {
  constructor(
    private readonly alerts: AlertRepository,
    private readonly portfolios: PortfoliosService,
  ) {}

  @Get()
  @Roles('viewer')
  @ApiOperation({ summary: 'Thresholds crossed, incomplete and stale, and the ends of these; newest first' })
  @Returns(pageOf(utilizationAlert))
  @ApiProblems(periodProblems)
  async list(
    @Param({ schema: portfolioParameters }) { portfolioId }: PortfolioParameters,
    @Query({ schema: alertsQuery }) query: z.output<typeof alertsQuery>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<Page<UtilizationAlert>> {
    await this.portfolios.require(principal, portfolioId);
    const cursor = decodeCursor(query.cursor, seriesPosition);
    const found = await this.alerts.list({
      portfolioId,
      kind: query.kind ?? null,
      ...checkPeriod(query),
      before: cursor === undefined ? null : { asOf: cursor[0], number: cursor[1] },
      limit: query.limit + 1,
    });
    return toPage(
      found,
      query.limit,
      ({ alert, number }) => [alert.asOf, number],
      ({ alert }) => alert,
    );
  }
}
