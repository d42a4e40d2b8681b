import { LOG_TWO_PI, LogSum } from './density.js';
import { ALPHA, BETA, GAMMA, MEAN, OMEGA } from './types.js';

/**
 * The log-likelihood of a GARCH or GJR with normal innovations and its slopes, in one pass that keeps no day: the commonest
 * fit asks for little else. The same sums as from `gjrDerivatives` and the normal density.
 *
 * @param slopes becomes ∂ log-likelihood / ∂ parameter, by place
 */
export function normalScores(
  parameters: Float64Array,
  residuals: Float64Array,
  startVariance: number,
  slopes: Float64Array,
): number {
  const omega = parameters[OMEGA]!;
  const alpha = parameters[ALPHA]!;
  const fall = alpha + parameters[GAMMA]!;
  const beta = parameters[BETA]!;
  const logs = new LogSum();
  let variance = omega + (0.5 * (alpha + fall) + beta) * startVariance;
  let mean = 0;
  let constant = 1;
  let arch = startVariance;
  let asymmetry = 0.5 * startVariance;
  let garch = startVariance;
  let squares = 0;
  let byResidual = 0;
  let byMean = 0;
  let byOmega = 0;
  let byAlpha = 0;
  let byGamma = 0;
  let byBeta = 0;
  for (let t = 0; t < residuals.length; t++) {
    const residual = residuals[t]!;
    const square = residual * residual;
    const inverse = 1 / variance;
    const relative = square * inverse;
    const byVariance = 0.5 * (relative - 1) * inverse;
    squares += relative;
    logs.add(variance);
    byResidual += residual * inverse;
    byMean += byVariance * mean;
    byOmega += byVariance * constant;
    byAlpha += byVariance * arch;
    byGamma += byVariance * asymmetry;
    byBeta += byVariance * garch;
    const falls = residual < 0;
    const response = falls ? fall : alpha;
    garch = variance + beta * garch;
    variance = omega + response * square + beta * variance;
    mean = beta * mean - 2 * response * residual;
    constant = 1 + beta * constant;
    arch = square + beta * arch;
    asymmetry = (falls ? square : 0) + beta * asymmetry;
  }
  slopes[MEAN] = byMean + byResidual;
  slopes[OMEGA] = byOmega;
  slopes[ALPHA] = byAlpha;
  slopes[GAMMA] = byGamma;
  slopes[BETA] = byBeta;
  return -0.5 * (residuals.length * LOG_TWO_PI + logs.value() + squares);
}
