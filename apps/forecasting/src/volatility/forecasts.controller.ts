import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Clock } from '@risk-budget/contracts';
import {
  ApiProblems,
  CLOCK,
  CurrentPrincipal,
  Returns,
  Roles,
  type Page,
  type Principal,
} from '@risk-budget/service-kit';
import type { z } from 'zod';
import { ForecastingError } from '../errors.js';
import { SubjectAccess } from '../subjects/subject-access.js';
import { forecast, type Forecast, type ForecastRun } from './forecast.js';
import {
  asOfQuery,
  fitParams,
  forecastPage,
  historyQuery,
  listQuery,
  runPage,
  runsQuery,
  subjectParams,
} from './forecast.schemas.js';
import { ForecastsRepository } from './forecasts.repository.js';
import { volatilityFit, type VolatilityFit } from './volatility-fit.js';

/** Volatility forecasts of markets, factors, portfolios and instruments. */
@ApiTags('forecasts')
@Controller('v1')
export class ForecastsController {
  constructor(
    private readonly forecasts: ForecastsRepository,
    private readonly access: SubjectAccess,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Get('forecasts')
  @ApiOperation({ summary: 'The newest forecast of every subject' })
  @Roles('viewer')
  @Returns(forecastPage)
  list(
    @Query({ schema: listQuery }) { asOf, kind, ...page }: z.output<typeof listQuery>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<Page<Forecast>> {
    return this.forecasts.list(principal, kind, asOf ?? this.clock.now(), page);
  }

  @Get('forecasts/:kind/:subjectId')
  @ApiOperation({ summary: 'Forecasts of a subject, newest first' })
  @Roles('viewer')
  @Returns(forecastPage)
  @ApiProblems({ 404: ['NOT_FOUND', 'FORECASTING.UNKNOWN_SUBJECT'] })
  async history(
    @Param({ schema: subjectParams }) subject: z.output<typeof subjectParams>,
    @Query({ schema: historyQuery }) { asOf, ...page }: z.output<typeof historyQuery>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<Page<Forecast>> {
    await this.access.require(principal, subject);
    return this.forecasts.history(subject, asOf ?? this.clock.now(), page);
  }

  @Get('forecasts/:kind/:subjectId/latest')
  @ApiOperation({ summary: 'The forecast of a subject by every method and horizon, now or as known at a moment' })
  @Roles('viewer')
  @Returns(forecast)
  @ApiProblems({ 404: ['NOT_FOUND', 'FORECASTING.UNKNOWN_SUBJECT', 'FORECASTING.NO_FORECAST'] })
  async latest(
    @Param({ schema: subjectParams }) subject: z.output<typeof subjectParams>,
    @Query({ schema: asOfQuery }) { asOf }: z.output<typeof asOfQuery>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<Forecast> {
    await this.access.require(principal, subject);
    const at = asOf ?? this.clock.now();
    const found = await this.forecasts.latest(subject, at);
    if (found === undefined) {
      const { kind, subjectId } = subject;
      throw new ForecastingError('FORECASTING.NO_FORECAST', `The ${kind} '${subjectId}' had no forecast at ${at}.`);
    }
    return found;
  }

  @Get('forecast-fits/:fitId')
  @ApiOperation({ summary: 'The parameters behind forecasts, as they were estimated' })
  @Roles('viewer')
  @Returns(volatilityFit)
  @ApiProblems({ 404: ['FORECASTING.UNKNOWN_FIT'] })
  async fit(
    @Param({ schema: fitParams }) { fitId }: z.output<typeof fitParams>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<VolatilityFit> {
    const found = await this.forecasts.fit(fitId);
    if (found === undefined || (found.kind === 'portfolio' && !principal.mayRead(found.subjectId))) {
      throw new ForecastingError('FORECASTING.UNKNOWN_FIT', `There is no fit '${fitId}'.`);
    }
    return found;
  }

  @Get('forecast-runs')
  @ApiOperation({ summary: 'Daily runs and what they refused, newest first' })
  @Roles('operator')
  @Returns(runPage)
  runs(@Query({ schema: runsQuery }) page: z.output<typeof runsQuery>): Promise<Page<ForecastRun>> {
    return this.forecasts.runs(page);
  }
}
