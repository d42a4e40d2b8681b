import {
  ALPHA,
  BETA,
  GAMMA,
  type GarchParameters,
  type GarchSpecification,
  MEAN,
  OMEGA,
  PARAMETERS,
  SHAPE,
  SKEW,
} from './types.js';

/** Full vector in the units of the fit, from parameters for returns in percent. */
export function toScaled(
  parameters: GarchParameters,
  { model }: Required<GarchSpecification>,
  scale: number,
): Float64Array {
  const factor = scale / 100;
  const full = new Float64Array(PARAMETERS);
  full[MEAN] = parameters.mean * factor;
  full[OMEGA] =
    model === 'egarch'
      ? parameters.omega + 2 * (1 - parameters.beta) * Math.log(factor)
      : parameters.omega * factor * factor;
  full[ALPHA] = parameters.alpha;
  full[GAMMA] = parameters.gamma;
  full[BETA] = parameters.beta;
  full[SHAPE] = parameters.degreesOfFreedom ?? 8;
  full[SKEW] = parameters.skew ?? 0;
  return full;
}
