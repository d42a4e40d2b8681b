import { TRADING_DAYS_PER_YEAR } from '../foundation/conventions.js';

/** A forecast of variance over the days to come. */
export interface VarianceForecast {
  readonly horizonDays: number;
  /** Variance of each day ahead, fraction² per day. */
  readonly daily: Float64Array;
  /** Their sum: the variance over the horizon, what realised variance is compared with. */
  readonly total: number;
  /** √(252 · total / horizonDays). */
  readonly volatilityAnnual: number;
}

export function varianceForecast(daily: Float64Array): VarianceForecast {
  let total = 0;
  for (const value of daily) total += value;
  const horizonDays = daily.length;
  return { horizonDays, daily, total, volatilityAnnual: Math.sqrt((TRADING_DAYS_PER_YEAR * total) / horizonDays) };
}
