import type { ChangeEffect, RiskMeasure, UtilizationSnapshot } from '@risk-budget/contracts';
import type { RunContext } from '../checks/context.js';
import { shapleyOverOrders } from '../numerics/shapley.js';
import type { Matrix } from '../numerics/shrinkage.js';
import { groupsOf, instrumentContributions, type OwnLeaf } from './own-evaluation.js';
import type { OwnPortfolios } from './own-portfolio.js';

/** A snapshot, and when the log took it: positions stated later are not in it. */
export interface TakenSnapshot {
  readonly snapshot: UtilizationSnapshot;
  readonly publishedAt: string;
}

/** What is explained. */
export interface ChangeSubject {
  /** A risk measure, or a figure of the weights alone. */
  readonly measure: RiskMeasure | WeightFigure;
  readonly nodeId: string;
  /** At both ends; null for a change that is not told against a budget. */
  readonly budgets: readonly [number, number] | null;
}

export type WeightFigure = 'weight' | 'cash' | 'topFiveWeight';

/** Effects on the whole, and on each strategy, sector and leaf below it. */
export type OwnEffects = ReadonlyMap<string, ReadonlyMap<ChangeEffect, number>>;

/** One date of the union of the names of both. */
interface Side {
  /** By leaf, in units of the second date. */
  readonly quantities: readonly number[];
  readonly prices: readonly number[];
  readonly cash: number;
  readonly covariance: Matrix;
  readonly scenarios: Matrix | undefined;
}

interface BothSides {
  readonly leaves: readonly OwnLeaf[];
  readonly instrumentIds: readonly string[];
  readonly benchmark: string | undefined;
  readonly from: Side;
  readonly to: Side;
}

const parametric: readonly ChangeEffect[] = ['quantities', 'prices', 'volatilities', 'correlations'];
const historical: readonly ChangeEffect[] = ['quantities', 'prices', 'window'];

/** Splits changes between two snapshots over everything that can have caused them, in every order. */
export class OwnChanges {
  constructor(
    private readonly context: RunContext,
    private readonly portfolios: OwnPortfolios,
  ) {}

  /** @returns undefined where one of the models lacks a name, for which something else has to stand */
  effects(before: TakenSnapshot, after: TakenSnapshot, subject: ChangeSubject): OwnEffects | undefined {
    const { measure, nodeId, budgets } = subject;
    const isHistorical = measure === 'historicalVar' || measure === 'historicalEs';
    const sides = this.sides(before, after, isHistorical);
    if (sides === undefined) return undefined;
    const sources = isHistorical ? historical : parametric;
    const states = Array.from({ length: 2 ** sources.length }, (_, moved) =>
      partsOf(sides, stateOf(sides, moved, isHistorical), subject, after.snapshot),
    );
    const players: readonly ChangeEffect[] = budgets === null ? sources : [...sources, 'budget'];
    const split = shapleyOverOrders(players.length, (joined) => {
      const budget = budgets === null ? 1 : budgets[joined >> sources.length];
      const state = states[joined % states.length] ?? [];
      return state.map((part) => part / (budget ?? NaN));
    });
    const effectsOf = (members: readonly number[]): Map<ChangeEffect, number> =>
      new Map(
        players.map((effect, player) => [effect, members.reduce((sum, at) => sum + (split[player]?.[at] ?? NaN), 0)]),
      );
    const all = new Map<string, ReadonlyMap<ChangeEffect, number>>();
    const groups = groupsOf(sides.leaves);
    if (isFigure(measure)) return all.set(nodeId, effectsOf([0]));
    const withBenchmark = nodeId === 'portfolio' && measure === 'trackingError';
    const places = new Map(sides.leaves.map((leaf, at) => [leaf, at]));
    for (const [group, members] of groups) {
      const own = members.map((leaf) => places.get(leaf) ?? NaN);
      all.set(group, effectsOf(group === 'portfolio' && withBenchmark ? [...own, sides.leaves.length] : own));
    }
    if (withBenchmark) all.set('benchmark', effectsOf([sides.leaves.length]));
    return all;
  }

  private sides(before: TakenSnapshot, after: TakenSnapshot, withScenarios: boolean): BothSides | undefined {
    const { market } = this.context;
    const [first, second] = [before, after].map(({ snapshot, publishedAt }) =>
      this.portfolios.holdings(snapshot.portfolioId, snapshot.asOf, publishedAt),
    );
    if (first === undefined || second === undefined) return undefined;
    const union = new Map<string, OwnLeaf>();
    for (const leaf of [...first.leaves, ...second.leaves]) union.set(`${leaf.strategy}/${leaf.instrumentId}`, leaf);
    const leaves = [...union.values()];
    const benchmark = this.portfolios.benchmarkOf(after.snapshot.portfolioId);
    const instrumentIds = [
      ...new Set([...leaves.map(({ instrumentId }) => instrumentId), ...(benchmark === undefined ? [] : [benchmark])]),
    ];
    const [fromAsOf, toAsOf] = [before.snapshot.asOf, after.snapshot.asOf];
    const side = ({ snapshot }: TakenSnapshot, held: typeof first, inUnits: boolean): Side | undefined => {
      const model = this.modelOf(snapshot, instrumentIds, withScenarios);
      if (model === undefined) return undefined;
      const shares = new Map(held.quantities.map((one) => [`${one.strategy}/${one.instrumentId}`, one.quantity]));
      const ratio = (id: string): number => (inUnits ? market.splitFactor(id, fromAsOf, toAsOf, toAsOf) : 1);
      const priceOf = (id: string): number | undefined => market.mark(id, snapshot.asOf)?.price;
      return {
        ...model,
        cash: held.cash,
        quantities: leaves.map(({ strategy, instrumentId: id }) => (shares.get(`${strategy}/${id}`) ?? 0) * ratio(id)),
        // A name without any price on one date enters at its price on the other.
        prices: leaves.map(({ instrumentId: id }) => {
          const own = priceOf(id);
          if (own !== undefined) return own / ratio(id);
          return (inUnits ? market.mark(id, toAsOf)?.price : market.mark(id, fromAsOf)?.price) ?? NaN;
        }),
      };
    };
    const [from, to] = [side(before, first, true), side(after, second, false)];
    return from === undefined || to === undefined ? undefined : { leaves, instrumentIds, benchmark, from, to };
  }

