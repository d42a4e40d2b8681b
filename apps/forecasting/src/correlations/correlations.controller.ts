import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { identifier, instant, uuid, type Clock } from '@risk-budget/contracts';
import {
  ApiProblems,
  CLOCK,
  decodeCursor,
  pageOf,
  pageSchema,
  Returns,
  Roles,
  toPage,
  type Page,
} from '@risk-budget/service-kit';
import { z } from 'zod';
import { countQuery } from '../count-query.js';
import { ForecastingError } from '../errors.js';
import { SubjectAccess } from '../subjects/subject-access.js';
import { correlationAccuracy, correlationAccuracyOf, type CorrelationAccuracy } from './correlation-accuracy.js';
import {
  correlationFit,
  correlationForecast,
  correlationPair,
  correlationSummary,
  pairsOf,
  type CorrelationFit,
  type CorrelationForecast,
  type CorrelationPair,
  type CorrelationSummary,
} from './correlation-forecast.js';
import { correlationScore, type CorrelationScore } from './correlation-score.js';
import { CorrelationsRepository } from './correlations.repository.js';

const setParams = z.object({
  setId: identifier.describe('calendar, kind or holdings, and currency: XNYS-instrument-USD'),
});
const fitParams = z.object({ fitId: uuid });
const asOfQuery = z.object({ asOf: instant.optional().describe('as known at this moment; now when absent') });
const setsQuery = pageSchema().extend(asOfQuery.shape);
const pairsQuery = setsQuery.extend({ subjectId: identifier.optional().describe('pairs with this subject only') });
const horizonDays = z.enum(['1', '5', '20']).default('1').describe('days');
const accuracyQuery = z.object({ horizonDays, window: countQuery(2500, 250, 'newest scores to judge by') });
const scoresQuery = pageSchema().extend({ horizonDays });
const historyQuery = pageSchema();
const summaryPage = pageOf(correlationSummary);
const pairPage = pageOf(correlationPair);
const scorePage = pageOf(correlationScore);

/** How instruments, markets and factors will move together, and how good that was. */
@ApiTags('correlations')
@Controller('v1')
export class CorrelationsController {
  constructor(
    private readonly correlations: CorrelationsRepository,
    private readonly access: SubjectAccess,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Get('correlations')
  @ApiOperation({ summary: 'Sets of subjects whose correlations are forecast, each with its newest forecast' })
  @Roles('viewer')
  @Returns(summaryPage)
  sets(@Query({ schema: setsQuery }) { asOf, ...page }: z.output<typeof setsQuery>): Promise<Page<CorrelationSummary>> {
    return this.correlations.sets(asOf ?? this.clock.now(), page);
  }

  @Get('correlations/:setId')
  @ApiOperation({ summary: 'Forecasts of a set, newest first, without their matrices' })
  @Roles('viewer')
  @Returns(summaryPage)
  @ApiProblems({ 404: ['FORECASTING.UNKNOWN_SUBJECT'] })
  async history(
    @Param({ schema: setParams }) { setId }: z.output<typeof setParams>,
    @Query({ schema: historyQuery }) page: z.output<typeof historyQuery>,
  ): Promise<Page<CorrelationSummary>> {
    await this.access.requireSet(setId);
    return this.correlations.history(setId, page);
  }

  @Get('correlations/:setId/latest')
  @ApiOperation({ summary: 'Correlations of a set by every method and horizon, now or as known at a moment' })
  @Roles('viewer')
  @Returns(correlationForecast)
  @ApiProblems({ 404: ['FORECASTING.NO_FORECAST'] })
  latest(
    @Param({ schema: setParams }) { setId }: z.output<typeof setParams>,
    @Query({ schema: asOfQuery }) { asOf }: z.output<typeof asOfQuery>,
  ): Promise<CorrelationForecast> {
    return this.require(setId, asOf);
  }

  @Get('correlations/:setId/pairs')
  @ApiOperation({ summary: 'The newest forecast of a set pair by pair, now or as known at a moment' })
  @Roles('viewer')
  @Returns(pairPage)
  @ApiProblems({ 404: ['FORECASTING.NO_FORECAST'] })
  async pairs(
    @Param({ schema: setParams }) { setId }: z.output<typeof setParams>,
    @Query({ schema: pairsQuery }) { asOf, subjectId, limit, cursor }: z.output<typeof pairsQuery>,
  ): Promise<Page<CorrelationPair>> {
    const from = decodeCursor(cursor, z.int().min(0)) ?? 0;
    const numbered = pairsOf(await this.require(setId, asOf), subjectId).map((pair, at) => ({ pair, at }));
    return toPage(
      numbered.slice(from, from + limit + 1),
      limit,
      ({ at }) => at + 1,
      ({ pair }) => pair,
    );
  }

  @Get('correlations/:setId/scores')
  @ApiOperation({ summary: 'Forecasts of a set beside what happened, newest first' })
  @Roles('viewer')
  @Returns(scorePage)
  @ApiProblems({ 404: ['FORECASTING.UNKNOWN_SUBJECT'] })
  async scores(
    @Param({ schema: setParams }) { setId }: z.output<typeof setParams>,
    @Query({ schema: scoresQuery }) { horizonDays: horizon, ...page }: z.output<typeof scoresQuery>,
  ): Promise<Page<CorrelationScore>> {
    await this.access.requireSet(setId);
    return this.correlations.scores(setId, Number(horizon), page);
  }

  @Get('correlations/:setId/accuracy')
  @ApiOperation({ summary: 'Losses of every method over the newest scores, and the test against ewma' })
  @Roles('viewer')
  @Returns(correlationAccuracy)
  @ApiProblems({ 404: ['FORECASTING.UNKNOWN_SUBJECT'] })
  async accuracy(
    @Param({ schema: setParams }) { setId }: z.output<typeof setParams>,
    @Query({ schema: accuracyQuery }) { horizonDays: horizon, window }: z.output<typeof accuracyQuery>,
  ): Promise<CorrelationAccuracy> {
    await this.access.requireSet(setId);
    const scores = await this.correlations.lastScores(setId, Number(horizon), window);
    return correlationAccuracyOf(setId, Number(horizon), scores);
  }

  @Get('correlation-fits/:fitId')
  @ApiOperation({ summary: 'The parameters behind dynamic correlations, as they were estimated' })
  @Roles('viewer')
  @Returns(correlationFit)
  @ApiProblems({ 404: ['FORECASTING.UNKNOWN_FIT'] })
  async fit(@Param({ schema: fitParams }) { fitId }: z.output<typeof fitParams>): Promise<CorrelationFit> {
    const found = await this.correlations.fit(fitId);
    if (found === undefined) throw new ForecastingError('FORECASTING.UNKNOWN_FIT', `There is no fit '${fitId}'.`);
    return found;
  }

  private async require(setId: string, asOf: string | undefined): Promise<CorrelationForecast> {
    const at = asOf ?? this.clock.now();
    const found = await this.correlations.latest(setId, at);
    if (found !== undefined) return found;
    throw new ForecastingError(
      'FORECASTING.NO_FORECAST',
      `The set '${setId}' had no forecast of correlations at ${at}.`,
    );
  }
}
