import { normalDensity, normalQuantile } from './normal.js';
import { at, type Matrix } from './shrinkage.js';

/** Trading days a year. */
const DAYS_A_YEAR = 252;

/** Variance of the weights a day: Σᵢ Σⱼ wᵢ wⱼ Σᵢⱼ. */
export function dailyVariance(weights: readonly number[], covariance: Matrix): number {
  const held = weights.flatMap((weight, i) => (weight === 0 ? [] : [i]));
  let sum = 0;
  for (const i of held) {
    for (const j of held) sum += (weights[i] ?? 0) * (weights[j] ?? 0) * at(covariance, i, j);
  }
  return sum;
}

/** Euler contributions to the daily volatility: wᵢ (Σw)ᵢ / σ, which sum to σ. All 0 when nothing is at risk. */
export function dailyContributions(weights: readonly number[], covariance: Matrix): number[] {
  const sigma = Math.sqrt(dailyVariance(weights, covariance));
  return weights.map((weight, i) => {
    let marginal = 0;
    for (let j = 0; j < weights.length; j++) marginal += at(covariance, i, j) * (weights[j] ?? 0);
    return sigma === 0 ? 0 : (weight * marginal) / sigma;
  });
}

/** What one unit of daily volatility is in each Gaussian measure: a year's √252, z √h for VaR, φ(z) / (1 − c) √h for ES. */
export function gaussianScales(confidence: number, horizonDays: number): { annual: number; var: number; es: number } {
  const z = normalQuantile(confidence);
  const root = Math.sqrt(horizonDays);
  return {
    annual: Math.sqrt(DAYS_A_YEAR),
    var: z * root,
    es: (normalDensity(z) / (1 - confidence)) * root,
  };
}
