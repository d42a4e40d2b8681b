import { requireFinite, requireObservations } from '../foundation/guards.js';
import { RiskMathError } from '../foundation/risk-math-error.js';
import { crossProduct, demeanedColumns } from '../linear-algebra/cross-product.js';
import { type Covariance, createCovariance } from '../model/covariance.js';
import type { Returns } from '../model/returns.js';

/** What the sample covariance is shrunk to. */
export type ShrinkageTarget = 'identity' | 'constantCorrelation';

/** A shrunk covariance and by how much. */
export interface ShrunkCovariance {
  readonly covariance: Covariance;
  /** δ in δ·target + (1 − δ)·sample, within [0, 1]. */
  readonly shrinkage: number;
}

/**
 * Ledoit–Wolf shrinkage of the demeaned 1/T covariance, per day, with the intensity that minimises the expected squared
 * error as published.
 *
 * - `identity`: to μI, μ the mean variance. Ledoit and Wolf, "A well-conditioned estimator for large-dimensional
 *   covariance matrices", Journal of Multivariate Analysis 88 (2004).
 * - `constantCorrelation`: to the sample variances with the mean correlation. Ledoit and Wolf, "Honey, I Shrunk the Sample
 *   Covariance Matrix", Journal of Portfolio Management 30 (2004).
 *
 * The sums of fourth moments that both need collapse to sums over days, so that no further n²T product is made.
 *
 * @throws RiskMathError `tooFewObservations` below two days; `outOfDomain` for constant correlation when an asset has no
 *   variance; `invalidInput` on a number that is not finite
 */
export function ledoitWolf(returns: Returns, target: ShrinkageTarget): ShrunkCovariance {
  const { values, observations, assets, ids } = returns;
  requireObservations(observations, 2, 'a shrunk covariance');
  requireFinite(values, 'returns');
  const columns = demeanedColumns(values, observations, assets);
  const sample = crossProduct(columns, assets, observations, observations);
  const shrunk =
    target === 'identity'
      ? shrinkToIdentity(columns, sample, observations, assets)
      : shrinkToConstantCorrelation(columns, sample, observations, assets, ids);
  return { covariance: createCovariance(shrunk.values, assets, { ids }), shrinkage: shrunk.shrinkage };
}

interface Shrunk {
  readonly values: Float64Array;
  readonly shrinkage: number;
}

/** Σ_ij Σ_t (x_ti x_tj)² / T = Σ_t (Σ_i x_ti²)² / T. */
function sumOfFourthMoments(columns: Float64Array, observations: number, assets: number): number {
  let total = 0;
  for (let t = 0; t < observations; t++) {
    let squares = 0;
    for (let i = 0; i < assets; i++) squares += columns[i * observations + t]! ** 2;
    total += squares * squares;
  }
  return total / observations;
}

function sumOfSquares(values: Float64Array): number {
  let total = 0;
  for (const value of values) total += value * value;
  return total;
}

/** δ = min(π̂ / γ̂ / T, 1) in [0, 1]; no shrinkage when sample and target agree. */
function intensity(numerator: number, distance: number): number {
  return distance > 0 ? Math.min(1, Math.max(0, numerator / distance)) : 0;
}

function blend(sample: Float64Array, target: Float64Array, shrinkage: number): Shrunk {
  return { values: sample.map((value, at) => shrinkage * target[at]! + (1 - shrinkage) * value), shrinkage };
}

function shrinkToIdentity(columns: Float64Array, sample: Float64Array, observations: number, assets: number): Shrunk {
  let mean = 0;
  for (let i = 0; i < assets; i++) mean += sample[i * assets + i]! / Math.max(1, assets);
  const target = new Float64Array(assets * assets);
  for (let i = 0; i < assets; i++) target[i * assets + i] = mean;
  const squares = sumOfSquares(sample);
  const error = (sumOfFourthMoments(columns, observations, assets) - squares) / observations;
  return blend(sample, target, intensity(error, distance(sample, target)));
}

function distance(a: Float64Array, b: Float64Array): number {
  let total = 0;
  for (let at = 0; at < a.length; at++) total += (a[at]! - b[at]!) ** 2;
  return total;
}

function shrinkToConstantCorrelation(
  columns: Float64Array,
  sample: Float64Array,
  observations: number,
  assets: number,
  ids: readonly string[] | undefined,
): Shrunk {
  const deviations = new Float64Array(assets);
  for (let i = 0; i < assets; i++) {
    deviations[i] = Math.sqrt(sample[i * assets + i]!);
    if (deviations[i] === 0) {
      throw new RiskMathError(
        'outOfDomain',
        `${ids?.[i] ?? `asset ${i}`} has no variance, so that it has no correlation`,
        {
          ids: [ids?.[i] ?? String(i)],
        },
      );
    }
  }
  const correlation = meanCorrelation(sample, deviations, assets);
  const target = new Float64Array(assets * assets);
  for (let i = 0; i < assets; i++) {
    for (let j = 0; j < assets; j++) {
      target[i * assets + j] = i === j ? sample[i * assets + i]! : correlation * deviations[i]! * deviations[j]!;
    }
  }
  const pi = sumOfFourthMoments(columns, observations, assets) - sumOfSquares(sample);
  const rho = targetCovariance(columns, sample, deviations, correlation, observations, assets);
  return blend(sample, target, intensity((pi - rho) / observations, distance(sample, target)));
}

function meanCorrelation(sample: Float64Array, deviations: Float64Array, assets: number): number {
  if (assets < 2) return 0;
  let total = 0;
  for (let i = 0; i < assets; i++) {
    for (let j = 0; j < i; j++) total += sample[i * assets + j]! / (deviations[i]! * deviations[j]!);
  }
  return (2 * total) / (assets * (assets - 1));
}

/**
 * ρ̂: the diagonal part of π̂ and Σ_{i≠j} r̄ (s_j / s_i) ϑ_ii,ij, where ϑ_ii,ij = mean of (x_i² − s_i²)(x_i x_j − s_ij) =
 * mean of x_i³ x_j − s_i² s_ij. Summed over j ≠ i first, the fourth moments need one product of each day with Σ_j s_j x_j.
 */
function targetCovariance(
  columns: Float64Array,
  sample: Float64Array,
  deviations: Float64Array,
  correlation: number,
  observations: number,
  assets: number,
): number {
  const weighted = new Float64Array(observations);
  for (let i = 0; i < assets; i++) {
    for (let t = 0; t < observations; t++) weighted[t]! += deviations[i]! * columns[i * observations + t]!;
  }
  let diagonal = 0;
  let offDiagonal = 0;
  for (let i = 0; i < assets; i++) {
    const deviation = deviations[i]!;
    const variance = sample[i * assets + i]!;
    let fourth = 0;
    let cross = 0;
    for (let t = 0; t < observations; t++) {
      const x = columns[i * observations + t]!;
      const cube = x * x * x;
      fourth += cube * x;
      cross += cube * (weighted[t]! - deviation * x);
    }
    diagonal += fourth / observations - variance * variance;
    let covariances = 0;
    for (let j = 0; j < assets; j++) if (j !== i) covariances += deviations[j]! * sample[i * assets + j]!;
    offDiagonal += (cross / observations - variance * covariances) / deviation;
  }
  return diagonal + correlation * offDiagonal;
}
