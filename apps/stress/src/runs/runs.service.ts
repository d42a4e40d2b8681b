import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { NotFoundError, type Clock, type Instant, type StressNode } from '@risk-budget/contracts';
import { PortfolioStore } from '@risk-budget/market-data';
import { Persistence } from '@risk-budget/persistence';
import { assertPortfolio, CLOCK, JobService, type Page, type Principal } from '@risk-budget/service-kit';
import { StressError } from '../errors.js';
import { runJobKind, type RunJobInput } from './run-job.js';
import type { AcceptedRun, RunHead, RunRequest, RunSummary, RunView } from './run.types.js';
import { headOf, RunsRepository, type RunFilter, type StoredRun } from './runs.repository.js';

/** A finished run with its nodes. */
export interface FinishedRun {
  readonly summary: RunSummary;
  readonly nodes: readonly StressNode[];
}

/** Runs as REST takes and shows them. */
@Injectable()
export class RunsService {
  constructor(
    private readonly persistence: Persistence,
    private readonly runs: RunsRepository,
    private readonly portfolios: PortfolioStore,
    private readonly jobs: JobService,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Queues a run as a job. */
  async submit(principal: Principal, request: RunRequest): Promise<AcceptedRun> {
    await this.requirePortfolio(principal, request.portfolioId);
    const runId = randomUUID();
    const asOf = request.asOf ?? this.clock.now();
    const input: RunJobInput = { runId, asOf, request };
    const seed = request.kind === 'monteCarlo' && request.seed !== undefined ? { seed: request.seed } : {};
    return this.persistence.transaction(async (tx) => {
      const job = await this.jobs.submit(tx, {
        kind: runJobKind,
        input,
        owner: principal.actor,
        portfolioId: request.portfolioId,
        ...seed,
      });
      await this.runs.accept(tx, { runId, jobId: job.id, asOf, by: principal.actor }, request);
      return { runId, job };
    });
  }

  list(principal: Principal, filter: RunFilter): Promise<Page<RunHead>> {
    return this.runs.list(principal.portfolios, filter);
  }

  async get(principal: Principal, runId: string): Promise<RunView> {
    const { jobId } = await this.visible(principal, runId);
    const job = jobId === null ? null : await this.jobs.get(jobId, principal);
    // Read after its job: a run whose job has succeeded meanwhile must not be told without its results.
    const run = await this.visible(principal, runId);
    return {
      ...headOf(run),
      request: run.request,
      job,
      summary: run.summary,
      analysis: run.analysis,
    };
  }

  /** @throws StressError `STRESS.RUN_NOT_FINISHED` while there are no results, and for an analysis, which has none */
  async finished(principal: Principal, runId: string): Promise<FinishedRun> {
    return this.withNodes(await this.visible(principal, runId));
  }

  /** @throws StressError `STRESS.NO_RUN` */
  async latest(principal: Principal, portfolioId: string, at: Instant | undefined): Promise<FinishedRun> {
    await this.requirePortfolio(principal, portfolioId);
    const moment = at ?? this.clock.now();
    const run = await this.runs.latestScheduled(portfolioId, moment);
    if (run === undefined) {
      throw new StressError('STRESS.NO_RUN', `No run of the portfolio '${portfolioId}' was finished at ${moment}.`);
    }
    return this.withNodes(run);
  }

  private async withNodes({ runId, summary }: StoredRun): Promise<FinishedRun> {
    const nodes = summary === null ? undefined : await this.runs.nodes(runId);
    if (summary === null || nodes === undefined) {
      throw new StressError('STRESS.RUN_NOT_FINISHED', `The run '${runId}' has no results by scenario.`);
    }
    return { summary, nodes };
  }

  private async visible(principal: Principal, runId: string): Promise<StoredRun> {
    const run = await this.runs.find(runId);
    if (run === undefined || !principal.mayRead(run.portfolioId)) {
      throw new StressError('STRESS.UNKNOWN_RUN', `There is no run '${runId}'.`);
    }
    return run;
  }

  /** A portfolio that does not exist and one that the token may not see are answered alike. */
  private async requirePortfolio(principal: Principal, portfolioId: string): Promise<void> {
    assertPortfolio(principal, portfolioId);
    if ((await this.portfolios.find(portfolioId)) === undefined) throw new NotFoundError('portfolio', portfolioId);
  }
}
