import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { instant, type Clock } from '@risk-budget/contracts';
import { brierScore } from '@risk-budget/risk-math';
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
import { PortfolioAccess } from '../portfolio-access.js';
import { countQuery } from '../count-query.js';
import { ForecastingError } from '../errors.js';
import { portfolioParams } from '../risk-models/risk-model.schemas.js';
import { breachAccuracy, breachEstimate, type BreachAccuracy, type BreachEstimate } from './breach-estimate.js';
import { BreachProbabilityRepository } from './breach-probability.repository.js';

const latestQuery = z.object({ asOf: instant.optional().describe('as known at this moment; now when absent') });
const listQuery = pageSchema();
const accuracyQuery = z.object({
  horizonDays: z.enum(['1', '5', '20']).default('5').describe('days'),
  window: countQuery(20_000, 5000, 'newest chances of single limits to judge by'),
});
const estimatePage = pageOf(breachEstimate);

/** How likely limits are to be broken soon, and how good that was. */
@ApiTags('breach probabilities')
@Controller('v1/portfolios/:portfolioId/breach-probabilities')
export class BreachProbabilityController {
  constructor(
    private readonly estimates: BreachProbabilityRepository,
    private readonly access: PortfolioAccess,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Estimates of a portfolio, newest first' })
  @Roles('viewer')
  @Returns(estimatePage)
  @ApiProblems({ 404: ['NOT_FOUND'] })
  async list(
    @Param({ schema: portfolioParams }) { portfolioId }: z.output<typeof portfolioParams>,
    @Query({ schema: listQuery }) page: z.output<typeof listQuery>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<Page<BreachEstimate>> {
    await this.access.require(principal, portfolioId);
    return this.estimates.list(portfolioId, page);
  }

  @Get('latest')
  @ApiOperation({
    summary: 'The chance that each limit is broken within 1, 5 and 20 days, now or as known at a moment',
  })
  @Roles('viewer')
  @Returns(breachEstimate)
  @ApiProblems({ 404: ['NOT_FOUND', 'FORECASTING.NO_ESTIMATE'] })
  async latest(
    @Param({ schema: portfolioParams }) { portfolioId }: z.output<typeof portfolioParams>,
    @Query({ schema: latestQuery }) { asOf }: z.output<typeof latestQuery>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<BreachEstimate> {
    await this.access.require(principal, portfolioId);
    const at = asOf ?? this.clock.now();
    const found = await this.estimates.latest(portfolioId, at);
    if (found === undefined) {
      throw new ForecastingError(
        'FORECASTING.NO_ESTIMATE',
        `No breach probabilities of the portfolio '${portfolioId}' were known at ${at}.`,
      );
    }
    return found;
  }

  @Get('accuracy')
  @ApiOperation({ summary: 'Brier score and reliability of the chances whose horizon has passed' })
  @Roles('viewer')
  @Returns(breachAccuracy)
  @ApiProblems({ 404: ['NOT_FOUND'] })
  async accuracy(
    @Param({ schema: portfolioParams }) { portfolioId }: z.output<typeof portfolioParams>,
    @Query({ schema: accuracyQuery }) { horizonDays, window }: z.output<typeof accuracyQuery>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<BreachAccuracy> {
    await this.access.require(principal, portfolioId);
    const past = await this.estimates.outcomes(portfolioId, Number(horizonDays), window, this.clock.now());
    const brier =
      past.length === 0
        ? undefined
        : brierScore(
            Float64Array.from(past, ({ probability }) => probability),
            past.map(({ broken }) => (broken ? 1 : 0)),
          );
    return {
      portfolioId,
      horizonDays: Number(horizonDays),
      observations: past.length,
      from: past[0]?.date ?? null,
      to: past.at(-1)?.date ?? null,
      score: brier?.score ?? null,
      reliability: brier?.reliability ?? null,
      resolution: brier?.resolution ?? null,
      uncertainty: brier?.uncertainty ?? null,
      skill: brier?.skill ?? null,
      baseRate: brier?.baseRate ?? null,
      table: [...(brier?.table ?? [])],
    };
  }
}
