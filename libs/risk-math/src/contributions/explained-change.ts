import type { BenchmarkInput, EvaluationModel, PortfolioLeaf } from '../evaluation/types.js';
import type { RiskMeasure, RiskSpecification } from '../foundation/conventions.js';
import { requireFinite, requireInteger, requireLength } from '../foundation/guards.js';
import { RiskMathError } from '../foundation/risk-math-error.js';
import type { ScenarioSet } from '../returns/scenarios.js';
import { type CoalitionFigures, coalitionFigures } from './explained-states.js';
import { shapleyValues } from './shapley.js';

/**
 * What can have changed a consumption against its budget.
 *
 * - `quantities`: quantities held, cash and flows, and the benchmark's weights;
 * - `prices`: marks in base currency, the model held fixed;
 * - `volatilities`, `correlations`: of the model, each estimated at both dates over the union of names;
 * - `scenarioWindow`: the past returns of a historical measure, in place of the two before;
 * - `budget`: the node's own.
 */
export type ChangeSource = 'quantities' | 'prices' | 'volatilities' | 'correlations' | 'scenarioWindow' | 'budget';

/** A leaf of the union of both dates; its quantity is 0 where it was not held. */
export type ExplainedLeaf = Pick<PortfolioLeaf, 'strategy' | 'sector' | 'issuer' | 'instrumentId'>;

/** A portfolio and its model on one date. */
export interface ExplainedState {
  /** Net asset value in base currency, above 0; what it holds beside the leaves is cash. */
  readonly nav: number;
  /** By leaf, signed, on one share basis at both dates (a split between them is no change). */
  readonly quantities: Float64Array;
  /** By leaf, base currency a unit, also of leaves not held. */
  readonly prices: Float64Array;
  /** The same instruments in the same order at both dates: the union of names. */
  readonly model: EvaluationModel;
  /** For historical measures. */
  readonly scenarios?: ScenarioSet | undefined;
  readonly benchmark?: BenchmarkInput | undefined;
}

/** A node and its budgets, absolute, in the measure's unit; `null` when it has none. */
export interface ExplainedNode {
  readonly nodeId: string;
  /** Indices of its leaves. */
  readonly leaves: ArrayLike<number>;
  readonly budgetFrom: number | null;
  readonly budgetTo: number | null;
  /** Whether the benchmark's own part of tracking error belongs to it (the portfolio, the benchmark node). */
  readonly withBenchmark?: boolean | undefined;
}

/** A change of model specification on the second date, a line of its own. */
export interface Respecification {
  readonly model: EvaluationModel;
  readonly specification: RiskSpecification;
  readonly scenarios?: ScenarioSet | undefined;
}

export interface ExplainedChangeInput {
  readonly measure: RiskMeasure;
  /** Of both dates. */
  readonly specification: RiskSpecification;
  readonly leaves: readonly ExplainedLeaf[];
  readonly from: ExplainedState;
  readonly to: ExplainedState;
  readonly nodes: readonly ExplainedNode[];
  readonly respecified?: Respecification | undefined;
}

/** One node's change and what it came from. */
export interface NodeChange {
  readonly nodeId: string;
  /** `utilization`: consumption / budget, before the floor at 0. `consumption`: in the measure's unit, for a node without budgets. */
  readonly of: 'utilization' | 'consumption';
  readonly from: number;
  readonly to: number;
  /** By source; with `specification` they sum to `to − from`. */
  readonly effects: Readonly<Partial<Record<ChangeSource, number>>>;
  /** Its leaves' parts of `from` and `to`, in the order of the node's leaves. */
  readonly leavesFrom: Float64Array;
  readonly leavesTo: Float64Array;
  /** The benchmark's own part of `from` and `to`. */
  readonly benchmarkFrom: number;
  readonly benchmarkTo: number;
  /** The change by leaf and source, leaves×sources row-major in the order of the node's leaves and of `sources`. */
  readonly byLeaf: Float64Array;
  /** The benchmark's own part by source; 0 for all but tracking error. */
  readonly byBenchmark: Float64Array;
  /** From the change of model specification; `null` when it did not change. */
  readonly specification: number | null;
}

export interface ExplainedChange {
  readonly sources: readonly ChangeSource[];
  readonly nodes: readonly NodeChange[];
}

const PARAMETRIC: readonly ChangeSource[] = ['quantities', 'prices', 'volatilities', 'correlations', 'budget'];
const HISTORICAL: readonly ChangeSource[] = ['quantities', 'prices', 'scenarioWindow', 'budget'];

