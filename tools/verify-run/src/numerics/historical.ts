import { at, type Matrix } from './shrinkage.js';

/** Losses (positive is a loss) of today's weights over past days: −Σ w r. */
export function losses(weights: readonly number[], scenarios: Matrix): number[] {
  const held = weights.flatMap((weight, i) => (weight === 0 ? [] : [i]));
  return scenarios.map((row) => {
    let gain = 0;
    for (const i of held) gain += (weights[i] ?? 0) * (row[i] ?? 0);
    return -gain;
  });
}

/** Quantile by rule 7 of Hyndman and Fan: linear between the order statistics around 1 + (T − 1) p. */
export function quantileType7(values: readonly number[], p: number): number {
  const sorted = Float64Array.from(values).sort();
  const position = (sorted.length - 1) * p;
  const below = Math.floor(position);
  const low = sorted[below];
  const high = sorted[Math.min(below + 1, sorted.length - 1)];
  if (low === undefined || high === undefined) throw new RangeError('a quantile of nothing');
  return low + (position - below) * (high - low);
}

/**
 * Weight of each scenario in the tail mean: the worst (1 − c) T losses, the one on the boundary with the fraction that is left
 * (Rockafellar and Uryasev). The weights sum to 1.
 */
export function tailWeights(values: readonly number[], confidence: number): number[] {
  const mass = (1 - confidence) * values.length;
  const worstFirst = values.map((_, index) => index).sort((a, b) => (values[b] ?? 0) - (values[a] ?? 0) || a - b);
  const weights = new Array<number>(values.length).fill(0);
  let left = mass;
  for (const index of worstFirst) {
    if (left <= 0) break;
    const part = Math.min(1, left);
    weights[index] = part / mass;
    left -= part;
  }
  return weights;
}

/** Mean of the tail: the expected shortfall of the losses, with the weights of {@link tailWeights}. */
export function expectedShortfall(values: readonly number[], confidence: number): number {
  const mass = (1 - confidence) * values.length;
  const sorted = Float64Array.from(values).sort();
  let sum = 0;
  let left = mass;
  for (let t = sorted.length - 1; t >= 0 && left > 0; t--) {
    sum += Math.min(1, left) * (sorted[t] ?? 0);
    left -= 1;
  }
  return sum / mass;
}

/**
 * Weight of each scenario in the contributions to historical VaR: a triangle in loss around the quantile, 2.575 σ T^(−1/5) wide on either
 * side (Epperlein and Smillie 2006), scaled so that the weighted losses sum to the quantile itself. The triangle is halved while its mean
 * is further from the quantile than a factor of two.
 */
export function quantileWeights(values: readonly number[], quantile: number): number[] {
  const days = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / days;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (days - 1);
  let width = 2.575 * Math.sqrt(variance) * days ** -0.2;
  for (let halvings = 0; halvings < 10; halvings++) {
    const weights = values.map((value) => Math.max(0, 1 - Math.abs(value - quantile) / width));
    const mass = weights.reduce((sum, weight) => sum + weight, 0);
    const weighted = weights.reduce((sum, weight, t) => sum + weight * (values[t] ?? 0), 0);
    const ratio = quantile / (weighted / mass);
    if (mass > 0 && ratio >= 0.5 && ratio <= 2) return weights.map((weight) => (weight * quantile) / weighted);
    width /= 2;
  }
  throw new RangeError(`the value at risk ${quantile} is too near to 0 for its contributions to be recomputed`);
}

/** Contribution of each position under weights on the scenarios: −wᵢ Σ qₜ rₜᵢ. */
export function scenarioContributions(
  weights: readonly number[],
  scenarios: Matrix,
  scenarioWeights: readonly number[],
): number[] {
  return weights.map((weight, i) => {
    let sum = 0;
    for (let t = 0; t < scenarios.length; t++) {
      const share = scenarioWeights[t] ?? 0;
      if (share !== 0) sum -= share * weight * at(scenarios, t, i);
    }
    return sum;
  });
}
