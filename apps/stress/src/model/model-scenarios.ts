import { Injectable } from '@nestjs/common';
import type { ScenarioShock, StressResult } from '@risk-budget/contracts';
import type { Tx } from '@risk-budget/persistence';
import { gaussianVar, gaussianVarContributions, type CorrelationStress, type Shock } from '@risk-budget/risk-math';
import { asStressError, StressError } from '../errors.js';
import { coverageOf, leafLosses, weightsBy, type StressedPortfolio } from '../portfolio/stressed-portfolio.js';
import { Kernels } from '../runs/kernels.js';
import { absent, named, total, type Outcome, type RunScenario } from '../runs/outcome.js';
import type {
  CorrelationStressDefinition,
  HypotheticalDefinition,
  ModelStressDefinition,
} from '../scenarios/scenario.types.js';
import { ShockTargets } from './shock-targets.js';

interface Options {
  readonly signal?: AbortSignal;
  readonly tx?: Tx | undefined;
}

/** Scenarios that rest on the portfolio's risk model. */
@Injectable()
export class ModelScenarios {
  constructor(
    private readonly targets: ShockTargets,
    private readonly kernels: Kernels,
  ) {}

  /**
   * Some names are shocked, the rest moves to its expectation given all of them.
   *
   * @throws StressError `STRESS.UNKNOWN_SHOCK_TARGET`, `STRESS.NO_BENCHMARK`, `STRESS.NOT_COMPUTABLE`
   */
  async hypothetical(
    portfolio: StressedPortfolio,
    scenario: RunScenario<HypotheticalDefinition>,
    { signal, tx }: Options = {},
  ): Promise<Outcome> {
    requireModelled(portfolio);
    const { model } = portfolio.inputs.evaluation;
    const shocks = await this.shocksOf(portfolio, scenario.definition.shocks, tx);
    const { instrumentIds, matrix } = model;
    const shocked = await this.kernels.run('conditionalShock', [{ instrumentIds, matrix }, shocks], signal);
    const losses = leafLosses(portfolio, instrumentIds, shocked.returns);
    return {
      result: {
        ...absent,
        ...named(scenario),
        ...modelBasis(portfolio),
        kind: 'hypothetical',
        loss: total(losses),
        distance: shocked.mahalanobisDistance,
      },
      leafLosses: losses,
    };
  }

  /**
   * Volatilities and correlations are stressed: VaR of the portfolio under the stressed model, by leaf in Euler's contributions.
   *
   * @throws StressError `STRESS.UNKNOWN_SHOCK_TARGET`, `STRESS.NOT_COMPUTABLE`
   */
  async modelStress(
    portfolio: StressedPortfolio,
    scenario: RunScenario<ModelStressDefinition>,
    { signal }: Options = {},
  ): Promise<Outcome> {
    requireModelled(portfolio);
    const { model, specification } = portfolio.inputs.evaluation;
    const { volatilityMultiplier, correlation } = scenario.definition;
    const stress = {
      ...(volatilityMultiplier === undefined ? {} : { volatilityMultiplier }),
      ...(correlation === undefined ? {} : { correlation: correlationOf(portfolio, correlation) }),
    };
    const stressed = await this.kernels.run('stressRiskModel', [model.matrix, stress], signal);
    const weights = weightsBy(portfolio, model.instrumentIds);
    try {
      const { total: loss, marginals } = gaussianVarContributions(stressed, weights, specification);
      return {
        result: {
          ...absent,
          ...named(scenario),
          ...modelBasis(portfolio),
          kind: 'modelStress',
          loss,
          baseline: gaussianVar(model.matrix, weights, specification),
        },
        leafLosses: leafLosses(
          portfolio,
          model.instrumentIds,
          marginals.map((marginal) => 0 - marginal),
        ),
      };
    } catch (error) {
      throw asStressError(error);
    }
  }

  private async shocksOf(portfolio: StressedPortfolio, shocks: readonly ScenarioShock[], tx?: Tx): Promise<Shock[]> {
    const targets = await this.targets.resolve(
      portfolio,
      shocks.map((shock) => shock.target),
      tx,
    );
    return targets.map((target, at) => ({ ...target, return: shocks[at]?.return ?? 0 }));
  }
}

/** Days behind the model, and whose figures in it rest on a stand-in. */
export function modelBasis(
  portfolio: StressedPortfolio,
): Pick<StressResult, 'window' | 'ownShare' | 'proxiedShare' | 'proxied'> {
  const { windowStart, windowEnd, observations } = portfolio.inputs.model;
  return {
    window: { start: windowStart, end: windowEnd, days: observations },
    ...coverageOf(portfolio, (position) => position.proxied),
  };
}

/** @throws StressError `STRESS.NO_HISTORY` naming what neither the model has nor anything in it stands for: it never counts as no loss */
export function requireModelled({ leaves, inputs }: StressedPortfolio): void {
  const known = new Set(inputs.evaluation.model.instrumentIds);
  const missing = [...new Set(leaves.map((leaf) => leaf.instrumentId))].filter((id) => !known.has(id));
  if (missing.length === 0) return;
  throw new StressError(
    'STRESS.NO_HISTORY',
    `Nothing in the risk model '${inputs.model.modelId}' stands for ${missing.map((id) => `'${id}'`).join(', ')}.`,
  );
}

/** Names of a correlation stress as rows: of factors where the model has them. */
function correlationOf({ inputs }: StressedPortfolio, stress: CorrelationStressDefinition): CorrelationStress {
  if (stress.kind === 'towards') return stress;
  const { matrix, instrumentIds } = inputs.evaluation.model;
  const names = matrix.kind === 'factorModel' ? (matrix.factorIds ?? []) : instrumentIds;
  const rows = new Map(names.map((name, row) => [name, row]));
  const row = (name: string): number => {
    const found = rows.get(name);
    if (found === undefined) {
      throw new StressError(
        'STRESS.UNKNOWN_SHOCK_TARGET',
        `The risk model has no ${matrix.kind === 'factorModel' ? 'factor' : 'instrument'} '${name}'.`,
      );
    }
    return found;
  };
  return {
    kind: 'set',
    pairs: stress.pairs.map(({ first, second, correlation }) => ({
      first: row(first),
      second: row(second),
      correlation,
    })),
  };
}
