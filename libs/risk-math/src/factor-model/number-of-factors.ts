import { marchenkoPastur, withoutRounding } from '../covariance/denoising.js';
import { RiskMathError } from '../foundation/risk-math-error.js';

/**
 * How many factors there are.
 *
 * - `baiNg`: the k that minimises IC_p2 = ln V(k) + k (n + T)/(nT) ln min(n, T), V(k) what k factors leave per observation. Bai and
 *   Ng, "Determining the number of factors in approximate factor models", Econometrica 70 (2002).
 * - `eigenvalueRatio`: the k that maximises λ_k / λ_{k+1}. Ahn and Horenstein, "Eigenvalue ratio test for the number of
 *   factors", Econometrica 81 (2013).
 * - `marchenkoPastur`: eigenvalues above what noise alone would give.
 * - a number: that many.
 */
export type FactorCount = 'baiNg' | 'eigenvalueRatio' | 'marchenkoPastur' | number;

/**
 * The number of factors.
 *
 * @param eigenvalues of XᵀX/T, descending; the first min(n, T)
 * @param trace the sum of all
 * @param most no more than this
 */
export function numberOfFactors(
  choice: FactorCount,
  eigenvalues: Float64Array,
  trace: number,
  assets: number,
  observations: number,
  most: number,
): number {
  const available = Math.min(most, eigenvalues.length);
  if (typeof choice === 'number') {
    if (!Number.isInteger(choice) || choice < 0 || choice > eigenvalues.length) {
      throw new RiskMathError(
        'invalidInput',
        `factors is ${String(choice)}; it must be an integer from 0 to ${eigenvalues.length}`,
        { field: 'factors' },
      );
    }
    return choice;
  }
  switch (choice) {
    case 'baiNg':
      return baiNg(eigenvalues, trace, assets, observations, available);
    case 'eigenvalueRatio':
      return eigenvalueRatio(eigenvalues, available);
    case 'marchenkoPastur':
      return Math.min(available, aboveNoise(eigenvalues, assets, observations));
  }
}

function baiNg(eigenvalues: Float64Array, trace: number, assets: number, observations: number, most: number): number {
  const penalty = ((assets + observations) / (assets * observations)) * Math.log(Math.min(assets, observations));
  let best = 0;
  let lowest = Infinity;
  let rest = trace;
  for (let k = 0; k <= most; k++) {
    if (k > 0) rest -= eigenvalues[k - 1]!;
    // What is left is rounding: more factors would explain nothing.
    if (!(rest > 1e-13 * trace)) break;
    const criterion = Math.log(rest / assets) + k * penalty;
    if (criterion < lowest) {
      lowest = criterion;
      best = k;
    }
  }
  return best;
}

function eigenvalueRatio(eigenvalues: Float64Array, most: number): number {
  let best = 0;
  let highest = 0;
  for (let k = 1; k <= Math.min(most, eigenvalues.length - 1); k++) {
    if (!(eigenvalues[k]! > 1e-13 * eigenvalues[0]!)) break;
    const ratio = eigenvalues[k - 1]! / eigenvalues[k]!;
    if (ratio > highest) {
      highest = ratio;
      best = k;
    }
  }
  return best;
}

/** The eigenvalues beyond the first min(n, T) are 0 and belong to the noise. */
function aboveNoise(eigenvalues: Float64Array, assets: number, observations: number): number {
  const all = new Float64Array(assets);
  eigenvalues.forEach((value, k) => (all[assets - 1 - k] = value));
  return assets === 0 ? 0 : marchenkoPastur(withoutRounding(all, observations), observations).signals;
}
