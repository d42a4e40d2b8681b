import { TRADING_DAYS_PER_YEAR } from '@risk-budget/risk-math';

/** Days ahead of every forecast. */
export const HORIZONS = [1, 5, 20] as const;

/** Our own methods, in the order in which they are listed; `combination` weighs the others by their past losses. */
export const BASE_METHODS = ['ewma', 'garch', 'gjr', 'har'] as const;
export const COMBINATION = 'combination';
export const OWN_METHODS: readonly string[] = [...BASE_METHODS, COMBINATION];

/** √(252 · variance / days). */
export function annualised(variance: number, horizonDays: number): number {
  return Math.sqrt((TRADING_DAYS_PER_YEAR * variance) / horizonDays);
}
