import type { CorporateAction } from '@risk-budget/contracts';
import { dayNumber } from '../calendar/days.js';
import { MarketDataError } from '../errors.js';

/** Bars of one instrument, oldest first, as columns. */
export interface BarSeries {
  /** Milliseconds since 1970. */
  readonly times: Float64Array;
  /** Raw. */
  readonly closes: Float64Array;
  /** The bar's own adjustment factor. */
  readonly factors: Float64Array;
  /** Day number of the last ex-date that the factor accounts for. */
  readonly adjustedThrough: Float64Array;
}

const MILLISECONDS_PER_DAY = 86_400_000;

/** Day number (since 1970-01-01, UTC) of a time in milliseconds. */
export function dayOf(time: number): number {
  return Math.floor(time / MILLISECONDS_PER_DAY);
}

/**
 * Closes comparable across corporate actions: close × the bar's factor × Π of the factors of actions with an ex-date after
 * the bar's day that its factor does not account for.
 *
 * A split of s new shares for one has the factor 1/s. A dividend D has 1 − D/P, where P is the last raw close before its
 * ex-date (the standard of the Center for Research in Security Prices), so that a price that falls by the dividend alone
 * has a return of 0.
 *
 * @param actions oldest first
 * @throws MarketDataError `MARKET_DATA.DIVIDEND_EXCEEDS_PRICE`
 */
export function adjustedCloses(bars: BarSeries, actions: readonly CorporateAction[]): Float64Array {
  const adjusted = bars.closes.map((close, i) => close * (bars.factors[i] ?? 1));
  for (const action of actions) {
    const exDay = dayNumber(action.exDate);
    const last = lastBefore(bars.times, exDay * MILLISECONDS_PER_DAY);
    if (last < 0) continue;
    const factor = action.kind === 'split' ? 1 / Number(action.ratio) : dividendFactor(action, bars.closes[last] ?? 0);
    for (let i = 0; i <= last; i++) if ((bars.adjustedThrough[i] ?? 0) < exDay) adjusted[i]! *= factor;
  }
  return adjusted;
}

/** Index of the last time before a moment; −1 when there is none. */
function lastBefore(times: Float64Array, moment: number): number {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((times[middle] ?? 0) < moment) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

function dividendFactor(action: Extract<CorporateAction, { kind: 'dividend' }>, lastClose: number): number {
  const factor = 1 - Number(action.amount) / lastClose;
  if (factor > 0) return factor;
  throw new MarketDataError(
    'MARKET_DATA.DIVIDEND_EXCEEDS_PRICE',
    `The dividend of ${action.amount} of '${action.instrumentId}' on ${action.exDate} is not below its last price of ${lastClose}.`,
  );
}
