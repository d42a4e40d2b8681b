import { sampleCovariance } from '../covariance/sample.js';
import { requireObservations } from '../foundation/guards.js';
import { RiskMathError } from '../foundation/risk-math-error.js';
import { cholesky, choleskySolve } from '../linear-algebra/cholesky.js';
import { symmetricEigen } from '../linear-algebra/symmetric-eigen.js';
import type { Covariance } from '../model/covariance.js';
import type { Returns } from '../model/returns.js';

/** How a sample mean is shrunk. */
export type MeanShrinkage = 'jamesStein' | 'bayesStein' | 'bodnarOkhrin';

/** What it is shrunk towards: the mean of the means, or the mean return of the minimum-variance portfolio. */
export type MeanTarget = 'grandMean' | 'minimumVarianceMean';

export interface ShrunkMean {
  /** Per day, by asset: α × sample mean + β × target. */
  readonly means: Float64Array;
  readonly target: number;
  readonly alpha: number;
  readonly beta: number;
}

/**
 * Shrunk expected returns, μ = α m + β μ₀ 1.
 *
 * - `jamesStein`: β = (tr Σ − 2 λ₁) / (T |m − μ₀|²), not below 0 nor above 1 (the positive part), α = 1 − β;
 * - `bayesStein`: β = (n + 2) / (n + 2 + T (m − μ₀)ᵀΣ⁻¹(m − μ₀)), α = 1 − β (Jorion, "Bayes–Stein estimation for portfolio
 *   analysis", 1986);
 * - `bodnarOkhrin`: the optimal linear shrinkage of Bodnar, Okhrin and Parolya (2019), α and β apart.
 *
 * @throws RiskMathError `tooFewObservations` below n + 2 days; `outOfDomain` when the covariance is singular, or there are no assets
 */
export function shrunkMean(returns: Returns, method: MeanShrinkage, target: MeanTarget = 'grandMean'): ShrunkMean {
  const { observations, assets } = returns;
  requireObservations(observations, assets + 2, 'a shrunk mean');
  if (assets === 0) throw new RiskMathError('outOfDomain', 'no assets have no mean', { field: 'returns' });
  const covariance = sampleCovariance(returns);
  const means = sampleMeans(returns);
  const inverse = inverseTimes(covariance);
  const ones = new Float64Array(assets).fill(1);
  const solvedOnes = inverse(ones);
  const grand =
    target === 'grandMean' ? inner(means, ones) / assets : inner(means, solvedOnes) / inner(ones, solvedOnes);
  const { alpha, beta } = intensities();
  return { means: means.map((mean) => alpha * mean + beta * grand), target: grand, alpha, beta };

  function intensities(): { alpha: number; beta: number } {
    const off = means.map((mean) => mean - grand);
    if (method === 'jamesStein') {
      const { values } = symmetricEigen(covariance.values, assets);
      const spread = inner(off, off);
      const trace = covariance.variances.reduce((total, variance) => total + variance, 0);
      const whole = spread > 0 ? (trace - 2 * values[assets - 1]!) / (observations * spread) : 1;
      const beta = Math.min(1, Math.max(0, whole));
      return { alpha: 1 - beta, beta };
    }
    if (method === 'bayesStein') {
      const beta = (assets + 2) / (assets + 2 + observations * inner(off, inverse(off)));
      return { alpha: 1 - beta, beta };
    }
    const u = inner(means, inverse(means));
    const v = grand * inner(means, solvedOnes);
    const w = grand * grand * inner(ones, solvedOnes);
    const denominator = u * w - v * v;
    if (!(denominator > 1e-12 * u * w)) return { alpha: 0, beta: w > 0 ? v / w : 1 };
    const alpha = ((u - assets / (observations - assets)) * w - v * v) / denominator;
    return { alpha, beta: ((1 - alpha) * v) / w };
  }
}

export function sampleMeans({ values, observations, assets }: Returns): Float64Array {
  const means = new Float64Array(assets);
  for (let t = 0; t < observations; t++) {
    for (let i = 0; i < assets; i++) means[i]! += values[t * assets + i]! / observations;
  }
  return means;
}

function inverseTimes({ values, size }: Covariance): (right: Float64Array) => Float64Array {
  const factor = cholesky(values, size, 1e-12);
  if (factor === null) {
    throw new RiskMathError('outOfDomain', 'the covariance is singular: it has no inverse to shrink by', {
      field: 'returns',
    });
  }
  return (right) => choleskySolve(factor, size, right);
}

function inner(a: Float64Array, b: Float64Array): number {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += a[i]! * b[i]!;
  return total;
}
