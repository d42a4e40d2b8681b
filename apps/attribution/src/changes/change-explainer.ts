import { Injectable } from '@nestjs/common';
import {
  riskMeasure,
  type BudgetPlan,
  type ChangeEffect,
  type ChangeLine,
  type ExplainedMeasure,
  type ExplainedNode,
  type RiskMeasure,
} from '@risk-budget/contracts';
import { ChangeLog } from '@risk-budget/market-data';
import type { Tx } from '@risk-budget/persistence';
import {
  BENCHMARK_NODE_ID,
  explainChange,
  explainFigure,
  leafContributions,
  leafNodeId,
  PORTFOLIO_NODE_ID,
  type ChangeSource,
  type ExplainedLeaf,
  type NodeChange,
} from '@risk-budget/risk-math';
import { asCodedError, AttributionError } from '../errors.js';
import { Rebuilder, type RebuiltPortfolio } from '../snapshots/rebuilder.js';
import { CODE_VERSION } from '../version.js';
import { ChangeInputBuilder, type ChangeInput } from './change-input.js';
import { leavesOf, treeBelow } from './change-tree.js';
import type { ChangeAnswer, ChangeQuestion } from './change.types.js';
import { limitFigureOf } from './limit-figures.js';

/** Leaves that are named as those with the largest part. */
const CONTRIBUTORS = 10;

type Explained = Pick<
  ChangeAnswer,
  'quantity' | 'from' | 'to' | 'budgetFrom' | 'budgetTo' | 'effects' | 'contributors' | 'nodes'
>;

/** Explains changes between snapshots of a portfolio. */
@Injectable()
export class ChangeExplainer {
  constructor(
    private readonly rebuilder: Rebuilder,
    private readonly inputs: ChangeInputBuilder,
    private readonly changes: ChangeLog,
  ) {}

  /** @throws AttributionError `INPUT_GONE`, `NOT_REBUILT`, `NOT_DEFINED` */
  explain(question: ChangeQuestion, tx?: Tx): Promise<ChangeAnswer> {
    // One look at what has changed serves both snapshots.
    return this.changes.once(tx, () => this.explainNow(question, tx));
  }

  private async explainNow({ from, to, measure, nodeId }: ChangeQuestion, tx: Tx | undefined): Promise<ChangeAnswer> {
    const after = await this.rebuilder.rebuild(to, tx);
    const before = from === null ? null : await this.rebuilder.rebuild(from, tx);
    return {
      portfolioId: to.portfolioId,
      ...{ measure, nodeId },
      fromSnapshotId: from?.snapshotId ?? null,
      toSnapshotId: to.snapshotId,
      fromAsOf: from?.asOf ?? null,
      toAsOf: to.asOf,
      ...(await this.explained(before, after, measure, nodeId, tx)),
      codeVersion: CODE_VERSION,
    };
  }

  private async explained(
    before: RebuiltPortfolio | null,
    after: RebuiltPortfolio,
    measure: ExplainedMeasure,
    nodeId: string,
    tx: Tx | undefined,
  ): Promise<Explained> {
    const parsed = riskMeasure.safeParse(measure);
    try {
      if (before === null) return alone(after, measure, nodeId);
      const input = await this.inputs.build(before, after, parsed.data ?? 'volatility', tx);
      if (!parsed.success) return figureChange(input, after, measure, nodeId);
      return consumptionChange({ ...input, measure: parsed.data }, before.plan, after.plan, nodeId);
    } catch (error) {
      throw asCodedError(error);
    }
  }
}

/** A risk measure: consumption against its budget, leaf by leaf. */
function consumptionChange(
  input: ChangeInput & { readonly measure: RiskMeasure },
  planBefore: BudgetPlan | null,
  planAfter: BudgetPlan | null,
  nodeId: string,
): Explained {
  const budgets = budgetsOf(planBefore, planAfter, input.measure, nodeId);
  const withBenchmark = nodeId === PORTFOLIO_NODE_ID && input.measure === 'trackingError';
  const leaves = leavesOf(nodeId, input.leaves);
  const top = { nodeId, leaves, withBenchmark: withBenchmark || nodeId === BENCHMARK_NODE_ID, ...budgets };
  const { nodes, sources } = explainChange({ ...input, nodes: [top] });
  const [whole] = nodes;
  if (whole === undefined) throw new TypeError('the change of no node was explained');
  return {
    quantity: whole.of,
    from: whole.from,
    to: whole.to,
    ...budgets,
    effects: effectsOf(whole),
    contributors: contributorsOf(
      leaves.map((leaf, position) => [input.leaves[leaf], whole.leavesTo[position] ?? 0]),
      whole.to,
    ),
    nodes: partsOf(whole, sources, leaves, input.leaves, withBenchmark),
  };
}

/** Any other figure that a limit bounds. */
function figureChange(
  input: ChangeInput,
  after: RebuiltPortfolio,
  measure: ExplainedMeasure,
  nodeId: string,
): Explained {
  requireExplainable(measure);
  const figure = explainFigure({ ...input, measure: 'volatility' }, (state) => limitFigureOf(state, nodeId, measure));
  const { from, to } = figure;
  return { ...whatItIs(after, measure, nodeId), from, to, effects: effectsOf(figure) };
}