  /** The model of a snapshot on some of its names. */
  private modelOf(
    { lineage: { modelId, policy }, asOf }: UtilizationSnapshot,
    instrumentIds: readonly string[],
    withScenarios: boolean,
  ): Pick<Side, 'covariance' | 'scenarios'> | undefined {
    const { models, returns } = this.context;
    const model = models.get(modelId);
    const rows = instrumentIds.map((id) => model.instrumentIds.indexOf(id));
    if (rows.includes(-1)) return undefined;
    const chosen = (values: readonly number[]): number[] => rows.map((row) => values[row] ?? NaN);
    const window = withScenarios
      ? returns
          .get({
            instrumentIds: model.instrumentIds,
            end: models.published.get(modelId)?.knownAt ?? asOf,
            days: policy.historicalWindowDays,
            minimumHistory: policy.minimumHistoryDays,
          })
          .values.map(chosen)
      : undefined;
    return { covariance: rows.map((row) => chosen(model.covariance[row] ?? [])), scenarios: window };
  }
}

function isFigure(measure: ChangeSubject['measure']): measure is WeightFigure {
  return measure === 'weight' || measure === 'cash' || measure === 'topFiveWeight';
}

/** The portfolio where the sources named by the bits of a number have moved to the second date. */
function stateOf({ from, to }: BothSides, moved: number, isHistorical: boolean): Side {
  const side = (bit: number): Side => ((moved >> bit) & 1 ? to : from);
  const basis = isHistorical ? side(2) : { covariance: mixed(side(2).covariance, side(3).covariance) };
  return {
    quantities: side(0).quantities,
    cash: side(0).cash,
    prices: side(1).prices,
    scenarios: side(2).scenarios,
    covariance: basis.covariance,
  };
}

/** Deviations of one matrix, correlations of another. */
function mixed(deviations: Matrix, correlations: Matrix): Matrix {
  if (deviations === correlations) return deviations;
  const ratios = deviations.map((row, i) => {
    const own = correlations[i]?.[i] ?? 0;
    return own > 0 ? Math.sqrt((row[i] ?? 0) / own) : 0;
  });
  return correlations.map((row, i) => row.map((value, j) => value * (ratios[i] ?? 0) * (ratios[j] ?? 0)));
}

/** Of a risk measure the part of every leaf of the node, then the benchmark's; of a figure itself. */
function partsOf(
  { leaves, instrumentIds, benchmark }: BothSides,
  { quantities, prices, cash, covariance, scenarios }: Side,
  { measure, nodeId }: ChangeSubject,
  { lineage: { policy } }: UtilizationSnapshot,
): number[] {
  const values = quantities.map((quantity, at) => quantity * (prices[at] ?? NaN));
  const nav = values.reduce((sum, value) => sum + value, cash);
  const weights = values.map((value) => value / nav);
  const members = new Set(groupsOf(leaves).get(nodeId) ?? []);
  if (measure === 'cash') return [cash / nav];
  if (measure === 'weight')
    return [leaves.reduce((sum, leaf, at) => sum + (members.has(leaf) ? (weights[at] ?? NaN) : 0), 0)];
  const byInstrument = instrumentIds.map((id) =>
    leaves.reduce((sum, leaf, at) => sum + (leaf.instrumentId === id ? (weights[at] ?? NaN) : 0), 0),
  );
  if (measure === 'topFiveWeight') {
    const sizes = byInstrument.map(Math.abs).sort((a, b) => b - a);
    return [sizes.slice(0, 5).reduce((sum, size) => sum + size, 0)];
  }
  const short = instrumentIds.map((id) => (id === benchmark ? -1 : 0));
  const { confidence, horizonDays } = policy;
  const unit = instrumentContributions(
    { leaves: [], instrumentIds, covariance, scenarios, benchmark, confidence, horizonDays },
    byInstrument,
    short,
  )[measure];
  const perUnit = (id: string | undefined): number => unit?.[instrumentIds.indexOf(id ?? '')] ?? NaN;
  const parts = leaves.map((leaf, at) => (members.has(leaf) ? (weights[at] ?? NaN) * perUnit(leaf.instrumentId) : 0));
  return [...parts, measure === 'trackingError' ? -perUnit(benchmark) : 0];
}
