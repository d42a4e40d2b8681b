import {
  riskMeasure,
  type BudgetPlan,
  type NodeMeasure,
  type SnapshotNode,
  type UtilizationState,
} from '@risk-budget/contracts';
import { exposureOf, slowestLiquidation, type LiquidityPosition } from '@risk-budget/market-data';
import { utilizationOf, type EvaluatedNode, type PortfolioEvaluation } from '@risk-budget/risk-math';
import { nextState, type Thresholds } from '../thresholds/threshold-machine.js';
import { BudgetIndex } from './budget-index.js';
import { nodeOfKey, stateKey, type NodeStates, type StateChange } from './node-states.js';

/** What the nodes of a snapshot are made of. */
export interface NodeAssemblyInput {
  readonly evaluation: Pick<PortfolioEvaluation, 'nodes' | 'views'>;
  readonly positions: readonly LiquidityPosition[];
  /** The active plan; null leaves every node unbudgeted. */
  readonly plan: Pick<BudgetPlan, 'trees'> | null;
  readonly thresholds: Thresholds;
  readonly previousStates: NodeStates;
  /** False when too little of the portfolio is modelled: states may rise then, and not fall. */
  readonly complete: boolean;
}

export interface AssembledNodes {
  /** The tree, parents before children, then nodes that have a budget and no position, then the views. */
  readonly nodes: SnapshotNode[];
  readonly states: NodeStates;
  readonly changes: StateChange[];
}

/** Nodes of the tree, which alone have budgets; the benchmark and the views do not. */
export const treeKinds: ReadonlySet<string> = new Set(['portfolio', 'strategy', 'sector', 'leaf']);

/** Consumption this small is rounding of a position without risk, not use of a budget. */
export const noConsumption = 1e-12;

/** Holds every node's consumption against its budget and moves its state on. */
export function assembleNodes(input: NodeAssemblyInput): AssembledNodes {
  const assembly = new Assembly(input);
  const tree = input.evaluation.nodes.map((node) => assembly.node(node));
  const unheld = assembly.unheldNodes(new Set(tree.map((node) => node.nodeId)));
  const views = input.evaluation.views.map((node) => assembly.node(node));
  return { nodes: [...tree, ...unheld, ...views], ...assembly.finish() };
}

class Assembly {
  private readonly budgets: BudgetIndex;
  private readonly states = new Map<string, UtilizationState>();
  private readonly changes: StateChange[] = [];
  private readonly visited = new Set<string>();
  private readonly slowest: ReadonlyMap<string, number>;

  constructor(private readonly input: NodeAssemblyInput) {
    this.budgets = new BudgetIndex(input.plan);
    this.slowest = slowestLiquidation(input.positions);
  }

  node(evaluated: EvaluatedNode): SnapshotNode {
    const measures: NodeMeasure[] = [];
    for (const measure of riskMeasure.options) {
      const consumption = evaluated.contributions[measure];
      const standalone = evaluated.standAlone[measure];
      if (consumption === undefined || standalone === undefined) continue;
      measures.push(this.measure(evaluated, measure, consumption, standalone));
    }
    const { nodeId, parentId, kind, value, weight } = evaluated;
    const exposure = kind === 'benchmark' ? {} : { exposure: exposureOf(evaluated, this.slowest) };
    return { nodeId, parentId, kind, value, weight, measures, ...exposure };
  }

  /** Nodes with a budget that hold nothing: all of it is headroom. */
  unheldNodes(held: ReadonlySet<string>): SnapshotNode[] {
    const measured = riskMeasure.options.filter((measure) =>
      this.input.evaluation.nodes.some((node) => node.contributions[measure] !== undefined),
    );
    return [...this.budgets.nodes()]
      .filter((node) => !held.has(node.nodeId))
      .map(({ nodeId, parentId, kind }) => ({
        nodeId,
        parentId,
        kind,
        value: 0,
        weight: 0,
        measures: measured.map((measure) => this.measure({ nodeId, kind }, measure, 0, 0)),
      }));
  }

  finish(): Pick<AssembledNodes, 'states' | 'changes'> {
    for (const [key, from] of this.input.previousStates) {
      if (this.visited.has(key)) continue;
      if (this.input.complete) this.changes.push({ ...nodeOfKey(key), from, to: 'green', utilization: null });
      else this.states.set(key, from);
    }
    return { states: this.states, changes: this.changes };
  }

  private measure(
    { nodeId, kind }: Pick<SnapshotNode, 'nodeId' | 'kind'>,
    measure: NodeMeasure['measure'],
    consumption: number,
    standalone: number,
  ): NodeMeasure {
    const budget = treeKinds.has(kind) ? this.budgets.budgetOf(measure, nodeId) : null;
    // A negative budget asks for a hedge: it is headroom that can be missing, and nothing that can be used up.
    const held = utilizationOf(consumption, budget === null ? null : Math.max(0, budget));
    const { utilization } = held;
    const headroom = budget === null ? null : budget - consumption;
    const watched =
      budget !== null || (treeKinds.has(kind) && consumption > noConsumption && this.budgets.reaches(measure, kind));
    const state = watched ? this.move({ nodeId, measure }, utilization) : 'unbudgeted';
    return { measure, consumption, standalone, budget, utilization, headroom, state };
  }

  private move(node: Pick<StateChange, 'nodeId' | 'measure'>, utilization: number | null): UtilizationState {
    const key = stateKey(node);
    const from = this.input.previousStates.get(key) ?? 'green';
    const to = nextState(from, utilization, this.input.thresholds, this.input.complete);
    this.visited.add(key);
    if (to !== 'green') this.states.set(key, to);
    if (from !== to) this.changes.push({ ...node, from, to, utilization });
    return to;
  }
}
