import { Injectable } from '@nestjs/common';
import { stressRunCompleted, type Instant, type StressRun } from '@risk-budget/contracts';
import { Outbox } from '@risk-budget/messaging';
import { JobHandler, type RunningJob } from '@risk-budget/service-kit';
import { StressError } from '../errors.js';
import { Analyses } from '../model/analyses.js';
import { Simulations } from '../model/simulations.js';
import type { StressedPortfolio } from '../portfolio/stressed-portfolio.js';
import { ScenariosRepository } from '../scenarios/scenarios.repository.js';
import type { Outcome, RunScenario } from './outcome.js';
import { RunComputation, runScenario, type ScenarioOutcomes } from './run-computation.js';
import { RunInputs } from './run-inputs.js';
import { runRequest, type Analysis, type RunRequest, type RunRequestOf } from './run.types.js';
import { RunsRepository } from './runs.repository.js';

/** Kind of the jobs that carry runs out. */
export const runJobKind = 'stress.run';

export interface RunJobInput {
  readonly runId: string;
  /** Business time of the run: it knows what was known then, whenever the job gets to it. */
  readonly asOf: Instant;
  readonly request: RunRequest;
}

/** Carries out what was asked for: its result is written and published once, whoever finishes it. */
@Injectable()
export class RunJob {
  constructor(
    private readonly inputs: RunInputs,
    private readonly scenarios: ScenariosRepository,
    private readonly computation: RunComputation,
    private readonly simulations: Simulations,
    private readonly analyses: Analyses,
    private readonly runs: RunsRepository,
    private readonly outbox: Outbox,
  ) {}

  @JobHandler(runJobKind)
  async run(job: RunningJob<RunJobInput>): Promise<void> {
    const { runId, asOf } = job.input;
    const request = runRequest.parse(job.input.request);
    const portfolio = await this.inputs.load(request.portfolioId, asOf);
    const found = await this.found(job, request, portfolio);
    await job.complete(async (tx) => {
      await this.runs.complete(tx, runId, found);
      if ('results' in found) {
        await this.outbox.emit(tx, stressRunCompleted, { occurredAt: asOf, data: found, actor: job.owner });
      }
      return { runId };
    });
  }

  private async found(
    job: RunningJob<RunJobInput>,
    request: RunRequest,
    portfolio: StressedPortfolio,
  ): Promise<StressRun | Analysis> {
    if (request.kind === 'sensitivities') return this.analyses.sensitivities(portfolio);
    if (request.kind === 'tail') return this.analyses.tail(portfolio, request);
    const outcomes = await this.outcomes(job, request, portfolio);
    const includesLater = request.kind === 'scenarios' && request.includeLater;
    return this.computation.run({ runId: job.input.runId, cause: 'request' }, portfolio, outcomes, includesLater);
  }

  private async outcomes(
    job: RunningJob<RunJobInput>,
    request: Exclude<RunRequest, RunRequestOf<'sensitivities' | 'tail'>>,
    portfolio: StressedPortfolio,
  ): Promise<ScenarioOutcomes> {
    const watching = {
      signal: job.signal,
      onProgress: (fraction: number, message?: string) => job.progress(fraction, message),
    };
    switch (request.kind) {
      case 'monteCarlo':
        return only(await this.simulations.monteCarlo(portfolio, request, request.seed ?? job.seed, watching));
      case 'reverse':
        return only(await this.simulations.reverse(portfolio, request, watching));
      case 'scenarios':
        return this.computation.scenarios(portfolio, await this.chosen(request, portfolio), {
          includeLater: request.includeLater,
          ...watching,
        });
      default: {
        const { knownAt } = portfolio.inputs.at;
        return only(await this.computation.outcome(portfolio, onceAsked(request), knownAt, { signal: job.signal }));
      }
    }
  }

  /** The library as it was at the time of the run, or some of it. @throws StressError `STRESS.UNKNOWN_SCENARIO` */
  private async chosen(
    { scenarioIds }: RunRequestOf<'scenarios'>,
    portfolio: StressedPortfolio,
  ): Promise<RunScenario[]> {
    const inForce = await this.scenarios.inForce(portfolio.inputs.at.asOf);
    if (scenarioIds === undefined) return inForce.map(runScenario);
    return scenarioIds.map((id) => {
      const found = inForce.find(({ scenarioId }) => scenarioId === id);
      if (found !== undefined) return runScenario(found);
      throw new StressError(
        'STRESS.UNKNOWN_SCENARIO',
        `No scenario '${id}' was in force at ${portfolio.inputs.at.asOf}.`,
      );
    });
  }
}

function only(outcome: Outcome): ScenarioOutcomes {
  return { outcomes: [outcome], leftOut: [], problems: [] };
}

function onceAsked(request: RunRequestOf<'historical' | 'hypothetical' | 'modelStress'>): RunScenario {
  const once = { scenarioId: 'asked-for-once', version: null, name: request.name, knownFrom: null };
  switch (request.kind) {
    case 'historical':
      return { ...once, definition: { kind: 'historical', start: request.start, end: request.end } };
    case 'hypothetical':
      return { ...once, definition: { kind: 'hypothetical', shocks: request.shocks } };
    case 'modelStress': {
      const { volatilityMultiplier, correlation } = request;
      return {
        ...once,
        definition: {
          kind: 'modelStress',
          ...(volatilityMultiplier === undefined ? {} : { volatilityMultiplier }),
          ...(correlation === undefined ? {} : { correlation }),
        },
      };
    }
  }
}
