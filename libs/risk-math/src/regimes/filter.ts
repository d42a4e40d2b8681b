import { requireFinite, requireObservations } from '../foundation/guards.js';
import { RiskMathError } from '../foundation/risk-math-error.js';
import { scaledReturns } from '../returns/scaling.js';
import { step } from './chain.js';
import { backward, createPasses, forward } from './forward-backward.js';
import { requireRegimeParameters } from './parameters.js';
import type { RegimeParameters, RegimeProbabilities } from './types.js';

/**
 * Probabilities of the states at parameters that are known: a new day without a new fit.
 *
 * Source: Hamilton, Econometrica 57 (1989), section 4.
 *
 * @param returns daily, fractions, oldest first
 * @throws RiskMathError `tooFewObservations` below one day; `invalidInput` on wrong lengths, numbers that are not finite,
 *   variances that are not positive or rows of the chain that do not sum to 1; `outOfDomain` when a day is impossible in
 *   every state
 */
export function filterRegimes(returns: Float64Array, parameters: RegimeParameters): RegimeProbabilities {
  requireObservations(returns.length, 1, 'a filter of regimes');
  requireFinite(returns, 'returns');
  requireRegimeParameters(parameters);
  const { scaled, scale } = scaledReturns(returns);
  return filterScaled(scaled, scale, {
    ...parameters,
    means: parameters.means.map((value) => value * scale),
    variances: parameters.variances.map((value) => value * scale * scale),
  });
}

/** Of returns and parameters in units of 1/scale. */
export function filterScaled(scaled: Float64Array, scale: number, parameters: RegimeParameters): RegimeProbabilities {
  const states = parameters.means.length;
  const passes = createPasses(scaled.length, states);
  const logLikelihood = forward(scaled, parameters, passes);
  if (!Number.isFinite(logLikelihood)) {
    throw new RiskMathError('outOfDomain', 'a day is impossible in every state', { field: 'returns' });
  }
  backward(scaled.length, parameters, passes);
  return {
    filtered: passes.filtered,
    smoothed: passes.smoothed,
    next: step(passes.filtered.slice(-states), parameters.transition, states),
    logLikelihood: logLikelihood - scaled.length * Math.log(100 / scale),
  };
}
