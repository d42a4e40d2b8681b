import { studentTLogDensity, studentTQuantile } from '../distribution/student-t.js';
import { requireFiniteNumber } from '../foundation/guards.js';
import { RiskMathError } from '../foundation/risk-math-error.js';
import { type RiskModelMatrix, quadraticForm } from '../model/risk-model-matrix.js';
import { type GaussianSpecification, gaussianVarFactor } from './gaussian.js';
import type { TailFigures } from './historical.js';

/**
 * VaR and ES of a Student t distribution with the model's variance, over the horizon by √h, loss positive, fraction of NAV:
 *
 *     VaR = s t_ν⁻¹(c) − h μ,   ES = s f_ν(t) / (1 − c) · (ν + t²) / (ν − 1) − h μ,   s = σ √h √((ν − 2) / ν).
 *
 * Source: McNeil, Frey and Embrechts, Quantitative Risk Management (2015), 2.3.4.
 *
 * @param degreesOfFreedom ν above 2, so that there is a variance
 * @param meanDaily expected return a day, 0 unless given
 * @throws RiskMathError `outOfDomain` unless ν is above 2
 */
export function studentTFigures(
  matrix: RiskModelMatrix,
  weights: Float64Array,
  specification: GaussianSpecification,
  degreesOfFreedom: number,
  meanDaily = 0,
): TailFigures {
  requireFiniteNumber(meanDaily, 'meanDaily');
  const factors = studentTFactors(specification, degreesOfFreedom);
  const deviation = Math.sqrt(quadraticForm(matrix, weights));
  const drift = specification.horizonDays * meanDaily;
  return { var: factors.var * deviation - drift, es: factors.es * deviation - drift };
}

/**
 * What a daily standard deviation is multiplied by for zero-mean Student t VaR and ES; contributions scale by it as they do
 * for a Gaussian.
 */
export function studentTFactors(specification: GaussianSpecification, degreesOfFreedom: number): TailFigures {
  gaussianVarFactor(specification);
  if (!(Number.isFinite(degreesOfFreedom) && degreesOfFreedom > 2)) {
    throw new RiskMathError(
      'outOfDomain',
      `degreesOfFreedom is ${degreesOfFreedom}; it must be above 2, so that there is a variance`,
      { field: 'degreesOfFreedom' },
    );
  }
  const { confidence, horizonDays } = specification;
  const quantile = studentTQuantile(confidence, degreesOfFreedom);
  const density = Math.exp(studentTLogDensity(quantile, degreesOfFreedom));
  const scale = Math.sqrt((horizonDays * (degreesOfFreedom - 2)) / degreesOfFreedom);
  const beyond = (density / (1 - confidence)) * ((degreesOfFreedom + quantile * quantile) / (degreesOfFreedom - 1));
  return { var: scale * quantile, es: scale * beyond };
}
