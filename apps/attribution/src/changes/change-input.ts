import { Injectable } from '@nestjs/common';
import type { RiskMeasure, RiskPolicy } from '@risk-budget/contracts';
import { RiskModelStore, seenAt, type PortfolioInputs } from '@risk-budget/market-data';
import type { Tx } from '@risk-budget/persistence';
import type { ExplainedChangeInput, ExplainedLeaf, ExplainedState } from '@risk-budget/risk-math';
import { canonicalJson } from '@risk-budget/service-kit';
import { AttributionError } from '../errors.js';
import { Rebuilder, type RebuiltPortfolio } from '../snapshots/rebuilder.js';
import { restrictedTo, type RestrictedModel } from './restricted-model.js';
import { UnitPriceReader, type UnitPrices } from './unit-prices.js';

/** Two snapshots of a portfolio as the split of their change takes them; without nodes and the measure. */
export type ChangeInput = Omit<ExplainedChangeInput, 'nodes' | 'measure'>;

interface BuiltInput {
  readonly from: RebuiltPortfolio;
  readonly changed: boolean;
  readonly input: ChangeInput;
}

/** Brings two snapshots on the union of their names. */
@Injectable()
export class ChangeInputBuilder {
  /** By the second snapshot: several measures ask for the same change. */
  private readonly built = new WeakMap<RebuiltPortfolio, BuiltInput>();

  constructor(
    private readonly rebuilder: Rebuilder,
    private readonly models: RiskModelStore,
    private readonly prices: UnitPriceReader,
  ) {}

  /**
   * Where the model's specification has changed, the second date stands on the newest model of the first specification that was known
   * then, and the change to its own is a line of its own.
   *
   * @throws AttributionError `INPUT_GONE`
   */
  async build(from: RebuiltPortfolio, to: RebuiltPortfolio, measure: RiskMeasure, tx?: Tx): Promise<ChangeInput> {
    const changed = specificationOf(from.inputs.policy, measure) !== specificationOf(to.inputs.policy, measure);
    const known = this.built.get(to);
    if (known?.from === from && known.changed === changed) return known.input;
    const input = await this.compute(from, to, changed, tx);
    this.built.set(to, { from, changed, input });
    return input;
  }

  private async compute(
    from: RebuiltPortfolio,
    to: RebuiltPortfolio,
    changed: boolean,
    tx: Tx | undefined,
  ): Promise<ChangeInput> {
    const names = unionOf([from, to].flatMap(({ inputs }) => namesOf(inputs)));
    const leaves = leavesOf(from.inputs, to.inputs);
    const before = await this.including(from, names, tx);
    const after = await this.including(to, names, tx);
    const carried = changed ? await this.underPolicyOf(from, to, names, tx) : after;
    const held = leaves.map(({ instrumentId }) => instrumentId);
    const splits = await this.prices.splits(held, from.snapshot.asOf, to.snapshot.asOf, tx);
    const [first, second] = [await this.prices.at(from.inputs, held, tx), await this.prices.at(to.inputs, held, tx)];
    const state = (inputs: PortfolioInputs, basis: PortfolioInputs, own: UnitPrices, other: UnitPrices) =>
      stateOf(inputs, restricted(basis, names), leaves, own, other);
    return {
      specification: from.inputs.evaluation.specification,
      leaves,
      from: inUnitsOf(state(from.inputs, before, first, inUnits(second, splits)), leaves, splits),
      to: state(to.inputs, carried, second, inUnits(first, splits, true)),
      ...(changed
        ? { respecified: { ...restricted(after, names), specification: to.inputs.evaluation.specification } }
        : {}),
    };
  }

  private async including({ snapshot, inputs }: RebuiltPortfolio, names: readonly string[], tx?: Tx) {
    const known = new Set(inputs.evaluation.model.instrumentIds);
    const missing = names.filter((name) => !known.has(name));
    if (missing.length === 0) return inputs;
    return complete(await this.rebuilder.inputs(snapshot, names, tx), names);
  }

  private async underPolicyOf(from: RebuiltPortfolio, to: RebuiltPortfolio, names: readonly string[], tx?: Tx) {
    const { portfolioId, asOf } = to.snapshot;
    const { policy } = from.inputs;
    const model =
      (await this.models.latest(portfolioId, seenAt(asOf), policy, tx)) ??
      (await this.models.get(from.snapshot.modelId, tx));
    return complete(await this.rebuilder.inputs(to.snapshot, names, tx, { policy, model }), names);
  }
}

