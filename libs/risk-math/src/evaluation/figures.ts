import { type RiskMeasure, riskMeasures } from '../foundation/conventions.js';
import type { MeasureValues } from './types.js';

/** Figures by measure at fixed positions; rows of a larger array are addressed by their offset. */
export type Figures = Float64Array;

export const FIGURE_COUNT = riskMeasures.length;
export const VOLATILITY = 0;
export const VAR = 1;
export const ES = 2;
export const HISTORICAL_VAR = 3;
export const HISTORICAL_ES = 4;
export const TRACKING_ERROR = 5;

/** Where a measure stands in a row of figures. */
export function positionOf(measure: RiskMeasure): number {
  return riskMeasures.indexOf(measure);
}

/** Names figures: the measures wanted, in the order of `riskMeasures`. Written out, because a portfolio has thousands of nodes. */
export function namer(measures: ReadonlySet<RiskMeasure>): (figures: Figures, offset?: number) => MeasureValues {
  const [volatility, valueAtRisk, es, historicalVar, historicalEs, trackingError] = riskMeasures.map((measure) =>
    measures.has(measure),
  );
  return (figures, offset = 0) => {
    const values: Partial<Record<RiskMeasure, number>> = {};
    if (volatility === true) values.volatility = figures[offset + VOLATILITY]!;
    if (valueAtRisk === true) values.var = figures[offset + VAR]!;
    if (es === true) values.es = figures[offset + ES]!;
    if (historicalVar === true) values.historicalVar = figures[offset + HISTORICAL_VAR]!;
    if (historicalEs === true) values.historicalEs = figures[offset + HISTORICAL_ES]!;
    if (trackingError === true) values.trackingError = figures[offset + TRACKING_ERROR]!;
    return values;
  };
}

/** Adds the row of `figures` at `offset` to `sum`. */
export function addTo(sum: Figures, figures: Figures, offset = 0): void {
  for (let position = 0; position < FIGURE_COUNT; position++) sum[position]! += figures[offset + position]!;
}
