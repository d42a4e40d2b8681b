import type { Instant, Tick } from '@risk-budget/contracts';
import type { Tx } from '@risk-budget/persistence';
import type { AsOf, Source } from '../common/as-of.js';

/** The price at which an instrument stands at a moment. */
export interface Mark {
  readonly instrumentId: string;
  /** Raw price in units of the question's day: a price from before a split is divided by its ratio. Exact decimal of the source unless a split lies between. */
  readonly price: number;
  /** When it was a price. */
  readonly time: Instant;
  readonly source: 'bar' | 'tick';
}

/** Prices during the day. */
export abstract class TickStore {
  /** @returns ids of instruments whose newest tick changed */
  abstract put(ticks: readonly (Tick & { readonly source: Source })[], tx?: Tx): Promise<string[]>;
}

/** The latest price as of a moment: the newest of bars and ticks; at the same time the bar. */
export abstract class MarkStore {
  /** Instruments without any price are absent. */
  abstract marks(instrumentIds: readonly string[], at: AsOf, tx?: Tx): Promise<Map<string, Mark>>;
}
