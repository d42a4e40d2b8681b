import { Inject, Injectable } from '@nestjs/common';
import { CodedError, type Clock, type Instant, type StressProblem, type StressRun } from '@risk-budget/contracts';
import { isInfrastructureError, type Tx } from '@risk-budget/persistence';
import { kernelName } from '@risk-budget/risk-math';
import { CLOCK } from '@risk-budget/service-kit';
import { EpisodeReplay } from '../historical/episode-replay.js';
import { ModelScenarios } from '../model/model-scenarios.js';
import { stressNodes, type StressedPortfolio } from '../portfolio/stressed-portfolio.js';
import type { ScenarioVersion } from '../scenarios/scenario.types.js';
import { CODE_VERSION } from '../version.js';
import type { Outcome, RunScenario } from './outcome.js';

/** Whose run it is. */
export interface RunIdentity {
  readonly runId: string;
  readonly cause: StressRun['cause'];
}

export interface ScenarioOptions {
  /** Takes scenarios too that could not be known at the time of the run, with the prices known today. */
  readonly includeLater: boolean;
  readonly signal?: AbortSignal;
  readonly onProgress?: (fraction: number, message: string) => void;
  readonly tx?: Tx | undefined;
}

/** What scenarios gave, and what they did not. */
export interface ScenarioOutcomes {
  readonly outcomes: readonly Outcome[];
  readonly leftOut: StressRun['leftOut'];
  readonly problems: readonly StressProblem[];
}

/** Takes one portfolio through scenarios. */
@Injectable()
export class RunComputation {
  constructor(
    private readonly episodes: EpisodeReplay,
    private readonly models: ModelScenarios,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** A scenario that gives no figure is a problem of the run, never a loss of 0; the others go on. */
  async scenarios(
    portfolio: StressedPortfolio,
    scenarios: readonly RunScenario[],
    options: ScenarioOptions,
  ): Promise<ScenarioOutcomes> {
    const today = portfolio.inputs.at.asOf.slice(0, 10);
    const isLater = ({ knownFrom }: RunScenario): boolean => knownFrom !== null && knownFrom > today;
    const taken = scenarios.filter((scenario) => options.includeLater || !isLater(scenario));
    const outcomes: Outcome[] = [];
    const problems: StressProblem[] = [];
    for (const [at, scenario] of taken.entries()) {
      options.signal?.throwIfAborted();
      options.onProgress?.(at / taken.length, scenario.name);
      try {
        const knownAt = isLater(scenario) ? this.clock.now() : portfolio.inputs.at.knownAt;
        outcomes.push(await this.outcome(portfolio, scenario, knownAt, options));
      } catch (error) {
        if (!CodedError.is(error) || error.retryable || isInfrastructureError(error)) throw error;
        problems.push({ scenarioId: scenario.scenarioId, code: error.code, detail: error.detail });
      }
    }
    const leftOut = scenarios
      .filter((scenario) => !options.includeLater && isLater(scenario))
      .map(({ scenarioId, knownFrom }) => ({ scenarioId, knownFrom: knownFrom ?? today }));
    return { outcomes, leftOut, problems };
  }

  /**
   * One scenario.
   *
   * @param knownAt prices learned later are not seen
   * @throws CodedError where it gives no figure
   */
  outcome(
    portfolio: StressedPortfolio,
    scenario: RunScenario,
    knownAt: Instant,
    { signal, tx }: Pick<ScenarioOptions, 'signal' | 'tx'> = {},
  ): Promise<Outcome> {
    const options = { ...(signal === undefined ? {} : { signal }), tx };
    const { definition } = scenario;
    switch (definition.kind) {
      case 'historical':
        return this.episodes.replay(portfolio, { ...scenario, definition }, knownAt, options);
      case 'hypothetical':
        return this.models.hypothetical(portfolio, { ...scenario, definition }, options);
      case 'modelStress':
        return this.models.modelStress(portfolio, { ...scenario, definition }, options);
    }
  }

  /** A run as it is kept and published. */
  run(
    { runId, cause }: RunIdentity,
    portfolio: StressedPortfolio,
    { outcomes, leftOut, problems }: ScenarioOutcomes,
    includesLater = false,
  ): StressRun {
    const { inputs } = portfolio;
    return {
      runId,
      portfolioId: inputs.portfolio.portfolioId,
      asOf: inputs.at.asOf,
      cause,
      state: problems.length === 0 ? 'complete' : 'incomplete',
      includesLater,
      leftOut: [...leftOut],
      problems: [...problems],
      nav: inputs.nav,
      lineage: {
        positionSequence: inputs.positionSequence,
        priceTime: inputs.priceTime,
        modelId: inputs.model.modelId,
        policyId: inputs.policy.policyId,
        policyVersion: inputs.policy.version,
        codeVersion: `stress/${CODE_VERSION}+${kernelName()}`,
      },
      results: outcomes.map((outcome) => outcome.result),
      nodes: stressNodes(
        portfolio,
        outcomes.map((outcome) => outcome.leafLosses),
      ),
    };
  }
}

/** A version of the library as a run takes it. */
export function runScenario({ scenarioId, version, content }: ScenarioVersion): RunScenario {
  return { scenarioId, version, name: content.name, knownFrom: content.knownFrom, definition: content.definition };
}
