import { normalDensity, normalQuantile } from '../distribution/normal.js';
import { ANNUALISATION, type RiskSpecification } from '../foundation/conventions.js';
import { requireConfidence, requireFiniteNumber, requireInteger } from '../foundation/guards.js';
import { type RiskModelMatrix, quadraticForm } from '../model/risk-model-matrix.js';

/** What a Gaussian figure needs of the specification. */
export type GaussianSpecification = Pick<RiskSpecification, 'confidence' | 'horizonDays'>;

/**
 * Annualised volatility √252 · √(wᵀΣw), fraction of NAV.
 *
 * @param matrix per day
 * @param weights n signed weights
 */
export function volatility(matrix: RiskModelMatrix, weights: Float64Array): number {
  return ANNUALISATION * Math.sqrt(quadraticForm(matrix, weights));
}

/** z·√h: what a daily standard deviation is multiplied by for zero-mean Gaussian VaR. */
export function gaussianVarFactor(specification: GaussianSpecification): number {
  checkSpecification(specification);
  return normalQuantile(specification.confidence) * Math.sqrt(specification.horizonDays);
}

/** φ(z)/(1 − c)·√h: what a daily standard deviation is multiplied by for zero-mean Gaussian ES. */
export function gaussianEsFactor(specification: GaussianSpecification): number {
  checkSpecification(specification);
  const density = normalDensity(normalQuantile(specification.confidence));
  return (density / (1 - specification.confidence)) * Math.sqrt(specification.horizonDays);
}

/**
 * Gaussian value at risk over the horizon, loss positive, fraction of NAV: z σ √h − h μ.
 *
 * @param meanDaily expected return a day, 0 unless given
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

/** Gaussian expected shortfall over the horizon, loss positive, fraction of NAV: σ √h φ(z)/(1 − c) − h μ. */
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
