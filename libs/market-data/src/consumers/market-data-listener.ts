import type { Instant } from '@risk-budget/contracts';
import type { Tx } from '@risk-budget/persistence';

/** What an event was about. */
export type MarketDataChangeKind =
  | 'portfolio'
  | 'instrument'
  | 'benchmark'
  | 'price'
  | 'tick'
  | 'rate'
  | 'corporateAction'
  | 'position'
  | 'riskModel'
  | 'budgetPlan';

/** One event after it was stored. Events that changed nothing are not told. */
export interface MarketDataChange {
  readonly kind: MarketDataChangeKind;
  readonly eventId: string;
  readonly correlationId: string;
  readonly occurredAt: Instant;
  /** For `portfolio`, `position`, `riskModel`, `budgetPlan`: the portfolio. */
  readonly portfolioIds: readonly string[];
  /** For `instrument`, `price`, `tick`, `corporateAction`: the instruments. */
  readonly instrumentIds: readonly string[];
  /** For `rate`: the pair. */
  readonly pairs: readonly string[];
  /** For `benchmark`: the benchmark. */
  readonly benchmarkIds: readonly string[];
  /** Whether it is the newest of its kind and key, so that present values change; false for what came late or corrects history. */
  readonly latest: boolean;
  /** Earliest valid time that it touches. */
  readonly earliest: Instant;
  /** For `tick`: the price. */
  readonly tick?: StoredTick;
}

/** A price during the day, as it was stored. */
export interface StoredTick {
  readonly instrumentId: string;
  /** Raw, in the instrument's currency. */
  readonly price: number;
  /** When it was a price. */
  readonly time: Instant;
}

/** The transaction in which the event was stored: what the listener writes commits with it. */
export interface ChangeContext {
  readonly tx: Tx;
}

/** Provide it under {@link MARKET_DATA_LISTENER} in any module of the service. */
export interface MarketDataListener {
  /**
   * Called inside the transaction of a batch after the stores are written: with one change for each message, in order,
   * before the next message is stored; with the ticks of a batch together, all of them stored.
   */
  onChanges(changes: readonly MarketDataChange[], context: ChangeContext): Promise<void>;
}

/** Injection token of the service's {@link MarketDataListener}. A service without one only stores. */
export const MARKET_DATA_LISTENER = Symbol('MARKET_DATA_LISTENER');
