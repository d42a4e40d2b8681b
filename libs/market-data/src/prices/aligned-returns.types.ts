import type { BusinessDate, Instant } from '@risk-budget/contracts';
import type { Returns } from '@risk-budget/risk-math';

export interface AlignedReturnsQuery {
  readonly instrumentIds: readonly string[];
  /** Returns are in this currency: (1 + local)(1 + exchange rate) − 1. */
  readonly baseCurrency: string;
  /** Bars up to and including this moment. */
  readonly end: Instant;
  readonly knownAt: Instant;
  /** Returns wanted; fewer come back when the calendar is shorter. */
  readonly days: number;
  /** A series with fewer own returns than this in the window is proxied as a whole. */
  readonly minimumHistory: number;
  /** Instruments whose bars make the trading calendar; when absent, days on which at least half of the instruments with a history have a bar. */
  readonly calendarInstrumentIds?: readonly string[];
  /** Missing bars in a row that are filled by carrying the price; default 5. Beyond that the history starts anew after the hole. */
  readonly maximumCarryDays?: number;
}

/** A series that is, wholly or on some days, k × the equal-weighted mean return of its sector's full-history members. */
export interface ProxiedSeries {
  readonly instrumentId: string;
  /** The sector whose members stand for it; `*` when its sector has none and all members do. */
  readonly sector: string;
  /** k = max(1, median member volatility / volatility of their mean). */
  readonly scale: number;
  readonly members: readonly string[];
  /** Own returns in the window. */
  readonly observations: number;
  /** `whole`: too few own returns, all are synthetic. `missingDays`: own returns where there are any. */
  readonly extent: 'whole' | 'missingDays';
}

/** Bars missing inside an instrument's history; the price was carried (return 0). */
export interface SeriesHole {
  readonly instrumentId: string;
  readonly missingDays: number;
  readonly dates: readonly BusinessDate[];
}

/** Simple total returns of several instruments on common days: adjusted for splits and dividends, in base currency. */
export interface AlignedReturns {
  /** T days, oldest first; row t is the return from the day before to day t. */
  readonly dates: readonly BusinessDate[];
  /** The day from which the first return counts. */
  readonly startDate: BusinessDate;
  /** Time of the last bar used. */
  readonly lastBarTime: Instant;
  /** n columns, in the order of the question without those `unavailable`. */
  readonly instrumentIds: readonly string[];
  /** T×n row-major. */
  readonly values: Float64Array;
  /** The same as risk-math takes it. */
  readonly returns: Returns;
  /** Own returns in the window, by column. */
  readonly observations: readonly number[];
  readonly proxied: readonly ProxiedSeries[];
  readonly holes: readonly SeriesHole[];
  /** Instruments without a bar on the last day. */
  readonly stale: readonly string[];
  /** Instruments whose bars usually end at another time of day than most: their days overlap only in part. */
  readonly nonSynchronous: readonly {
    readonly instrumentId: string;
    readonly barTime: string;
    readonly usualTime: string;
  }[];
  /** Instruments with too little history and no member to stand for them. */
  readonly unavailable: readonly string[];
}
