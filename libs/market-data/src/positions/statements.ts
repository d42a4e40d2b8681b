import type { Instant, PositionChanges, PositionsSnapshot } from '@risk-budget/contracts';

/** One stored statement about a portfolio: everything it holds, or what has changed. */
export type Statement =
  | { readonly kind: 'snapshot'; readonly sequence: number; readonly asOf: Instant; readonly body: PositionsSnapshot }
  | { readonly kind: 'changes'; readonly sequence: number; readonly asOf: Instant; readonly body: PositionChanges };
