import { Injectable } from '@nestjs/common';
import type { StressResult } from '@risk-budget/contracts';
import { AlignedReturnsService, type AlignedReturns } from '@risk-budget/market-data';
import type { ReturnGenerator, ScenarioBound } from '@risk-budget/risk-math';
import { StressError } from '../errors.js';
import { coverageOf, leafLosses, weightsBy, type StressedPortfolio } from '../portfolio/stressed-portfolio.js';
import { Kernels } from '../runs/kernels.js';
import { absent, total, type Outcome } from '../runs/outcome.js';
import type { RunRequestOf } from '../runs/run.types.js';
import { modelBasis, requireModelled } from './model-scenarios.js';
import { ShockTargets } from './shock-targets.js';

/** How a simulation is watched and ended. */
export interface Watching {
  readonly signal: AbortSignal;
  readonly onProgress: (fraction: number, message?: string) => void;
}

type Basis = Pick<StressResult, 'window' | 'ownShare' | 'proxiedShare' | 'proxied'>;

/** Losses that are drawn, and the most plausible way to one that is given. */
@Injectable()
export class Simulations {
  constructor(
    private readonly returns: AlignedReturnsService,
    private readonly targets: ShockTargets,
    private readonly kernels: Kernels,
  ) {}

  /**
   * Every path's returns of all instruments are drawn. The loss is the expected shortfall, by leaf in Euler's contributions; leaves of an
   * instrument share in proportion to their weights.
   *
   * @throws StressError `STRESS.NO_HISTORY`, `STRESS.NOT_COMPUTABLE`; ComputeError when it is cancelled
   */
  async monteCarlo(
    portfolio: StressedPortfolio,
    request: RunRequestOf<'monteCarlo'>,
    seed: number,
    watching: Watching,
  ): Promise<Outcome> {
    const { generator, instrumentIds, basis } = await this.generatorOf(portfolio, request.generator);
    const { paths, horizonDays, confidence } = request;
    const weights = weightsBy(portfolio, instrumentIds);
    const risk = await this.kernels.simulate(
      { seed, paths, horizonDays, weights, generator },
      confidence,
      portfolio.inputs.evaluation.specification.quantileRule,
      watching,
    );
    const { esContributions, varInterval, es, esStandardError, meanLoss, worstLoss } = risk;
    const perWeight = esContributions.map((contribution, i) =>
      weights[i] === 0 ? 0 : 0 - contribution / (weights[i] ?? 1),
    );
    return {
      result: {
        ...absent,
        ...basis,
        kind: 'monteCarlo',
        scenarioId: 'monte-carlo',
        scenarioVersion: null,
        scenarioName: `Monte Carlo, ${request.generator.kind}`,
        knownFrom: null,
        loss: es,
        distribution: {
          generator: request.generator.kind,
          ...{ confidence, var: risk.var, varInterval: [...varInterval], es, esStandardError, meanLoss, worstLoss },
          ...{ paths, horizonDays, seed },
        },
      },
      leafLosses: leafLosses(portfolio, instrumentIds, perWeight),
    };
  }

  /**
   * The scenario of least Mahalanobis distance in which the portfolio loses as much as asked, within the bounds.
   *
   * @throws StressError `STRESS.NOT_COMPUTABLE` naming bounds that clash
   */
  async reverse(
    portfolio: StressedPortfolio,
    request: RunRequestOf<'reverse'>,
    { signal }: Watching,
  ): Promise<Outcome> {
    requireModelled(portfolio);
    const { instrumentIds, matrix } = portfolio.inputs.evaluation.model;
    const targets = await this.targets.resolve(
      portfolio,
      request.bounds.map((bound) => bound.of),
    );
    const bounds = request.bounds.map(({ id, lower, upper }, at): ScenarioBound => {
      const of = targets[at];
      if (of === undefined) throw new TypeError('a bound has no target');
      return { id, of, lower, upper };
    });
    const weights = weightsBy(portfolio, instrumentIds);
    const input = [{ instrumentIds, matrix }, weights, request.loss, bounds] as const;
    const found = await this.kernels.run('reverseStress', [...input], signal);
    const losses = leafLosses(portfolio, instrumentIds, found.returns);
    return {
      result: {
        ...absent,
        ...modelBasis(portfolio),
        kind: 'reverse',
        scenarioId: 'reverse',
        scenarioVersion: null,
        scenarioName: `The most plausible loss of ${request.loss}`,
        knownFrom: null,
        loss: total(losses),
        distance: found.mahalanobisDistance,
      },
      leafLosses: losses,
    };
  }

  /** Past returns of what is held, as of the run. @throws StressError `STRESS.NO_HISTORY` */
  async pastReturns({ inputs, leaves }: StressedPortfolio, days: number): Promise<AlignedReturns> {
    const aligned = await this.returns.load({
      instrumentIds: [...new Set(leaves.map((leaf) => leaf.instrumentId))].sort(),
      baseCurrency: inputs.portfolio.baseCurrency,
      end: inputs.at.asOf,
      knownAt: inputs.at.knownAt,
      days,
      minimumHistory: Math.min(inputs.policy.minimumHistoryDays, Math.ceil(days / 2)),
    });
    if (aligned.unavailable.length === 0) return aligned;
    const names = aligned.unavailable.map((id) => `'${id}'`).join(', ');
    throw new StressError('STRESS.NO_HISTORY', `Nothing stands for ${names} over the last ${days} days.`);
  }

  private async generatorOf(
    portfolio: StressedPortfolio,
    request: RunRequestOf<'monteCarlo'>['generator'],
  ): Promise<{ generator: ReturnGenerator; instrumentIds: readonly string[]; basis: Basis }> {
    if (request.kind === 'normal' || request.kind === 'studentT') {
      requireModelled(portfolio);
      const { matrix, instrumentIds } = portfolio.inputs.evaluation.model;
      return { generator: { ...request, matrix }, instrumentIds, basis: modelBasis(portfolio) };
    }
    const aligned = await this.pastReturns(portfolio, request.days);
    const { returns, instrumentIds } = aligned;
    const generator: ReturnGenerator =
      request.kind === 'filteredHistorical'
        ? { kind: request.kind, returns, filter: { kind: 'ewma', lambda: request.lambda } }
        : { kind: request.kind, returns, meanBlockDays: request.meanBlockDays };
    return { generator, instrumentIds, basis: basisOf(portfolio, aligned) };
  }
}

/** The days behind past returns, and who stands on a proxy in them. */
export function basisOf(portfolio: StressedPortfolio, aligned: AlignedReturns): Basis {
  const proxied = new Set(aligned.proxied.map((series) => series.instrumentId));
  return {
    window: {
      start: aligned.startDate,
      end: aligned.dates.at(-1) ?? aligned.startDate,
      days: aligned.dates.length,
    },
    ...coverageOf(portfolio, ({ instrumentId }) => proxied.has(instrumentId)),
  };
}
