import { requireFinite, requireLength, requireObservations, requirePositive } from '../foundation/guards.js';
import { RiskMathError } from '../foundation/risk-math-error.js';

/** Losses of one forecast over its days. */
export interface ForecastLosses {
  /** By day. */
  readonly losses: Float64Array;
  readonly mean: number;
}

export interface QlikeLosses extends ForecastLosses {
  /** Days whose realised variance was below the floor and was raised to it. */
  readonly floored: number;
}

/** The floor of QLIKE: realised variance counts as at least this share of the forecast, a loss of 8.21 at most from below. */
export const QLIKE_FLOOR = 1e-4;

/** Σ r² over consecutive days: the realised variance of a horizon. @param returns the days of the horizon */
export function realisedVariance(returns: ArrayLike<number>): number {
  requireFinite(returns, 'returns');
  let total = 0;
  for (let t = 0; t < returns.length; t++) total += returns[t]! * returns[t]!;
  return total;
}

/**
 * QLIKE = rv/f − ln(rv/f) − 1, with rv at least `floor` × f: a day without any move has an infinite loss otherwise.
 *
 * Source: Patton, Journal of Econometrics 160 (2011), table 1.
 *
 * @param realised variances, not negative; @param forecasts of the same horizon and unit, positive
 * @throws RiskMathError `invalidInput` on a realised variance below 0 or a forecast that is not positive
 */
export function qlike(realised: Float64Array, forecasts: Float64Array, floor = QLIKE_FLOOR): QlikeLosses {
  requirePairs(realised, forecasts);
  requirePositive(floor, 'floor');
  let floored = 0;
  const losses = realised.map((value, t) => {
    const forecast = forecasts[t]!;
    if (value < 0 || !(forecast > 0)) {
      throw new RiskMathError(
        'invalidInput',
        `day ${t}: realised ${value}, forecast ${forecast}; a variance is not below 0 and a forecast is above it`,
        { field: value < 0 ? 'realised' : 'forecasts' },
      );
    }
    const ratio = value / forecast;
    if (ratio < floor) floored++;
    const raised = Math.max(ratio, floor);
    return raised - Math.log(raised) - 1;
  });
  return { losses, mean: meanOf(losses), floored };
}

/** (realised − forecast)². */
export function squaredError(realised: Float64Array, forecasts: Float64Array): ForecastLosses {
  requirePairs(realised, forecasts);
  const losses = realised.map((value, t) => (value - forecasts[t]!) ** 2);
  return { losses, mean: meanOf(losses) };
}

function requirePairs(realised: Float64Array, forecasts: Float64Array): void {
  requireObservations(realised.length, 1, 'a score');
  requireLength(forecasts, realised.length, 'forecasts');
  requireFinite(realised, 'realised');
  requireFinite(forecasts, 'forecasts');
}

function meanOf(values: Float64Array): number {
  let total = 0;
  for (const value of values) total += value;
  return total / values.length;
}
