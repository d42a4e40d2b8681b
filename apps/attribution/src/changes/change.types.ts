import type { ChangeExplanation, ExplainedMeasure } from '@risk-budget/contracts';
import type { StoredSnapshot } from '../snapshots/stored-snapshot.js';

/** A change to explain. */
export interface ChangeQuestion {
  /** Null where there is nothing to compare with: the figure alone is told, with who contributes to it. */
  readonly from: StoredSnapshot | null;
  readonly to: StoredSnapshot;
  readonly measure: ExplainedMeasure;
  readonly nodeId: string;
}

/** What explains it. */
export type ChangeAnswer = Pick<
  ChangeExplanation,
  | 'portfolioId'
  | 'measure'
  | 'nodeId'
  | 'quantity'
  | 'fromSnapshotId'
  | 'toSnapshotId'
  | 'fromAsOf'
  | 'toAsOf'
  | 'from'
  | 'to'
  | 'budgetFrom'
  | 'budgetTo'
  | 'effects'
  | 'contributors'
  | 'nodes'
  | 'codeVersion'
>;