/** The figure of a snapshot that is compared with none. */
function alone(after: RebuiltPortfolio, measure: ExplainedMeasure, nodeId: string): Explained {
  const parsed = riskMeasure.safeParse(measure);
  if (!parsed.success) {
    requireExplainable(measure);
    return whatItIs(after, measure, nodeId);
  }
  const { evaluation } = after.inputs;
  const contributions = leafContributions(evaluation, parsed.data);
  const leaves = leavesOf(nodeId, evaluation.leaves);
  const whole =
    nodeId === PORTFOLIO_NODE_ID
      ? contributions.total
      : leaves.reduce((sum, leaf) => sum + (contributions.leaves[leaf] ?? 0), 0);
  return {
    ...{ quantity: 'consumption', from: null, to: whole, budgetFrom: null, budgetTo: null, effects: [], nodes: [] },
    contributors: contributorsOf(
      leaves.map((leaf) => [evaluation.leaves[leaf], contributions.leaves[leaf] ?? 0]),
      whole,
    ),
  };
}

/** A figure without its change; who contributes to it by signed weight where it is a net one, else by gross. */
function whatItIs({ inputs, evaluation }: RebuiltPortfolio, measure: ExplainedMeasure, nodeId: string): Explained {
  const { leaves, nav } = inputs.evaluation;
  const net = measure === 'weight' || measure === 'net';
  const weights = leavesOf(nodeId, leaves).map((leaf) => {
    const weight = (leaves[leaf]?.value ?? 0) / nav;
    return [leaves[leaf], net ? weight : Math.abs(weight)] as const;
  });
  const sum = weights.reduce((total, [, weight]) => total + weight, 0);
  const to = limitFigureOf(evaluation, nodeId, measure);
  if (Number.isNaN(to)) throw notDefined(measure, nodeId);
  return {
    ...{ quantity: 'figure', from: null, to, budgetFrom: null, budgetTo: null, effects: [], nodes: [] },
    contributors: contributorsOf(weights, sum),
  };
}

/**
 * What is no function of a portfolio's positions, prices and risk model alone: days to liquidate rest on volumes, the loss of a scenario
 * on a stress run, which tells it by node.
 *
 * @throws AttributionError `NOT_DEFINED`
 */
export function requireExplainable(measure: ExplainedMeasure): void {
  if (measure !== 'daysToLiquidate' && measure !== 'stressLoss') return;
  throw new AttributionError('ATTRIBUTION.NOT_DEFINED', `A change of ${measure} has no split.`, { field: 'measure' });
}

function notDefined(measure: ExplainedMeasure, nodeId: string): AttributionError {
  return new AttributionError('ATTRIBUTION.NOT_DEFINED', `The node '${nodeId}' has no ${measure}.`);
}

/** Absolute budgets above 0 at both snapshots, or none at either. */
function budgetsOf(
  before: BudgetPlan | null,
  after: BudgetPlan | null,
  measure: RiskMeasure,
  nodeId: string,
): { readonly budgetFrom: number | null; readonly budgetTo: number | null } {
  const budget = (plan: BudgetPlan | null): number =>
    plan?.trees.find((tree) => tree.measure === measure)?.nodes.find((node) => node.nodeId === nodeId)?.budget ?? 0;
  const [budgetFrom, budgetTo] = [budget(before), budget(after)];
  return budgetFrom > 0 && budgetTo > 0 ? { budgetFrom, budgetTo } : { budgetFrom: null, budgetTo: null };
}

/** The whole and its parts, each in the unit of the whole. */
function partsOf(
  whole: NodeChange,
  sources: readonly ChangeSource[],
  leaves: readonly number[],
  all: readonly ExplainedLeaf[],
  withBenchmark: boolean,
): ExplainedNode[] {
  const positionOf = new Map(leaves.map((leaf, position) => [leaf, position]));
  return treeBelow(whole.nodeId, all, withBenchmark).map((node): ExplainedNode => {
    const { nodeId, parentId } = node;
    if (parentId === null) return { nodeId, parentId, from: whole.from, to: whole.to, effects: effectsOf(whole) };
    const own = node.leaves.map((leaf) => positionOf.get(leaf) ?? 0);
    const sum = (value: (position: number) => number, ofBenchmark: number): number =>
      nodeId === BENCHMARK_NODE_ID ? ofBenchmark : own.reduce((total, position) => total + value(position), 0);
    const effects = sources.map((source, k) => ({
      effect: effectNames[source],
      value: sum((position) => whole.byLeaf[position * sources.length + k] ?? 0, whole.byBenchmark[k] ?? 0),
    }));
    const from = sum((position) => whole.leavesFrom[position] ?? 0, whole.benchmarkFrom);
    const to = sum((position) => whole.leavesTo[position] ?? 0, whole.benchmarkTo);
    if (whole.specification === null) return { nodeId, parentId, from, to, effects };
    // What the sources leave of the change is the specification's.
    const value = effects.reduce((left, effect) => left - effect.value, to - from);
    return { nodeId, parentId, from, to, effects: [...effects, { effect: 'specification', value }] };
  });
}

const effectNames: Readonly<Record<ChangeSource, ChangeEffect>> = {
  quantities: 'quantities',
  prices: 'prices',
  volatilities: 'volatilities',
  correlations: 'correlations',
  scenarioWindow: 'window',
  budget: 'budget',
};

function effectsOf({ effects, specification }: Pick<NodeChange, 'effects' | 'specification'>): ChangeLine[] {
  const lines = Object.entries(effects).map(([source, value]) => ({
    effect: effectNames[source as ChangeSource],
    value,
  }));
  return specification === null ? lines : [...lines, { effect: 'specification', value: specification }];
}

function contributorsOf(
  parts: readonly (readonly [ExplainedLeaf | undefined, number])[],
  total: number,
): Explained['contributors'] {
  return parts
    .flatMap(([leaf, contribution]) =>
      leaf === undefined || contribution === 0
        ? []
        : [
            {
              nodeId: leafNodeId(leaf.strategy, leaf.instrumentId),
              contribution,
              share: total === 0 ? null : contribution / total,
            },
          ],
    )
    .sort((a, b) => b.contribution - a.contribution)
    .slice(0, CONTRIBUTORS);
}