/** @throws AttributionError `INPUT_GONE` for a name that nothing in the model can stand for */
function complete(inputs: PortfolioInputs, names: readonly string[]): PortfolioInputs {
  const known = new Set(inputs.evaluation.model.instrumentIds);
  const missing = names.filter((name) => !known.has(name));
  if (missing.length === 0) return inputs;
  throw new AttributionError(
    'ATTRIBUTION.INPUT_GONE',
    `Nothing in the risk model ${inputs.model.modelId} stands for ${missing.join(', ')}.`,
  );
}

function restricted({ evaluation }: PortfolioInputs, names: readonly string[]): RestrictedModel {
  return restrictedTo(names, evaluation.model, evaluation.scenarios);
}

/** What is held, and what the benchmark holds. */
function namesOf({ evaluation: { leaves, benchmark } }: PortfolioInputs): string[] {
  const named = benchmark?.kind === 'weights' ? benchmark.weights.map(({ instrumentId }) => instrumentId) : [];
  const series = benchmark?.kind === 'series' ? [benchmark.instrumentId] : [];
  return [...leaves.map(({ instrumentId }) => instrumentId), ...named, ...series];
}

function unionOf(names: readonly string[]): string[] {
  return [...new Set(names)].sort();
}

/** The leaves of both dates, as they are classed on the second where they are held then. */
function leavesOf(from: PortfolioInputs, to: PortfolioInputs): ExplainedLeaf[] {
  const leaves = new Map<string, ExplainedLeaf>();
  for (const { strategy, sector, issuer, instrumentId } of [...from.evaluation.leaves, ...to.evaluation.leaves]) {
    leaves.set(`${strategy}/${instrumentId}`, { strategy, sector, issuer, instrumentId });
  }
  return [...leaves.values()];
}

/** A name without any price on this date enters at its price on the other one: it has no effect of prices. */
function stateOf(
  inputs: PortfolioInputs,
  { model, scenarios }: RestrictedModel,
  leaves: readonly ExplainedLeaf[],
  own: UnitPrices,
  other: UnitPrices,
): ExplainedState {
  const values = new Map(
    inputs.evaluation.leaves.map(({ strategy, instrumentId, value }) => [`${strategy}/${instrumentId}`, value]),
  );
  const prices = Float64Array.from(leaves, ({ instrumentId }) => own.get(instrumentId) ?? other.get(instrumentId) ?? 0);
  return {
    nav: inputs.nav,
    prices,
    quantities: Float64Array.from(leaves, ({ strategy, instrumentId }, leaf) => {
      const value = values.get(`${strategy}/${instrumentId}`) ?? 0;
      const price = prices[leaf] ?? 0;
      return value === 0 ? 0 : value / price;
    }),
    model,
    scenarios,
    benchmark: inputs.evaluation.benchmark,
  };
}

/** Quantities and prices of the first date in units of the second: a split between them is no change. */
function inUnitsOf(
  state: ExplainedState,
  leaves: readonly ExplainedLeaf[],
  splits: ReadonlyMap<string, number>,
): ExplainedState {
  const ratio = (leaf: number): number => splits.get(leaves[leaf]?.instrumentId ?? '') ?? 1;
  return {
    ...state,
    quantities: state.quantities.map((quantity, leaf) => quantity * ratio(leaf)),
    prices: state.prices.map((price, leaf) => price / ratio(leaf)),
  };
}

/** Prices of the second date in units of the first, or the other way round. */
function inUnits(prices: UnitPrices, splits: ReadonlyMap<string, number>, later = false): UnitPrices {
  return new Map(
    [...prices].map(([id, price]) => {
      const ratio = splits.get(id) ?? 1;
      return [id, later ? price / ratio : price * ratio];
    }),
  );
}

/** What decides a figure beside positions, prices and budgets; the names of a policy and its thresholds do not. */
function specificationOf(policy: RiskPolicy, measure: RiskMeasure): string {
  const { model, confidence, horizonDays, scaling, quantileRule, historicalWindowDays, minimumHistoryDays } = policy;
  const historical = measure === 'historicalVar' || measure === 'historicalEs';
  return canonicalJson(
    historical
      ? { confidence, horizonDays, scaling, quantileRule, historicalWindowDays, minimumHistoryDays }
      : { model, confidence, horizonDays, minimumHistoryDays },
  );
}
