import { requireFinite, requireObservations } from '../../foundation/guards.js';
import { RiskMathError } from '../../foundation/risk-math-error.js';
import { startVariance } from '../start-variance.js';
import { GarchLikelihood } from './likelihood.js';
import { meanOf, scaledReturns } from '../../returns/scaling.js';
import { requireGarchParameters } from './parameters.js';
import { toScaled } from './scaling.js';
import type { GarchParameters, GarchSpecification } from './types.js';

/** A model run over a series at given parameters. Variances are per day, fraction². */
export interface GarchFilter {
  /** Of each day, given the days before it. */
  readonly variances: Float64Array;
  /** e_t / σ_t. */
  readonly standardisedResiduals: Float64Array;
  /** Of the day after the last. */
  readonly nextVariance: number;
  /** Of returns in percent. */
  readonly logLikelihood: number;
}

/**
 * Variances of a series at parameters that are known: a new day without a new fit. Sources as of `fitGarch`.
 *
 * @param returns daily, fractions, oldest first
 * @param parameters for returns in percent, as a fit gives them
 * @throws RiskMathError `tooFewObservations` below one day; `invalidInput` on a number that is not finite or parameters that
 *   are no model's; `outOfDomain` when they give a variance that is not positive and finite, or every return is 0
 */
export function filterGarch(
  returns: Float64Array,
  specification: GarchSpecification,
  parameters: GarchParameters,
): GarchFilter {
  requireObservations(returns.length, 1, 'a GARCH model');
  requireFinite(returns, 'returns');
  requireGarchParameters(specification, parameters);
  const complete = { mean: 'zero', ...specification } as const;
  const { scaled, scale } = scaledReturns(returns);
  const mean = complete.mean === 'constant' ? meanOf(scaled) : 0;
  const likelihood = new GarchLikelihood(scaled, startVariance(scaled.map((value) => value - mean)), complete);
  const full = toScaled(parameters, complete, scale);
  const at = Float64Array.from(likelihood.free, (place) => full[place]!);
  const { variances, residuals, nextVariance, value } = likelihood.filter(at);
  let positive = nextVariance > 0;
  for (let t = 0; t < variances.length; t++) {
    const variance = variances[t]!;
    positive &&= variance > 0;
    residuals[t]! /= Math.sqrt(variance);
    variances[t] = variance / scale / scale;
  }
  if (!Number.isFinite(value) || !positive || !Number.isFinite(nextVariance)) {
    throw new RiskMathError('outOfDomain', 'these parameters give a variance that is not positive and finite', {
      field: 'parameters',
    });
  }
  return {
    variances,
    standardisedResiduals: residuals,
    nextVariance: nextVariance / scale / scale,
    logLikelihood: -value - returns.length * Math.log(100 / scale),
  };
}
