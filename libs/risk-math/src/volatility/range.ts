import { requireFinite, requireInteger, requireLength, requireObservations } from '../foundation/guards.js';
import { RiskMathError } from '../foundation/risk-math-error.js';

/** Daily bars, oldest first: prices of one series, adjusted alike. */
export interface DailyBars {
  readonly open: Float64Array;
  readonly high: Float64Array;
  readonly low: Float64Array;
  readonly close: Float64Array;
}

/**
 * `parkinson` and `garmanKlass` assume no drift and see the trading day only; `rogersSatchell` allows a drift;
 * `yangZhang` allows a drift and adds the night.
 */
export type RangeEstimator = 'parkinson' | 'garmanKlass' | 'rogersSatchell';

/** ln 4. */
const LOG_FOUR = Math.log(4);

/**
 * Variance of each day from its range, fraction² (of log prices), open to close.
 *
 * - Parkinson: (h − l)² / (4 ln 2), Journal of Business 53 (1980);
 * - Garman–Klass: ½ (h − l)² − (2 ln 2 − 1) c², the same journal, 53 (1980);
 * - Rogers–Satchell: h (h − c) + l (l − c), Annals of Applied Probability 1 (1991);
 *
 * with h, l, c the logarithms of high, low and close over open.
 *
 * @throws RiskMathError `invalidInput` unless low ≤ open, close ≤ high and low > 0 on every day
 */
export function rangeVariances(bars: DailyBars, estimator: RangeEstimator): Float64Array {
  requireBars(bars);
  const { open, high, low, close } = bars;
  return open.map((start, t) => {
    const h = Math.log(high[t]! / start);
    const l = Math.log(low[t]! / start);
    const c = Math.log(close[t]! / start);
    switch (estimator) {
      case 'parkinson':
        return (h - l) ** 2 / (2 * LOG_FOUR);
      case 'garmanKlass':
        // Never below 0: |c| ≤ h − l.
        return 0.5 * (h - l) ** 2 - (LOG_FOUR - 1) * c * c;
      case 'rogersSatchell':
        return h * (h - c) + l * (l - c);
    }
  });
}

/**
 * Yang–Zhang variance per day over windows that end on each day, nights included: V_overnight + k V_open-to-close +
 * (1 − k) V_Rogers–Satchell, k = 0.34 / (1.34 + (n + 1)/(n − 1)), variances with ddof 1.
 *
 * Source: Yang and Zhang, Journal of Business 73 (2000), eq. 9.
 *
 * @param window n, days whose nights are known; at least 2
 * @returns one variance for each day from the one of index `window` on: the first bar gives the first night its start
 * @throws RiskMathError `tooFewObservations` below `window` + 1 bars
 */
export function yangZhangVariances(bars: DailyBars, window: number): Float64Array {
  requireInteger(window, 2, 'window');
  requireBars(bars);
  const { open, close } = bars;
  requireObservations(open.length, window + 1, `a Yang–Zhang variance over ${window} days`);
  const k = 0.34 / (1.34 + (window + 1) / (window - 1));
  const nights = open.map((value, t) => (t === 0 ? 0 : Math.log(value / close[t - 1]!)));
  const days = close.map((value, t) => Math.log(value / open[t]!));
  const rogersSatchell = rangeVariances(bars, 'rogersSatchell');
  return Float64Array.from({ length: open.length - window }, (_, at) => {
    const from = at + 1;
    let range = 0;
    for (let t = from; t < from + window; t++) range += rogersSatchell[t]!;
    return varianceOf(nights, from, window) + k * varianceOf(days, from, window) + ((1 - k) * range) / window;
  });
}

function varianceOf(values: Float64Array, from: number, count: number): number {
  let mean = 0;
  for (let t = from; t < from + count; t++) mean += values[t]! / count;
  let total = 0;
  for (let t = from; t < from + count; t++) total += (values[t]! - mean) ** 2;
  return total / (count - 1);
}

function requireBars({ open, high, low, close }: DailyBars): void {
  requireObservations(open.length, 1, 'a range-based variance');
  for (const [name, values] of Object.entries({ high, low, close })) requireLength(values, open.length, name);
  for (const [name, values] of Object.entries({ open, high, low, close })) requireFinite(values, name);
  for (let t = 0; t < open.length; t++) {
    const lowest = low[t]!;
    const highest = high[t]!;
    const inside = (price: number): boolean => price >= lowest && price <= highest;
    if (!(lowest > 0) || !inside(open[t]!) || !inside(close[t]!)) {
      throw new RiskMathError('invalidInput', `bar ${t} breaks 0 < low ≤ open, close ≤ high`, {
        field: 'bars',
        ids: [String(t)],
      });
    }
  }
}
