import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { identifier, instant, type Clock } from '@risk-budget/contracts';
import {
  ApiProblems,
  CLOCK,
  CurrentPrincipal,
  pageOf,
  pageSchema,
  Returns,
  Roles,
  type Page,
  type Principal,
} from '@risk-budget/service-kit';
import { z } from 'zod';
import { countQuery } from '../count-query.js';
import { ForecastingError } from '../errors.js';
import { SubjectAccess } from '../subjects/subject-access.js';
import { regime, type Regime, type StateCount } from './regime.js';
import { regimeAccuracy, regimeAccuracyOf, type RegimeAccuracy } from './regime-accuracy.js';
import { regimeScore, type RegimeScore } from './regime-score.js';
import { RegimeScoresRepository } from './regime-scores.repository.js';
import { RegimesRepository } from './regimes.repository.js';

const marketParams = z.object({ marketId: identifier.describe('a benchmark') });
const states = z.enum(['2', '3']).default('2').describe('of the model: two or three');
const latestQuery = z.object({
  states,
  asOf: instant.optional().describe('as known at this moment; now when absent'),
});
const listQuery = pageSchema().extend({ states });
const horizonDays = countQuery(250, 1, 'days ahead; ours are 1, 5 and 20, and sources outside may have others');
const scoresQuery = pageSchema().extend({ states, horizonDays });
const accuracyQuery = z.object({ states, horizonDays, window: countQuery(2500, 250, 'newest scores to judge by') });
const regimePage = pageOf(regime);
const scorePage = pageOf(regimeScore);

/** In which regime a market is. */
@ApiTags('regimes')
@Controller('v1/regimes/:marketId')
export class RegimesController {
  constructor(
    private readonly regimes: RegimesRepository,
    private readonly scored: RegimeScoresRepository,
    private readonly access: SubjectAccess,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Regimes of a market, newest first' })
  @Roles('viewer')
  @Returns(regimePage)
  @ApiProblems({ 404: ['FORECASTING.UNKNOWN_SUBJECT'] })
  async list(
    @Param({ schema: marketParams }) { marketId }: z.output<typeof marketParams>,
    @Query({ schema: listQuery }) { states: count, ...page }: z.output<typeof listQuery>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<Page<Regime>> {
    await this.access.require(principal, { kind: 'market', subjectId: marketId });
    return this.regimes.list(marketId, Number(count) as StateCount, page);
  }

  @Get('latest')
  @ApiOperation({
    summary: 'Filtered probabilities of a market’s regimes and their forecasts, now or as known at a moment',
  })
  @Roles('viewer')
  @Returns(regime)
  @ApiProblems({ 404: ['FORECASTING.NO_REGIME'] })
  async latest(
    @Param({ schema: marketParams }) { marketId }: z.output<typeof marketParams>,
    @Query({ schema: latestQuery }) { states: count, asOf }: z.output<typeof latestQuery>,
  ): Promise<Regime> {
    const at = asOf ?? this.clock.now();
    const found = await this.regimes.latest(marketId, Number(count) as StateCount, at);
    if (found === undefined) {
      throw new ForecastingError('FORECASTING.NO_REGIME', `No regime of the market '${marketId}' was known at ${at}.`);
    }
    return found;
  }

  @Get('scores')
  @ApiOperation({ summary: 'Forecasts of regimes beside the return of the day that they were about, newest first' })
  @Roles('viewer')
  @Returns(scorePage)
  @ApiProblems({ 404: ['FORECASTING.UNKNOWN_SUBJECT'] })
  async scores(
    @Param({ schema: marketParams }) { marketId }: z.output<typeof marketParams>,
    @Query({ schema: scoresQuery }) { states: count, horizonDays: days, ...page }: z.output<typeof scoresQuery>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<Page<RegimeScore>> {
    await this.access.require(principal, { kind: 'market', subjectId: marketId });
    return this.scored.list(marketId, Number(count) as StateCount, days, page);
  }

  @Get('accuracy')
  @ApiOperation({
    summary: 'Mean logarithmic score of every method over the newest scores, and the test against stationary',
  })
  @Roles('viewer')
  @Returns(regimeAccuracy)
  @ApiProblems({ 404: ['FORECASTING.UNKNOWN_SUBJECT'] })
  async accuracy(
    @Param({ schema: marketParams }) { marketId }: z.output<typeof marketParams>,
    @Query({ schema: accuracyQuery }) { states: count, horizonDays: days, window }: z.output<typeof accuracyQuery>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<RegimeAccuracy> {
    await this.access.require(principal, { kind: 'market', subjectId: marketId });
    const model = Number(count) as StateCount;
    const scores = await this.scored.last(marketId, model, days, window);
    return regimeAccuracyOf({ marketId, states: model, horizonDays: days }, scores);
  }
}
