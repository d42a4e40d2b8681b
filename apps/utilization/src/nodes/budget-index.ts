import type { BudgetNode, BudgetPlan, NodeKind, RiskMeasure } from '@risk-budget/contracts';

/** The budgets of one measure, by node. */
interface MeasureBudgets {
  readonly nodes: ReadonlyMap<string, BudgetNode>;
  /** The kinds of node that this tree goes down to: below them, having no budget is no finding. */
  readonly kinds: ReadonlySet<NodeKind>;
}

/** The trees of the active plan, ready for looking up. */
export class BudgetIndex {
  private readonly byMeasure: ReadonlyMap<RiskMeasure, MeasureBudgets>;

  constructor(plan: Pick<BudgetPlan, 'trees'> | null) {
    this.byMeasure = new Map(
      (plan?.trees ?? []).map((tree) => [
        tree.measure,
        {
          nodes: new Map(tree.nodes.map((node) => [node.nodeId, node])),
          kinds: new Set(tree.nodes.map((node) => node.kind)),
        },
      ]),
    );
  }

  /** Absolute budget in the measure's unit; null when the plan gives the node none. */
  budgetOf(measure: RiskMeasure, nodeId: string): number | null {
    return this.byMeasure.get(measure)?.nodes.get(nodeId)?.budget ?? null;
  }

  /** Whether the tree of this measure gives budgets to nodes of this kind, so that one without is a finding. */
  reaches(measure: RiskMeasure, kind: string): boolean {
    return this.byMeasure.get(measure)?.kinds.has(kind as NodeKind) ?? false;
  }

  /** Every node that has a budget under any measure, once, parents before children as the plan lists them. */
  *nodes(): Generator<BudgetNode> {
    const seen = new Set<string>();
    for (const { nodes } of this.byMeasure.values()) {
      for (const node of nodes.values()) {
        if (seen.has(node.nodeId)) continue;
        seen.add(node.nodeId);
        yield node;
      }
    }
  }
}
