import type { Bar, BusinessDate, Instant } from '@risk-budget/contracts';
import type { Tx } from '@risk-budget/persistence';
import type { Source } from '../common/as-of.js';
import type { AlignedReturns, AlignedReturnsQuery } from './aligned-returns.types.js';

/** A bar as stored: one revision of one day of one instrument. */
export interface StoredBar extends Bar {
  readonly revision: number;
  readonly knownAt: Instant;
}

/** What storing bars did. */
export interface BarsResult {
  readonly inserted: number;
  readonly corrected: number;
  readonly unchanged: number;
  /** Instruments with a new or corrected bar. */
  readonly instrumentIds: readonly string[];
  /** Earliest time among the new and corrected bars. */
  readonly earliest: Instant | undefined;
}

/** What is stored of one instrument. */
export interface Coverage {
  readonly instrumentId: string;
  readonly firstDate: BusinessDate;
  readonly lastDate: BusinessDate;
  readonly bars: number;
  readonly corrections: number;
}

export interface BarsQuery {
  readonly instrumentIds: readonly string[];
  /** Inclusive. */
  readonly from?: Instant;
  /** Inclusive. */
  readonly to: Instant;
  readonly knownAt: Instant;
  readonly limit?: number;
}

/** Daily bars with their revisions, and the returns out of them. */
export abstract class PriceStore {
  /**
   * A bar equal to what is known of its instrument and time changes nothing; another one is a new revision, known from
   * the source's time.
   */
  abstract put(bars: readonly Bar[], source: Source, tx?: Tx): Promise<BarsResult>;
  /** Bars as known at `knownAt`, by instrument and time. */
  abstract bars(query: BarsQuery, tx?: Tx): Promise<StoredBar[]>;
  /** Daily total returns in base currency on common days; see {@link AlignedReturns}. */
  abstract alignedReturns(query: AlignedReturnsQuery, tx?: Tx): Promise<AlignedReturns>;
  abstract coverage(instrumentIds?: readonly string[], tx?: Tx): Promise<Coverage[]>;
}
