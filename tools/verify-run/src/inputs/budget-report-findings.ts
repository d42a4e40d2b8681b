import type { NodeMeasure } from '@risk-budget/contracts';

/** Budget against use of every node of a portfolio at a moment, as utilization has reported it. */
export interface BudgetReportFinding {
  readonly portfolioId: string;
  /** The moment that was asked about. */
  readonly at: string;
  readonly snapshotId: string;
  readonly totals: readonly {
    readonly measure: NodeMeasure['measure'];
    readonly budget: number | null;
    readonly consumption: number;
    readonly nodes: Readonly<Record<NodeMeasure['state'], number>>;
  }[];
  readonly rows: readonly (NodeMeasure & {
    readonly nodeId: string;
    readonly budgetShare: number | null;
    readonly consumptionShare: number | null;
    readonly diversificationBenefit: number;
  })[];
}
