import { type Decay, decayFactor } from '../covariance/ewma.js';
import { requireFinite, requireInteger, requireObservations } from '../foundation/guards.js';
import { type VarianceForecast, varianceForecast } from './variance-forecast.js';
import { startVariance } from './start-variance.js';

/** An exponentially weighted variance of one series. Fractions² per day. */
export interface EwmaVariance {
  /** Of each day, given the days before it. */
  readonly variances: Float64Array;
  /** Of the day after the last. */
  readonly nextVariance: number;
}

/**
 * σ²_t = (1 − λ) r²_{t−1} + λ σ²_{t−1}, zero mean, started from the exponentially weighted mean of the first 75 squared
 * returns, as GARCH is.
 *
 * Source: J. P. Morgan/Reuters, RiskMetrics Technical Document (1996), eq. 5.3.
 *
 * @throws RiskMathError `tooFewObservations` below one day; `invalidInput` on a number that is not finite
 */
export function ewmaVariance(returns: Float64Array, decay: Decay): EwmaVariance {
  requireObservations(returns.length, 1, 'an exponentially weighted variance');
  requireFinite(returns, 'returns');
  const lambda = decayFactor(decay);
  const variances = new Float64Array(returns.length);
  let variance = startVariance(returns);
  for (let t = 0; t < returns.length; t++) {
    variances[t] = variance;
    variance = (1 - lambda) * returns[t]! * returns[t]! + lambda * variance;
  }
  return { variances, nextVariance: variance };
}

/** The same variance for each day ahead: an exponentially weighted variance has no level to return to. */
export function ewmaForecast(returns: Float64Array, decay: Decay, horizonDays: number): VarianceForecast {
  requireInteger(horizonDays, 1, 'horizonDays');
  return varianceForecast(new Float64Array(horizonDays).fill(ewmaVariance(returns, decay).nextVariance));
}
