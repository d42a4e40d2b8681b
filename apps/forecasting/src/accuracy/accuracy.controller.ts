import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { businessDate, forecastKind, forecastMethod, identifier } from '@risk-budget/contracts';
import {
  ApiProblems,
  CurrentPrincipal,
  pageOf,
  pageSchema,
  Returns,
  Roles,
  type Page,
  type Principal,
} from '@risk-budget/service-kit';
import { z } from 'zod';
import { championChange, ChampionsRepository } from '../champions/champions.repository.js';
import { countQuery } from '../count-query.js';
import { ForecastingError } from '../errors.js';
import { SubjectAccess } from '../subjects/subject-access.js';
import { subjectParams } from '../volatility/forecast.schemas.js';
import { HORIZONS } from '../volatility/horizons.js';
import { accuracy, accuracyOf, type Accuracy } from './accuracy.js';
import { forecastScore, type ForecastScore } from './score.js';
import { ScoresRepository } from './scores.repository.js';
import { lossesOf, methodLoss } from './standing.js';

const accuracyQuery = z.object({
  horizonDays: countQuery(250, 1, 'days ahead; ours are 1, 5 and 20, and sources outside may have others'),
  window: countQuery(2500, 250, 'newest scores to judge by'),
});
const scoresQuery = pageSchema().extend({ horizonDays: accuracyQuery.shape.horizonDays });
const scorePage = pageOf(forecastScore);

const championView = z.object({
  kind: forecastKind,
  subjectId: identifier,
  champion: forecastMethod,
  since: businessDate.nullable().describe('null until the first switch'),
  scoresSinceSwitch: z.int(),
  horizons: z.array(z.object({ horizonDays: z.int(), losses: z.array(methodLoss) })),
  changes: z.array(championChange).describe('newest first'),
});

/** How good forecasts have been. */
@ApiTags('accuracy')
@Controller('v1/forecasts/:kind/:subjectId')
export class AccuracyController {
  constructor(
    private readonly scores: ScoresRepository,
    private readonly champions: ChampionsRepository,
    private readonly access: SubjectAccess,
  ) {}

  @Get('accuracy')
  @ApiOperation({ summary: 'Losses, regressions and tests of every method over the newest scores' })
  @Roles('viewer')
  @Returns(accuracy)
  @ApiProblems({ 404: ['NOT_FOUND', 'FORECASTING.UNKNOWN_SUBJECT'] })
  async accuracy(
    @Param({ schema: subjectParams }) subject: z.output<typeof subjectParams>,
    @Query({ schema: accuracyQuery }) query: z.output<typeof accuracyQuery>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<Accuracy> {
    await this.access.require(principal, subject);
    const scores = await this.scores.last(subject, query.horizonDays, query.window);
    return { ...subject, ...accuracyOf(scores, query.horizonDays) };
  }

  @Get('scores')
  @ApiOperation({ summary: 'Forecasts beside what happened, newest first' })
  @Roles('viewer')
  @Returns(scorePage)
  @ApiProblems({ 404: ['NOT_FOUND', 'FORECASTING.UNKNOWN_SUBJECT'] })
  async list(
    @Param({ schema: subjectParams }) subject: z.output<typeof subjectParams>,
    @Query({ schema: scoresQuery }) { horizonDays: horizon, ...page }: z.output<typeof scoresQuery>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<Page<ForecastScore>> {
    await this.access.require(principal, subject);
    return this.scores.list(subject, horizon, page);
  }

  @Get('champion')
  @ApiOperation({ summary: 'Champion and challengers of a subject, and every switch' })
  @Roles('viewer')
  @Returns(championView)
  @ApiProblems({ 404: ['NOT_FOUND', 'FORECASTING.UNKNOWN_SUBJECT', 'FORECASTING.NOT_SCORED'] })
  async champion(
    @Param({ schema: subjectParams }) subject: z.output<typeof subjectParams>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<z.infer<typeof championView>> {
    await this.access.require(principal, subject);
    const standing = await this.scores.standing(subject);
    if (standing === undefined) {
      const { kind, subjectId } = subject;
      throw new ForecastingError('FORECASTING.NOT_SCORED', `No forecast of the ${kind} '${subjectId}' was scored yet.`);
    }
    return {
      ...subject,
      champion: standing.champion,
      since: standing.championSince,
      scoresSinceSwitch: standing.scoresSinceSwitch,
      horizons: HORIZONS.map((horizon) => ({ horizonDays: horizon, losses: lossesOf(standing, horizon) })),
      changes: await this.champions.list(subject),
    };
  }
}
