import type { IntervalWatch, WatchedFigure } from '@risk-budget/risk-math';

/** Shares of a budget at which a node changes its state: green, amber, red. */
const thresholds = [0.8, 1];

/** How far into its budget a node is: 0 green, 1 amber, 2 red. @param consumption signed, in the budget's unit */
export function stateOf(consumption: number, budget: number): number {
  return thresholds.filter((threshold) => consumption >= threshold * budget).length;
}

/** Between which consumptions a state stays what it is. */
function intervalOf(state: number, budget: number): { readonly low: number; readonly high: number } {
  const [low = -Infinity, high = Infinity] = [thresholds[state - 1], thresholds[state]];
  return { low: low * budget, high: high * budget };
}

/** Threshold states of nodes under one measure, moved on by what a watch finds. */
export class BudgetStates {
  readonly states: Int8Array;
  changes = 0;

  constructor(
    private readonly nodes: readonly number[],
    private readonly budgets: Float64Array,
    consumption: (node: number) => number,
  ) {
    this.states = Int8Array.from(nodes, (node, index) => stateOf(consumption(node), budgets[index]!));
  }

  watched(figure: WatchedFigure['figure']): WatchedFigure[] {
    return this.nodes.map((node, index) => ({
      node,
      figure,
      ...intervalOf(this.states[index]!, this.budgets[index]!),
    }));
  }

  /** Gives the figures that have left their interval the state that they have now. */
  moveOn(watch: IntervalWatch, left: readonly number[], consumption: (node: number) => number): void {
    for (const index of left) {
      const state = stateOf(consumption(this.nodes[index]!), this.budgets[index]!);
      const { low, high } = intervalOf(state, this.budgets[index]!);
      this.states[index] = state;
      this.changes++;
      watch.moveInterval(index, low, high);
    }
  }
}
