import type { Instant, PositionChanges, PositionsSnapshot } from '@risk-budget/contracts';
import type { Tx } from '@risk-budget/persistence';
import type { AsOf, Source } from '../common/as-of.js';

/** One holding: the leaf (strategy, instrument). */
export interface Holding {
  readonly strategy: string;
  readonly instrumentId: string;
  /** Signed, exact decimal, in units of the question's day: splits since the statement are applied. */
  readonly quantity: string;
  /** The last price that the sender gave, in the instrument's currency and in units of the question's day. */
  readonly statedPrice?: { readonly price: string; readonly time: Instant };
}

/** Cash that a dividend with positions stated `before` adds: quantity × amount, in the instrument's currency. */
export interface DividendEntitlement {
  readonly instrumentId: string;
  readonly exDate: string;
  readonly quantity: string;
  readonly amount: string;
}

/** What a portfolio holds at a moment. */
export interface Holdings {
  readonly portfolioId: string;
  readonly at: AsOf;
  /** Sequence of the last statement that is in it. */
  readonly sequence: number;
  /** Sequence of the snapshot it starts from. */
  readonly snapshotSequence: number;
  /** Business time of the newest statement that is in it. */
  readonly statedAt: Instant;
  /** By strategy, then instrument; none with quantity 0. */
  readonly positions: readonly Holding[];
  /** Exact decimals by currency. */
  readonly cash: readonly { readonly currency: string; readonly amount: string }[];
  readonly dividends: readonly DividendEntitlement[];
  /** Sequences missing between the snapshot and the last statement: what is held is uncertain while there are any. */
  readonly gaps: readonly number[];
}

/** What storing a statement did. */
export interface StatementResult {
  readonly changed: boolean;
  /** Whether no statement with a higher sequence is stored. */
  readonly latest: boolean;
}

/** Position snapshots and changes, in one sequence a portfolio. */
export abstract class PositionStore {
  abstract putSnapshot(snapshot: PositionsSnapshot, source: Source, tx?: Tx): Promise<StatementResult>;
  abstract putChanges(changes: PositionChanges, source: Source, tx?: Tx): Promise<StatementResult>;
  /** The latest snapshot (by sequence) at or before `asOf` and the changes after it; undefined without a snapshot. */
  abstract holdings(portfolioId: string, at: AsOf, tx?: Tx): Promise<Holdings | undefined>;
  /** Portfolios that hold any of the instruments, by id. */
  abstract holders(instrumentIds: readonly string[], at: AsOf, tx?: Tx): Promise<string[]>;
}
