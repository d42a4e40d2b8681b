import { incompleteBeta } from '../../distribution/incomplete-beta.js';
import { type InnovationDensity, LogSum, logStudentConstant, logStudentConstantSlope } from './density.js';
import { SHAPE, SKEW } from './types.js';

/**
 * The constants of Hansen's skewed t and their derivatives by η and λ:
 * c as Student's, a = 4λc(η−2)/(η−1), b² = 1 + 3λ² − a².
 */
interface SkewedConstants {
  readonly logC: number;
  readonly a: number;
  readonly b: number;
  readonly logCByShape: number;
  readonly aByShape: number;
  readonly bByShape: number;
  readonly aBySkew: number;
  readonly bBySkew: number;
}

function constantsOf(eta: number, lambda: number): SkewedConstants {
  const logC = logStudentConstant(eta);
  const logCByShape = logStudentConstantSlope(eta);
  const aBySkew = (4 * Math.exp(logC) * (eta - 2)) / (eta - 1);
  const a = lambda * aBySkew;
  const b = Math.sqrt(1 + 3 * lambda * lambda - a * a);
  const aByShape = a * (logCByShape + 1 / (eta - 2) - 1 / (eta - 1));
  return {
    logC,
    a,
    b,
    logCByShape,
    aByShape,
    bByShape: (-a * aByShape) / b,
    aBySkew,
    bBySkew: (3 * lambda - a * aBySkew) / b,
  };
}

/**
 * Hansen's skewed t with mean 0 and variance 1: ln b + ln c − ½ ln σ² − ½(η+1) ln(1 + w²/(η−2)),
 * w = (b x + a) / (1 ± λ), + to the right of −a/b, x = e/σ.
 *
 * Source: B. E. Hansen, "Autoregressive Conditional Density Estimation", International Economic Review 35 (1994).
 */
export const skewedT: InnovationDensity = {
  logLikelihood(parameters, residuals, variances) {
    const eta = parameters[SHAPE]!;
    const lambda = parameters[SKEW]!;
    const { logC, a, b } = constantsOf(eta, lambda);
    const logVariances = new LogSum();
    const logTails = new LogSum();
    for (let t = 0; t < residuals.length; t++) {
      const m = (b * residuals[t]!) / Math.sqrt(variances[t]!) + a;
      const w = m / (m < 0 ? 1 - lambda : 1 + lambda);
      logVariances.add(variances[t]!);
      logTails.add(1 + (w * w) / (eta - 2));
    }
    return residuals.length * (Math.log(b) + logC) - 0.5 * logVariances.value() - 0.5 * (eta + 1) * logTails.value();
  },
  scores(parameters, residuals, variances, { byVariance, byResidual, byShape }) {
    const eta = parameters[SHAPE]!;
    const lambda = parameters[SKEW]!;
    const constants = constantsOf(eta, lambda);
    const { logC, a, b } = constants;
    const [byDegrees, bySkew] = byShape;
    const scale = 1 / (eta - 2);
    let logVariances = 0;
    let logTails = 0;
    for (let t = 0; t < residuals.length; t++) {
      const inverse = 1 / variances[t]!;
      const deviation = Math.sqrt(inverse);
      const x = residuals[t]! * deviation;
      const m = b * x + a;
      const side = m < 0 ? -1 : 1;
      const width = 1 + side * lambda;
      const w = m / width;
      const square = w * w * scale;
      const logTail = Math.log(1 + square);
      // −∂ ln density / ∂w, over the width.
      const pull = ((eta + 1) * scale * w) / (1 + square) / width;
      logVariances += Math.log(variances[t]!);
      logTails += logTail;
      byVariance[t] = (-0.5 + 0.5 * pull * b * x) * inverse;
      byResidual[t] = -pull * b * deviation;
      byDegrees[t] =
        constants.bByShape / b +
        constants.logCByShape -
        pull * (constants.bByShape * x + constants.aByShape) -
        0.5 * logTail +
        (0.5 * (eta + 1) * square * scale) / (1 + square);
      bySkew[t] = constants.bBySkew / b - pull * (constants.bBySkew * x + constants.aBySkew - side * w);
    }
    return residuals.length * (Math.log(b) + logC) - 0.5 * logVariances - 0.5 * (eta + 1) * logTails;
  },
};

/**
 * κ = E[z² 1(z < 0)] of Hansen's skewed t: the share of the variance that falls bring; ½ without skew.
 *
 * On either side of −a/b, z = (W s − a)/b, with s Student's t of variance 1 and W = 1 ∓ λ: the left side in full, and what
 * lies between −a/b and 0 added or taken off, by partial moments of s.
 */
export function fallShareOfVariance(eta: number, lambda: number): number {
  const { logC, a, b } = constantsOf(eta, lambda);
  const c = Math.exp(logC);
  const width = 1 - lambda;
  const whole = (2 * c * (eta - 2)) / (eta - 1);
  const left = ((width / 2) * (width * width + 2 * a * width * whole + a * a)) / (b * b);
  const side = a > 0 ? 1 + lambda : width;
  const reach = Math.abs(a) / side;
  const { mass, mean, square } = partialMoments(eta, c, reach);
  const between = (side * (side * side * square - 2 * Math.abs(a) * side * mean + a * a * mass)) / (b * b);
  return Math.min(1, Math.max(0, left + (a > 0 ? between : -between)));
}

/** ∫₀ʳ of 1, s and s² under Student's t with variance 1. */
function partialMoments(eta: number, c: number, reach: number): { mass: number; mean: number; square: number } {
  const scale = eta - 2;
  const ratio = (reach * reach) / scale;
  const share = ratio / (1 + ratio);
  return {
    mass: 0.5 * incompleteBeta(0.5, eta / 2, share, 1 / (1 + ratio)),
    mean: ((c * scale) / (eta - 1)) * -Math.expm1(-0.5 * (eta - 1) * Math.log1p(ratio)),
    square: 0.5 * incompleteBeta(1.5, scale / 2, share, 1 / (1 + ratio)),
  };
}
