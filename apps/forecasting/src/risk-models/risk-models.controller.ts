import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Clock, RiskModelRow } from '@risk-budget/contracts';
import { RiskModelStore } from '@risk-budget/market-data';
import { Persistence } from '@risk-budget/persistence';
import {
  ApiProblems,
  CLOCK,
  CurrentPrincipal,
  decodeCursor,
  Idempotent,
  JobService,
  jobSchema,
  Returns,
  Roles,
  toPage,
  type Job,
  type Page,
  type Principal,
} from '@risk-budget/service-kit';
import { z } from 'zod';
import { PortfolioAccess } from '../portfolio-access.js';
import { ForecastingError } from '../errors.js';
import { estimateJobKind, type EstimateJobInput } from './model-job.js';
import { ModelEstimatesRepository } from './model-estimates.repository.js';
import { factorViewOf, viewOf } from './model-views.js';
import {
  asOfQuery,
  estimateBody,
  factorModelView,
  failurePage,
  failuresQuery,
  listQuery,
  modelParams,
  portfolioParams,
  riskModelPage,
  riskModelSummary,
  riskModelView,
  rowPage,
  rowsQuery,
  type FactorModelView,
  type ModelFailure,
  type RiskModelSummary,
  type RiskModelView,
} from './risk-model.schemas.js';
import { RiskModelsService } from './risk-models.service.js';

/** Operations of a few seconds: about 600 instruments over 500 days. */
const LONGEST_REQUEST = 5e9;

