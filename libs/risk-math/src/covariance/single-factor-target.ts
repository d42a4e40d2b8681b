import { RiskMathError } from '../foundation/risk-math-error.js';
import { columnMeans } from '../kernels/portable.js';
import type { Returns } from '../model/returns.js';
import { fourthMoments } from './fourth-moments.js';
import type { ChosenTarget } from './ledoit-wolf.js';
import { sumOfSquares } from './shrinkage.js';

/**
 * The covariances b_i b_j / v of a market model with the sample variances, b the assets' covariances with the factor m and
 * v its variance, and π̂ − ρ̂ of Ledoit and Wolf (2003).
 *
 * With B = Σ_i b_i x_i of each day, Σ_ij b_j mean(x_i² x_j m) = mean((Σ_i x_i²) m B) and Σ_ij b_i b_j mean(x_i x_j m²) =
 * mean(m² B²): ρ̂ needs sums over days only.
 */
export function singleFactorTarget(
  returns: Returns,
  sample: Float64Array,
  given: Float64Array | undefined,
): ChosenTarget {
  const { assets, observations } = returns;
  const { factor, covariances, variance } = marketModel(returns, given);
  const { total, own, squares, weighted } = fourthMoments(returns, covariances);
  let first = 0;
  let third = 0;
  for (let t = 0; t < observations; t++) {
    const product = factor[t]! * weighted[t]!;
    first += squares[t]! * product;
    third += product * product;
  }
  first /= observations;
  third /= observations;
  let quadratic = 0;
  for (let i = 0; i < assets; i++) {
    let row = 0;
    for (let j = 0; j < assets; j++) row += covariances[j]! * sample[i * assets + j]!;
    quadratic += covariances[i]! * row;
  }
  const diagonal = ownTerms(returns, sample, factor, covariances);
  let ownFourth = 0;
  for (let i = 0; i < assets; i++) ownFourth += own[i]! - sample[i * assets + i]! ** 2;
  const offFirst = (first - quadratic - diagonal.first) / variance;
  const offThird = (third - variance * quadratic - diagonal.third) / (variance * variance);
  return {
    target: {
      variance: (i) => sample[i * assets + i]!,
      covariance: (i, j) => (covariances[i]! * covariances[j]!) / variance,
    },
    error: total - sumOfSquares(sample) - (ownFourth + 2 * offFirst - offThird),
  };
}

/** Σ_i of the terms with i = j, which the target shares with the sample. */
function ownTerms(
  { values, observations, assets }: Returns,
  sample: Float64Array,
  factor: Float64Array,
  covariances: Float64Array,
): { first: number; third: number } {
  const means = columnMeans(values, observations, assets);
  const cubes = new Float64Array(assets);
  const products = new Float64Array(assets);
  let variance = 0;
  for (let t = 0; t < observations; t++) {
    const m = factor[t]!;
    variance += (m * m) / observations;
    for (let i = 0; i < assets; i++) {
      const x = values[t * assets + i]! - means[i]!;
      cubes[i]! += x * x * x * m;
      products[i]! += x * x * m * m;
    }
  }
  let first = 0;
  let third = 0;
  for (let i = 0; i < assets; i++) {
    const b = covariances[i]!;
    const own = sample[i * assets + i]!;
    first += b * (cubes[i]! / observations - b * own);
    third += b * b * (products[i]! / observations - variance * own);
  }
  return { first, third };
}

/** The demeaned factor, its variance and its covariances with the assets, over T. */
function marketModel(
  { values, observations, assets }: Returns,
  given: Float64Array | undefined,
): { factor: Float64Array; covariances: Float64Array; variance: number } {
  const raw = given ?? meanOfAssets(values, observations, assets);
  const [mean = 0] = columnMeans(raw, observations, 1);
  const factor = raw.map((value) => value - mean);
  const means = columnMeans(values, observations, assets);
  const covariances = new Float64Array(assets);
  let variance = 0;
  let size = 0;
  for (let t = 0; t < observations; t++) {
    const m = factor[t]!;
    variance += m * m;
    size = Math.max(size, Math.abs(raw[t]!));
    for (let i = 0; i < assets; i++) covariances[i]! += m * (values[t * assets + i]! - means[i]!);
  }
  variance /= observations;
  if (assets > 0 && !(variance > (size * Number.EPSILON) ** 2)) {
    throw new RiskMathError('outOfDomain', 'the factor has no variance', { field: 'factor' });
  }
  return { factor, covariances: covariances.map((value) => value / observations), variance };
}

function meanOfAssets(values: Float64Array, observations: number, assets: number): Float64Array {
  const mean = new Float64Array(observations);
  for (let t = 0; t < observations; t++) {
    let total = 0;
    for (let i = 0; i < assets; i++) total += values[t * assets + i]!;
    mean[t] = assets === 0 ? 0 : total / assets;
  }
  return mean;
}
