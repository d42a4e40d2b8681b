import { Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { actor, instant, uuid } from '@risk-budget/contracts';
import { z } from 'zod';
import { pageOf, pageSchema, type Page } from '../http/paging.js';
import { CurrentPrincipal, Roles } from '../identity/identity.decorators.js';
import { Principal } from '../identity/principal.js';
import { ApiProblems, Returns } from '../openapi/api.decorators.js';
import { JobService } from './job.service.js';
import { jobStates, type Job } from './job.types.js';

export const jobSchema = z.object({
  id: uuid,
  kind: z.string(),
  state: z.enum(jobStates),
  portfolioId: z.string().nullable(),
  owner: actor,
  progress: z.number().min(0).max(1),
  progressMessage: z.string().nullable(),
  attempts: z.int().min(0),
  seed: z.int(),
  inputHash: z.string().describe('SHA-256 of the input'),
  result: z.unknown().describe('null until the job has succeeded'),
  error: z.object({ code: z.string(), detail: z.string() }).nullable(),
  cancelRequested: z.boolean(),
  createdAt: instant,
  startedAt: instant.nullable(),
  finishedAt: instant.nullable(),
});

const listQuery = pageSchema().extend({ kind: z.string().max(100).optional(), state: z.enum(jobStates).optional() });

@ApiTags('jobs')
@Controller('v1/jobs')
export class JobsController {
  constructor(private readonly jobs: JobService) {}

  /** Jobs of the portfolios one may see, and one's own, newest first. */
  @Get()
  @Roles('viewer')
  @Returns(pageOf(jobSchema), { description: 'Jobs, newest first' })
  list(
    @Query({ schema: listQuery }) query: z.output<typeof listQuery>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<Page<Job>> {
    return this.jobs.list(query, principal);
  }

  @Get(':id')
  @Roles('viewer')
  @Returns(jobSchema, { description: 'The job' })
  get(@Param('id', { schema: uuid }) id: string, @CurrentPrincipal() principal: Principal): Promise<Job> {
    return this.jobs.get(id, principal);
  }

  /** A queued job is cancelled at once, a running one within a second. */
  @Post(':id/cancel')
  @HttpCode(202)
  @Roles('riskManager', 'operator')
  @ApiProblems({ 409: ['JOB_FINISHED'] })
  @Returns(jobSchema, { status: 202, description: 'The job, whose end was asked for' })
  cancel(@Param('id', { schema: uuid }) id: string, @CurrentPrincipal() principal: Principal): Promise<Job> {
    return this.jobs.cancel(id, principal);
  }
}
