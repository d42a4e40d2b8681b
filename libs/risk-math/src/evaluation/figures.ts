import { type RiskMeasure, riskMeasures } from '../foundation/conventions.js';
import type { MeasureValues } from './types.js';

/** Figures by measure as numbers at fixed positions: what the evaluator adds up before it names them. */
export type Figures = Float64Array;

export const FIGURE_COUNT = riskMeasures.length;
export const VOLATILITY = 0;
export const VAR = 1;
export const ES = 2;
export const HISTORICAL_VAR = 3;
export const HISTORICAL_ES = 4;
export const TRACKING_ERROR = 5;

/** The positions of the measures wanted, in the order of `riskMeasures`. */
export function positionsOf(measures: ReadonlySet<RiskMeasure>): readonly number[] {
  return riskMeasures.flatMap((measure, position) => (measures.has(measure) ? [position] : []));
}

/** Names the figures. */
export function named(figures: ArrayLike<number>, positions: readonly number[]): MeasureValues {
  const values: Partial<Record<RiskMeasure, number>> = {};
  for (const position of positions) values[riskMeasures[position]!] = figures[position]!;
  return values;
}

export function addTo(sum: Figures, figures: ArrayLike<number>): void {
  for (let position = 0; position < FIGURE_COUNT; position++) sum[position]! += figures[position]!;
}