/** Risk models of a portfolio, and each by its id. */
@ApiTags('risk models')
@Controller('v1')
export class RiskModelsController {
  constructor(
    private readonly service: RiskModelsService,
    private readonly estimates: ModelEstimatesRepository,
    private readonly models: RiskModelStore,
    private readonly access: PortfolioAccess,
    private readonly jobs: JobService,
    private readonly persistence: Persistence,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Post('portfolios/:portfolioId/risk-models')
  @ApiOperation({ summary: 'Estimate and publish a risk model by the portfolio’s policy, now' })
  @Roles('riskManager')
  @Idempotent()
  @HttpCode(201)
  @Returns(riskModelSummary, { status: 201 })
  @ApiProblems({
    404: ['MARKET_DATA.UNKNOWN_PORTFOLIO'],
    413: ['MESSAGING.EVENT_TOO_LARGE'],
    422: [
      'FORECASTING.TOO_FEW_OBSERVATIONS',
      'FORECASTING.FACTOR_WITHOUT_HISTORY',
      'FORECASTING.UNIVERSE_TOO_LARGE',
      'FORECASTING.TOO_LONG_FOR_A_REQUEST',
      'FORECASTING.ESTIMATE_FAILED',
      'MARKET_DATA.NO_HISTORY',
      'MARKET_DATA.NO_RATE',
      'MARKET_DATA.DIVIDEND_EXCEEDS_PRICE',
    ],
    503: ['COMPUTE_OVERLOADED', 'COMPUTE_CLOSED', 'COMPUTE_WORKER_LOST'],
  })
  async create(
    @Param({ schema: portfolioParams }) { portfolioId }: z.output<typeof portfolioParams>,
    @Body({ schema: estimateBody }) { reason }: z.output<typeof estimateBody>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<RiskModelSummary> {
    await this.access.require(principal, portfolioId);
    return this.persistence.transaction((tx) =>
      this.service.estimate(tx, {
        portfolioId,
        at: this.clock.now(),
        cause: 'request',
        requestedBy: principal.actor,
        reason,
        maximumOperations: LONGEST_REQUEST,
      }),
    );
  }

  @Post('portfolios/:portfolioId/risk-models/jobs')
  @ApiOperation({ summary: 'Estimate and publish a risk model as a job, for many instruments' })
  @Roles('riskManager')
  @Idempotent()
  @HttpCode(202)
  @Returns(jobSchema, { status: 202 })
  async submit(
    @Param({ schema: portfolioParams }) { portfolioId }: z.output<typeof portfolioParams>,
    @Body({ schema: estimateBody }) { reason }: z.output<typeof estimateBody>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<Job> {
    await this.access.require(principal, portfolioId);
    const requestedBy = principal.actor;
    const input: EstimateJobInput = { portfolioId, at: this.clock.now(), reason, requestedBy };
    return this.persistence.transaction((tx) =>
      this.jobs.submit(tx, { kind: estimateJobKind, input, owner: requestedBy, portfolioId }),
    );
  }

  @Get('portfolios/:portfolioId/risk-models')
  @ApiOperation({ summary: 'Risk models of a portfolio, newest first' })
  @Roles('viewer')
  @Returns(riskModelPage)
  async list(
    @Param({ schema: portfolioParams }) { portfolioId }: z.output<typeof portfolioParams>,
    @Query({ schema: listQuery }) { asOf, ...page }: z.output<typeof listQuery>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<Page<RiskModelSummary>> {
    await this.access.require(principal, portfolioId);
    return this.estimates.list(portfolioId, asOf ?? this.clock.now(), page);
  }

  @Get('portfolios/:portfolioId/risk-models/latest')
  @ApiOperation({ summary: 'The risk model in force, now or at a moment' })
  @Roles('viewer')
  @Returns(riskModelView)
  @ApiProblems({ 404: ['FORECASTING.NO_MODEL'] })
  async latest(
    @Param({ schema: portfolioParams }) { portfolioId }: z.output<typeof portfolioParams>,
    @Query({ schema: asOfQuery }) { asOf }: z.output<typeof asOfQuery>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<RiskModelView> {
    await this.access.require(principal, portfolioId);
    const at = asOf ?? this.clock.now();
    const summary = await this.estimates.latest(portfolioId, at);
    if (summary === undefined) {
      throw new ForecastingError('FORECASTING.NO_MODEL', `The portfolio '${portfolioId}' had no risk model at ${at}.`);
    }
    return viewOf(summary, await this.models.get(summary.modelId));
  }

  @Get('portfolios/:portfolioId/risk-models/failures')
  @ApiOperation({ summary: 'Models that could not be estimated, newest first' })
  @Roles('viewer')
  @Returns(failurePage)
  async failures(
    @Param({ schema: portfolioParams }) { portfolioId }: z.output<typeof portfolioParams>,
    @Query({ schema: failuresQuery }) page: z.output<typeof failuresQuery>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<Page<ModelFailure>> {
    await this.access.require(principal, portfolioId);
    return this.estimates.failures(portfolioId, page);
  }

  @Get('risk-models/:modelId')
  @ApiOperation({ summary: 'A risk model: what it rests on, and the volatility of each instrument' })
  @Roles('viewer')
  @Returns(riskModelView)
  @ApiProblems({ 404: ['FORECASTING.UNKNOWN_MODEL'] })
  async get(
    @Param({ schema: modelParams }) { modelId }: z.output<typeof modelParams>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<RiskModelView> {
    const summary = await this.visible(principal, modelId);
    return viewOf(summary, await this.models.get(modelId));
  }

  @Get('risk-models/:modelId/rows')
  @ApiOperation({ summary: 'The numbers of a risk model, instrument by instrument, as they were published' })
  @Roles('viewer')
  @Returns(rowPage)
  @ApiProblems({ 404: ['FORECASTING.UNKNOWN_MODEL'] })
  async rows(
    @Param({ schema: modelParams }) { modelId }: z.output<typeof modelParams>,
    @Query({ schema: rowsQuery }) { limit, cursor }: z.output<typeof rowsQuery>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<Page<RiskModelRow>> {
    await this.visible(principal, modelId);
    const { model } = await this.models.get(modelId);
    const start = decodeCursor(cursor, z.int().min(0)) ?? 0;
    const numbered = model.rows.slice(start, start + limit + 1).map((row, index) => ({ row, next: start + index + 1 }));
    return toPage(
      numbered,
      limit,
      ({ next }) => next,
      ({ row }) => row,
    );
  }

  @Get('risk-models/:modelId/factors')
  @ApiOperation({ summary: 'A factor model: exposures, fit and specific risk' })
  @Roles('viewer')
  @Returns(factorModelView)
  @ApiProblems({ 404: ['FORECASTING.UNKNOWN_MODEL', 'FORECASTING.NO_FACTORS'] })
  async factors(
    @Param({ schema: modelParams }) { modelId }: z.output<typeof modelParams>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<FactorModelView> {
    await this.visible(principal, modelId);
    return factorViewOf((await this.models.get(modelId)).model);
  }

  /** A portfolio that does not exist and one that the token may not see are answered alike. */
  private async visible(principal: Principal, modelId: string): Promise<RiskModelSummary> {
    const summary = await this.estimates.find(modelId);
    if (summary === undefined || !principal.mayRead(summary.portfolioId)) {
      throw new ForecastingError('FORECASTING.UNKNOWN_MODEL', `There is no risk model '${modelId}'.`);
    }
    return summary;
  }
}
