import { type InnovationDensity, LOG_TWO_PI, LogSum, logStudentConstant, logStudentConstantSlope } from './density.js';
import { skewedT } from './skewed-t.js';
import { type Innovations, SHAPE } from './types.js';

const normal: InnovationDensity = {
  logLikelihood(_parameters, residuals, variances) {
    let total = 0;
    const logs = new LogSum();
    for (let t = 0; t < residuals.length; t++) {
      const variance = variances[t]!;
      total += (residuals[t]! * residuals[t]!) / variance;
      logs.add(variance);
    }
    return -0.5 * (residuals.length * LOG_TWO_PI + logs.value() + total);
  },
  scores(_parameters, residuals, variances, { byVariance, byResidual }) {
    let total = 0;
    const logs = new LogSum();
    for (let t = 0; t < residuals.length; t++) {
      const inverse = 1 / variances[t]!;
      const residual = residuals[t]!;
      const square = residual * residual * inverse;
      total += square;
      logs.add(variances[t]!);
      byVariance[t] = 0.5 * (square - 1) * inverse;
      byResidual[t] = -residual * inverse;
    }
    return -0.5 * (residuals.length * LOG_TWO_PI + logs.value() + total);
  },
};

/** Student's t scaled to variance 1, ν > 2. */
const studentT: InnovationDensity = {
  logLikelihood(parameters, residuals, variances) {
    const nu = parameters[SHAPE]!;
    const logVariances = new LogSum();
    const logTails = new LogSum();
    for (let t = 0; t < residuals.length; t++) {
      logVariances.add(variances[t]!);
      logTails.add(1 + (residuals[t]! * residuals[t]!) / (variances[t]! * (nu - 2)));
    }
    return residuals.length * logStudentConstant(nu) - 0.5 * logVariances.value() - 0.5 * (nu + 1) * logTails.value();
  },
  scores(parameters, residuals, variances, { byVariance, byResidual, byShape }) {
    const nu = parameters[SHAPE]!;
    const slope = logStudentConstantSlope(nu);
    const [byDegrees] = byShape;
    const scale = 1 / (nu - 2);
    let logVariances = 0;
    let logTails = 0;
    for (let t = 0; t < residuals.length; t++) {
      const inverse = 1 / variances[t]!;
      const residual = residuals[t]!;
      const square = residual * residual * inverse * scale;
      const share = ((nu + 1) * square) / (1 + square);
      const logTail = Math.log(1 + square);
      logVariances += Math.log(variances[t]!);
      logTails += logTail;
      byVariance[t] = 0.5 * (share - 1) * inverse;
      byResidual[t] = (-(nu + 1) * residual * inverse * scale) / (1 + square);
      byDegrees[t] = slope - 0.5 * logTail + 0.5 * share * scale;
    }
    return residuals.length * logStudentConstant(nu) - 0.5 * logVariances - 0.5 * (nu + 1) * logTails;
  },
};

/** By name. */
export const innovationDensities: Readonly<Record<Innovations, InnovationDensity>> = { normal, studentT, skewedT };
