import { normalDensity, normalQuantile } from '../distribution/normal.js';
import { ANNUALISATION, type RiskSpecification } from '../foundation/conventions.js';
import { requireConfidence, requireFiniteNumber, requireInteger } from '../foundation/guards.js';
import { type RiskModelMatrix, quadraticForm } from '../model/risk-model-matrix.js';

/** What a Gaussian figure needs of the specification. */
export type GaussianSpecification = Pick<RiskSpecification, 'confidence' | 'horizonDays'>;

/**
 * Annualised volatility √252 · √(wᵀΣw), fraction of NAV.
 *
 * Source: Markowitz, "Portfolio selection", Journal of Finance 7 (1952).
 *
 * @param matrix n×n, per day
 * @param weights n signed weights
 * @throws RiskMathError `invalidInput` on another length or a number that is not finite
 */
export function volatility(matrix: RiskModelMatrix, weights: Float64Array): number {
  return ANNUALISATION * Math.sqrt(quadraticForm(matrix, weights));
}

/**
 * z·√h: what a daily standard deviation is multiplied by for zero-mean Gaussian VaR. Source as of `gaussianVar`.
 *
 * @throws RiskMathError `invalidInput` on a confidence outside (0.5, 1) or a horizon of less than a day
 */
export function gaussianVarFactor(specification: GaussianSpecification): number {
  checkSpecification(specification);
  return normalQuantile(specification.confidence) * Math.sqrt(specification.horizonDays);
}

/**
 * φ(z)/(1 − c)·√h: what a daily standard deviation is multiplied by for zero-mean Gaussian ES. Source as of `gaussianEs`.
 *
 * @throws RiskMathError as `gaussianVarFactor`
 */
export function gaussianEsFactor(specification: GaussianSpecification): number {
  checkSpecification(specification);
  const density = normalDensity(normalQuantile(specification.confidence));
  return (density / (1 - specification.confidence)) * Math.sqrt(specification.horizonDays);
}

/**
 * Gaussian value at risk over the horizon, loss positive, fraction of NAV: z σ √h − h μ.
 *
 * Source: J. P. Morgan/Reuters, RiskMetrics Technical Document (1996), chapter 1; independent days for √h.
 *
 * @param matrix n×n, per day
 * @param weights n signed weights
 * @param meanDaily expected return a day, 0 unless given
 * @throws RiskMathError `invalidInput` as `volatility` and `gaussianVarFactor`
 */
export function gaussianVar(
  matrix: RiskModelMatrix,
  weights: Float64Array,
  specification: GaussianSpecification,
  meanDaily = 0,
): number {
  requireFiniteNumber(meanDaily, 'meanDaily');
  return (
    gaussianVarFactor(specification) * Math.sqrt(quadraticForm(matrix, weights)) - specification.horizonDays * meanDaily
  );
}

/**
 * Gaussian expected shortfall over the horizon, loss positive, fraction of NAV: σ √h φ(z)/(1 − c) − h μ.
 *
 * Source: Rockafellar and Uryasev, "Optimization of conditional value-at-risk", Journal of Risk 2 (2000), on the normal case; McNeil,
 * Frey and Embrechts, "Quantitative risk management" (2005), section 2.2.
 *
 * Parameters and errors as of `gaussianVar`.
 */
export function gaussianEs(
  matrix: RiskModelMatrix,
  weights: Float64Array,
  specification: GaussianSpecification,
  meanDaily = 0,
): number {
  requireFiniteNumber(meanDaily, 'meanDaily');
  return (
    gaussianEsFactor(specification) * Math.sqrt(quadraticForm(matrix, weights)) - specification.horizonDays * meanDaily
  );
}

function checkSpecification(specification: GaussianSpecification): void {
  requireConfidence(specification.confidence);
  requireInteger(specification.horizonDays, 1, 'horizonDays');
}