/**
 * The Shapley split of a change in consumption / budget between two dates: every source is moved from its first to its
 * second value in every order, over all 2⁵ states (2⁴ for historical measures), and the mean of what it then did is its
 * effect. Effects add up over leaves and sum to the change exactly, to rounding.
 *
 * Between the dates, net asset value is what the leaves are worth at the prices of the state plus the cash that goes with
 * the quantities; a mixed covariance has the volatilities of one date and the correlations of the other.
 *
 * @throws RiskMathError `invalidInput` on lengths, unknown leaves or models of different names; `outOfDomain` when a node
 *   has a budget at one date only, a budget is not above 0, or the net asset value of a mixed state is not
 */
export function explainChange(input: ExplainedChangeInput): ExplainedChange {
  checkStates(input);
  const sources = input.measure === 'historicalVar' || input.measure === 'historicalEs' ? HISTORICAL : PARAMETRIC;
  const figures = coalitionFigures(input);
  return { sources, nodes: input.nodes.map((node) => explainNode(node, figures, sources)) };
}

function checkStates({ leaves, from, to, nodes }: ExplainedChangeInput): void {
  for (const [name, state] of [['from', from] as const, ['to', to] as const]) {
    requireLength(state.quantities, leaves.length, `${name}.quantities`);
    requireLength(state.prices, leaves.length, `${name}.prices`);
    requireFinite(state.quantities, `${name}.quantities`);
    requireFinite(state.prices, `${name}.prices`);
  }
  for (const node of nodes) {
    for (let at = 0; at < node.leaves.length; at++) {
      requireInteger(node.leaves[at]!, 0, `leaves of ${node.nodeId}`);
      if (node.leaves[at]! >= leaves.length) {
        throw new RiskMathError('invalidInput', `${node.nodeId} names leaf ${node.leaves[at]!} of ${leaves.length}`, {
          field: 'nodes',
          ids: [node.nodeId],
        });
      }
    }
  }
}

function explainNode(node: ExplainedNode, figures: CoalitionFigures, sources: readonly ChangeSource[]): NodeChange {
  const budgets = budgetsOf(node);
  const count = node.leaves.length;
  const half = figures.states.length;
  // The last game is the benchmark's own part.
  const rowOf = (
    state: { readonly leaves: Float64Array; readonly benchmark: number },
    budget: number,
  ): Float64Array => {
    const row = new Float64Array(count + 1);
    for (let at = 0; at < count; at++) row[at] = state.leaves[node.leaves[at]!]! / budget;
    if (node.withBenchmark === true) row[count] = state.benchmark / budget;
    return row;
  };
  const [first, last] = budgets ?? [1, 1];
  const rows = Array.from({ length: 2 * half }, (_, state) =>
    rowOf(figures.states[state % half]!, state < half ? first : last),
  );
  const split = shapleyValues(rows, sources.length, count + 1);
  const byLeaf = new Float64Array(count * sources.length);
  const byBenchmark = new Float64Array(sources.length);
  const effects: Partial<Record<ChangeSource, number>> = {};
  sources.forEach((source, k) => {
    let effect = 0;
    for (let at = 0; at < count; at++) {
      const value = split[k * (count + 1) + at]!;
      byLeaf[at * sources.length + k] = value;
      effect += value;
    }
    byBenchmark[k] = split[k * (count + 1) + count]!;
    effects[source] = effect + byBenchmark[k];
  });
  const before = rows[0]!;
  const after = rows[rows.length - 1]!;
  const respecified = figures.respecified === null ? null : rowOf(figures.respecified, last);
  const end = respecified ?? after;
  return {
    nodeId: node.nodeId,
    of: budgets === null ? 'consumption' : 'utilization',
    from: sum(before),
    to: sum(end),
    leavesFrom: before.subarray(0, count),
    leavesTo: end.subarray(0, count),
    benchmarkFrom: before[count]!,
    benchmarkTo: end[count]!,
    effects,
    byLeaf,
    byBenchmark,
    specification: respecified === null ? null : sum(respecified) - sum(after),
  };
}

function budgetsOf({ nodeId, budgetFrom, budgetTo }: ExplainedNode): readonly [number, number] | null {
  if (budgetFrom === null && budgetTo === null) return null;
  if (budgetFrom === null || budgetTo === null || !(budgetFrom > 0 && budgetTo > 0)) {
    throw new RiskMathError(
      'outOfDomain',
      `${nodeId} needs a budget above 0 at both dates, or none, for its change to be explained`,
      { field: 'nodes', ids: [nodeId] },
    );
  }
  requireFinite([budgetFrom, budgetTo], `budget of ${nodeId}`);
  return [budgetFrom, budgetTo];
}

function sum(values: Float64Array): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
