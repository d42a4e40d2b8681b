import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { identifier, instant, uuid } from '@risk-budget/contracts';
import {
  ApiProblems,
  CurrentPrincipal,
  decodeCursor,
  Idempotent,
  pageOf,
  pageSchema,
  Principal,
  Returns,
  Roles,
  toPage,
  type Page,
} from '@risk-budget/service-kit';
import { z } from 'zod';
import { lossesByNode, nodeLoss, worstByNode, type NodeLoss } from './run-nodes.js';
import {
  acceptedRun,
  runHead,
  runRequest,
  runSummary,
  runView,
  type AcceptedRun,
  type RunHead,
  type RunRequest,
  type RunSummary,
  type RunView,
} from './run.types.js';
import { RunsService } from './runs.service.js';

const runParameters = z.object({ runId: uuid });
type RunParameters = z.output<typeof runParameters>;
const portfolioParameters = z.object({ portfolioId: identifier });

const listQuery = pageSchema().extend({
  portfolioId: identifier.optional(),
  cause: z.enum(['schedule', 'request']).optional(),
  kind: z.string().max(40).optional(),
});
const nodesQuery = pageSchema({ defaultLimit: 200, maximumLimit: 2000 }).extend({
  scenarioId: identifier.optional().describe('one scenario; every one when absent'),
});
const latestQuery = z.object({ asOf: instant.optional() });
const latestRun = z.object({
  summary: runSummary,
  worst: z.array(nodeLoss).describe('each node under its worst scenario'),
});

@ApiTags('runs')
@Controller('v1')
export class RunsController {
  constructor(private readonly runs: RunsService) {}

  /**
   * Asks for a run as a job: scenarios of the library, a window of the past, shocks, a stressed model, Monte Carlo, the most plausible way
   * to a loss, sensitivities, or the tail of past losses.
   */
  @Post('runs')
  @Roles('riskManager')
  @Idempotent()
  @HttpCode(202)
  @Returns(acceptedRun, { status: 202, description: 'The run and its job' })
  @ApiProblems({ 404: ['NOT_FOUND'] })
  submit(
    @Body({ schema: runRequest }) request: RunRequest,
    @CurrentPrincipal() principal: Principal,
  ): Promise<AcceptedRun> {
    return this.runs.submit(principal, request);
  }

  /** Runs of the portfolios one may see, newest first. */
  @Get('runs')
  @Roles('viewer')
  @Returns(pageOf(runHead), { description: 'Runs, newest first' })
  list(
    @Query({ schema: listQuery }) query: z.output<typeof listQuery>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<Page<RunHead>> {
    return this.runs.list(principal, query);
  }

  @Get('runs/:runId')
  @Roles('viewer')
  @Returns(runView, { description: 'The run with what it found, without its nodes' })
  @ApiProblems({ 404: ['STRESS.UNKNOWN_RUN'] })
  get(
    @Param({ schema: runParameters }) { runId }: RunParameters,
    @CurrentPrincipal() principal: Principal,
  ): Promise<RunView> {
    return this.runs.get(principal, runId);
  }

  /** Losses of every node, scenario by scenario. */
  @Get('runs/:runId/nodes')
  @Roles('viewer')
  @Returns(pageOf(nodeLoss), { description: 'Losses by scenario and node' })
  @ApiProblems({ 404: ['STRESS.UNKNOWN_RUN'], 409: ['STRESS.RUN_NOT_FINISHED'] })
  async nodes(
    @Param({ schema: runParameters }) { runId }: RunParameters,
    @Query({ schema: nodesQuery }) { scenarioId, limit, cursor }: z.output<typeof nodesQuery>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<Page<NodeLoss>> {
    const start = decodeCursor(cursor, z.int().min(0)) ?? 0;
    const losses = lossesByNode(await this.runs.finished(principal, runId), scenarioId);
    const numbered = losses.slice(start, start + limit + 1).map((loss, at) => ({ loss, next: start + at + 1 }));
    return toPage(
      numbered,
      limit,
      ({ next }) => next,
      ({ loss }) => loss,
    );
  }

  /** The newest scheduled run of a portfolio, now or at a moment: what each node would lose at worst, and in which scenario. */
  @Get('portfolios/:portfolioId/stress')
  @Roles('viewer')
  @Returns(latestRun, { description: 'The newest scheduled run' })
  @ApiProblems({ 404: ['NOT_FOUND', 'STRESS.NO_RUN'] })
  async latest(
    @Param({ schema: portfolioParameters }) { portfolioId }: z.output<typeof portfolioParameters>,
    @Query({ schema: latestQuery }) { asOf }: z.output<typeof latestQuery>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<{ summary: RunSummary; worst: NodeLoss[] }> {
    const run = await this.runs.latest(principal, portfolioId, asOf);
    return { summary: run.summary, worst: worstByNode(run) };
  }
}
