import { requireObservations, requirePositive } from '../foundation/guards.js';
import { RiskMathError } from '../foundation/risk-math-error.js';
import { type Covariance, covarianceOfProducts } from '../model/covariance.js';
import { type Returns, requireReturns } from '../model/returns.js';
import { type Decay, ewmaCovariance, decayFactor } from './ewma.js';

export interface RegimeAdjustment {
  /** Of the covariance. */
  readonly decay: Decay;
  /** Of the regime: half the half-life of the covariance when absent. */
  readonly regimeDecay?: Decay;
  /** Days before forecasts count; the covariance's half-life in whole days when absent. */
  readonly warmUpDays?: number;
  /** Bounds of the multiplier of volatility; 0.7 and 1.6 when absent. */
  readonly bounds?: readonly [number, number];
}

export interface RegimeAdjustedCovariance {
  readonly covariance: Covariance;
  /** What every volatility was multiplied by. */
  readonly multiplier: number;
  /** The same before it was cut to the bounds. */
  readonly uncutMultiplier: number;
}

/**
 * Exponentially weighted covariance, zero mean, per day, times φ²: φ² is an exponentially weighted mean of the cross-sectional
 * bias Σ_i (r_i / σ_i)² / n of each day against the volatilities forecast the day before. It starts at its first value.
 *
 * Source: Menchero, Orr and Wang, "The Barra US Equity Model (USE4)", MSCI (2011), volatility regime adjustment.
 *
 * @throws RiskMathError `tooFewObservations` when no day follows the warm-up; `outOfDomain` when an asset has not moved by then;
 *   `invalidInput` on a decay or bounds that are none, or a number that is not finite
 */
export function regimeAdjustedEwma(returns: Returns, options: RegimeAdjustment): RegimeAdjustedCovariance {
  const { observations, assets } = returns;
  const lambda = decayFactor(options.decay);
  const { decay } = options;
  const halfLife = 'halfLifeDays' in decay ? decay.halfLifeDays : Math.log(0.5) / Math.log(lambda);
  const regimeLambda = decayFactor(options.regimeDecay ?? { halfLifeDays: halfLife / 2 });
  const warmUp = options.warmUpDays ?? Math.max(1, Math.floor(halfLife));
  const [lower, upper] = options.bounds ?? [0.7, 1.6];
  requirePositive(warmUp, 'warmUpDays');
  requirePositive(lower, 'bounds');
  if (!(upper >= lower)) throw new RiskMathError('invalidInput', 'the bounds are not in order', { field: 'bounds' });
  requireObservations(observations, warmUp + 1, `a regime after ${warmUp} days`);
  requireReturns(returns);
  const uncut = Math.sqrt(meanBias(returns, lambda, regimeLambda, warmUp));
  const multiplier = Math.min(upper, Math.max(lower, uncut));
  const { values: plain, ids } = ewmaCovariance(returns, options.decay);
  const scaled = plain.map((value) => value * multiplier * multiplier);
  return { covariance: covarianceOfProducts(scaled, assets, ids), multiplier, uncutMultiplier: uncut };
}

/** The smoothed bias after the last day. */
function meanBias(
  { values, observations, assets, ids }: Returns,
  lambda: number,
  regimeLambda: number,
  warmUp: number,
): number {
  const sums = new Float64Array(assets);
  let weights = 0;
  let state = NaN;
  for (let t = 0; t < observations; t++) {
    if (t >= warmUp) {
      let bias = 0;
      for (let i = 0; i < assets; i++) {
        if (sums[i] === 0) {
          throw new RiskMathError('outOfDomain', `${ids?.[i] ?? `asset ${i}`} has not moved in ${t} days`, {
            ids: [ids?.[i] ?? String(i)],
          });
        }
        bias += (values[t * assets + i]! ** 2 * weights) / sums[i]!;
      }
      bias /= Math.max(1, assets);
      state = Number.isNaN(state) ? bias : regimeLambda * state + (1 - regimeLambda) * bias;
    }
    weights = lambda * weights + 1;
    for (let i = 0; i < assets; i++) sums[i] = lambda * sums[i]! + values[t * assets + i]! ** 2;
  }
  return state;
}
