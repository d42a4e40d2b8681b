import { requireDistribution, requireInteger, requireLength } from '../foundation/guards.js';
import { type VarianceForecast, varianceForecast } from '../volatility/variance-forecast.js';
import { step } from './chain.js';
import { requireRegimeParameters } from './parameters.js';
import type { RegimeParameters, RegimeProbabilities } from './types.js';

/** A forecast of regimes, and of the variance of the mixture that they make. */
export interface RegimeForecast extends VarianceForecast {
  /** horizonDays × K row-major: the probability of each state on each day ahead. */
  readonly probabilities: Float64Array;
}

/**
 * Probabilities p P^{n−1} for each of the next days, p those of tomorrow, and the variance of each day's mixture:
 * Σ_k p_k (σ_k² + μ_k²) − (Σ_k p_k μ_k)². Their sum over the horizon leaves out the covariance between days that moving
 * means make; it is 0 with means of 0.
 *
 * Source: Hamilton, Time Series Analysis (1994), section 22.4.
 *
 * @throws RiskMathError `invalidInput` on parameters or probabilities that are none
 */
export function regimeForecast(
  { parameters, next }: { readonly parameters: RegimeParameters } & Pick<RegimeProbabilities, 'next'>,
  horizonDays: number,
): RegimeForecast {
  requireInteger(horizonDays, 1, 'horizonDays');
  requireRegimeParameters(parameters);
  requireLength(next, parameters.means.length, 'next');
  requireDistribution(next, 'next');
  const { means, variances, transition } = parameters;
  const states = means.length;
  const probabilities = new Float64Array(horizonDays * states);
  const daily = new Float64Array(horizonDays);
  let ahead = next;
  for (let day = 0; day < horizonDays; day++) {
    probabilities.set(ahead, day * states);
    let mean = 0;
    let square = 0;
    for (let k = 0; k < states; k++) {
      mean += ahead[k]! * means[k]!;
      square += ahead[k]! * (variances[k]! + means[k]! * means[k]!);
    }
    daily[day] = square - mean * mean;
    ahead = step(ahead, transition, states);
  }
  return { ...varianceForecast(daily), probabilities };
}
