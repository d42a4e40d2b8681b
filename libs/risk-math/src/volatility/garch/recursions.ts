import { ALPHA, BETA, GAMMA, OMEGA } from './types.js';

/** Mean of |z| for a standard normal z. */
export const MEAN_ABSOLUTE_NORMAL = Math.sqrt(2 / Math.PI);

/** Conditional variances of a series and their derivatives by parameter, each an array over the days. */
export interface VariancePath {
  readonly variances: Float64Array;
  readonly byMean: Float64Array;
  readonly byOmega: Float64Array;
  readonly byAlpha: Float64Array;
  readonly byGamma: Float64Array;
  readonly byBeta: Float64Array;
}

export function createVariancePath(observations: number): VariancePath {
  const array = (): Float64Array => new Float64Array(observations);
  return {
    variances: array(),
    byMean: array(),
    byOmega: array(),
    byAlpha: array(),
    byGamma: array(),
    byBeta: array(),
  };
}

/** Fills `variances`; @returns the variance of the day after the last */
export type VarianceRecursion = (
  parameters: Float64Array,
  residuals: Float64Array,
  startVariance: number,
  variances: Float64Array,
) => number;

/** Fills the variances and all derivatives. */
export type VarianceDerivatives = (
  parameters: Float64Array,
  residuals: Float64Array,
  startVariance: number,
  path: VariancePath,
) => void;

/** σ²_t = ω + (α + γ 1[e < 0]) e² + β σ² of the day before; before the first day e² = σ² = the start, half of it a fall. */
export const gjrVariances: VarianceRecursion = (parameters, residuals, startVariance, variances) => {
  const omega = parameters[OMEGA]!;
  const alpha = parameters[ALPHA]!;
  const fall = alpha + parameters[GAMMA]!;
  const beta = parameters[BETA]!;
  let variance = omega + (0.5 * (alpha + fall) + beta) * startVariance;
  for (let t = 0; t < residuals.length; t++) {
    variances[t] = variance;
    const residual = residuals[t]!;
    variance = omega + (residual < 0 ? fall : alpha) * residual * residual + beta * variance;
  }
  return variance;
};

export const gjrDerivatives: VarianceDerivatives = (parameters, residuals, startVariance, path) => {
  const omega = parameters[OMEGA]!;
  const alpha = parameters[ALPHA]!;
  const fall = alpha + parameters[GAMMA]!;
  const beta = parameters[BETA]!;
  const { variances, byMean, byOmega, byAlpha, byGamma, byBeta } = path;
  let variance = omega + (0.5 * (alpha + fall) + beta) * startVariance;
  let mean = 0;
  let constant = 1;
  let arch = startVariance;
  let asymmetry = 0.5 * startVariance;
  let garch = startVariance;
  for (let t = 0; t < residuals.length; t++) {
    variances[t] = variance;
    byMean[t] = mean;
    byOmega[t] = constant;
    byAlpha[t] = arch;
    byGamma[t] = asymmetry;
    byBeta[t] = garch;
    const residual = residuals[t]!;
    const square = residual * residual;
    const response = residual < 0 ? fall : alpha;
    garch = variance + beta * garch;
    variance = omega + response * square + beta * variance;
    mean = beta * mean - 2 * response * residual;
    constant = 1 + beta * constant;
    arch = square + beta * arch;
    asymmetry = (residual < 0 ? square : 0) + beta * asymmetry;
  }
};

/** ln σ²_t = ω + α (|z| − √(2/π)) + γ z + β ln σ² of the day before; before the first day the start, and no shock. */
export const egarchVariances: VarianceRecursion = (parameters, residuals, startVariance, variances) => {
  const omega = parameters[OMEGA]!;
  const alpha = parameters[ALPHA]!;
  const gamma = parameters[GAMMA]!;
  const beta = parameters[BETA]!;
  let logarithm = omega + beta * Math.log(startVariance);
  let variance = Math.exp(logarithm);
  for (let t = 0; t < residuals.length; t++) {
    variances[t] = variance;
    const z = residuals[t]! / Math.sqrt(variance);
    logarithm = omega + alpha * (Math.abs(z) - MEAN_ABSOLUTE_NORMAL) + gamma * z + beta * logarithm;
    variance = Math.exp(logarithm);
  }
  return variance;
};

export const egarchDerivatives: VarianceDerivatives = (parameters, residuals, startVariance, path) => {
  const omega = parameters[OMEGA]!;
  const alpha = parameters[ALPHA]!;
  const gamma = parameters[GAMMA]!;
  const beta = parameters[BETA]!;
  const { variances, byMean, byOmega, byAlpha, byGamma, byBeta } = path;
  let logarithm = omega + beta * Math.log(startVariance);
  let mean = 0;
  let constant = 1;
  let size = 0;
  let sign = 0;
  let garch = Math.log(startVariance);
  for (let t = 0; t < residuals.length; t++) {
    const variance = Math.exp(logarithm);
    variances[t] = variance;
    byMean[t] = variance * mean;
    byOmega[t] = variance * constant;
    byAlpha[t] = variance * size;
    byGamma[t] = variance * sign;
    byBeta[t] = variance * garch;
    const deviation = Math.sqrt(variance);
    const z = residuals[t]! / deviation;
    const response = z < 0 ? gamma - alpha : gamma + alpha;
    // z itself moves with the variance: dz = −½ z d ln σ².
    const carried = beta - 0.5 * response * z;
    mean = carried * mean - response / deviation;
    constant = 1 + carried * constant;
    size = Math.abs(z) - MEAN_ABSOLUTE_NORMAL + carried * size;
    sign = z + carried * sign;
    garch = logarithm + carried * garch;
    logarithm = omega + alpha * (Math.abs(z) - MEAN_ABSOLUTE_NORMAL) + gamma * z + beta * logarithm;
  }
};
