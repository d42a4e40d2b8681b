import { Injectable } from '@nestjs/common';
import type { ShockTarget } from '@risk-budget/contracts';
import { InstrumentStore, UNCLASSIFIED_SECTOR } from '@risk-budget/market-data';
import type { Tx } from '@risk-budget/persistence';
import type { EvaluationModel, ScenarioBound } from '@risk-budget/risk-math';
import { StressError } from '../errors.js';
import type { StressedPortfolio } from '../portfolio/stressed-portfolio.js';

/** What a target is to the mathematics: names, a factor, or a portfolio of names. */
export type ModelTarget = ScenarioBound['of'];

/** Finds the names that shocks and bounds are about. */
@Injectable()
export class ShockTargets {
  constructor(private readonly instruments: InstrumentStore) {}

  /**
   * A sector is every instrument of it that the model has, held or not; a strategy is what it holds. In a model without factors, a factor
   * is the instrument of that name, such as a factor fund.
   *
   * @throws StressError `STRESS.UNKNOWN_SHOCK_TARGET`, `STRESS.NO_BENCHMARK`
   */
  async resolve(portfolio: StressedPortfolio, targets: readonly ShockTarget[], tx?: Tx): Promise<ModelTarget[]> {
    const { model, benchmark } = portfolio.inputs.evaluation;
    const sectors = targets.some(({ kind }) => kind === 'sector')
      ? await this.sectors(portfolio, model.instrumentIds, tx)
      : new Map<string, string[]>();
    return targets.map((target): ModelTarget => {
      switch (target.kind) {
        case 'instrument':
          return instruments(target, [target.instrumentId], model);
        case 'sector':
          return instruments(target, sectors.get(target.sector) ?? [], model);
        case 'strategy': {
          const held = portfolio.leaves.filter(({ strategy }) => strategy === target.strategy);
          return instruments(target, [...new Set(held.map((leaf) => leaf.instrumentId))], model);
        }
        case 'factor':
          return model.matrix.kind === 'factorModel' && model.matrix.factorIds?.includes(target.factorId) === true
            ? { kind: 'factor', factorId: target.factorId }
            : instruments(target, [target.factorId], model);
        case 'market':
          if (benchmark === undefined) {
            throw new StressError(
              'STRESS.NO_BENCHMARK',
              `The portfolio '${portfolio.inputs.portfolio.portfolioId}' has no benchmark that its risk model knows.`,
            );
          }
          if (benchmark.kind === 'series') return instruments(target, [benchmark.instrumentId], model);
          return { kind: 'portfolio', name: 'market', weights: weightsOf(benchmark.weights, model) };
      }
    });
  }

  private async sectors(
    { inputs }: StressedPortfolio,
    ids: readonly string[],
    tx: Tx | undefined,
  ): Promise<Map<string, string[]>> {
    const definitions = await this.instruments.find(ids, inputs.at.knownAt, tx);
    const members = new Map<string, string[]>();
    for (const id of ids) {
      const instrument = definitions.get(id);
      if (instrument === undefined || instrument.assetClass === 'index') continue;
      const sector = instrument.sector ?? UNCLASSIFIED_SECTOR;
      members.set(sector, [...(members.get(sector) ?? []), id]);
    }
    return members;
  }
}

function instruments(target: ShockTarget, ids: readonly string[], model: EvaluationModel): ModelTarget {
  const known = new Set(model.instrumentIds);
  const unknown = ids.filter((id) => !known.has(id));
  if (ids.length === 0 || unknown.length > 0) {
    const name = Object.values(target).slice(1).join(' ');
    throw new StressError(
      'STRESS.UNKNOWN_SHOCK_TARGET',
      `Neither the portfolio nor its risk model has the ${target.kind}${name === '' ? '' : ` '${name}'`}${unknown.length > 0 && target.kind !== 'instrument' ? ` (${unknown.join(', ')})` : ''}.`,
    );
  }
  return { kind: 'instruments', instrumentIds: ids };
}

function weightsOf(
  weights: readonly { readonly instrumentId: string; readonly weight: number }[],
  model: EvaluationModel,
): Float64Array {
  const byId = new Map(weights.map(({ instrumentId, weight }) => [instrumentId, weight]));
  return Float64Array.from(model.instrumentIds, (id) => byId.get(id) ?? 0);
}
