import type { FxRate, Instant } from '@risk-budget/contracts';
import type { Tx } from '@risk-budget/persistence';
import type { AsOf, Source } from '../common/as-of.js';

/** A conversion: one unit of the first currency in units of the second. */
export interface Conversion {
  readonly rate: number;
  /** Time of the rate (of the older one for a cross rate); the question's `asOf` for a currency into itself. */
  readonly time: Instant;
}

/** Exchange rates with their revisions. A pair EURUSD is dollars for one euro. */
export abstract class FxStore {
  /** @returns how many were new or corrected */
  abstract put(rates: readonly FxRate[], source: Source, tx?: Tx): Promise<number>;
  /**
   * From each currency into `to`: by the pair, its inverse, or the cross through one third currency, whichever has the
   * newest rate in that order of preference. A currency without any way is absent.
   */
  abstract conversions(from: readonly string[], to: string, at: AsOf, tx?: Tx): Promise<Map<string, Conversion>>;
  /** @throws MarketDataError `MARKET_DATA.NO_RATE` */
  abstract convert(from: string, to: string, at: AsOf, tx?: Tx): Promise<Conversion>;
}
