import type { RegimeParameters } from './types.js';

const LOG_TWO_PI = Math.log(2 * Math.PI);

/** Room for one pass over a series. */
export interface Passes {
  readonly states: number;
  /** T×K: density of each day in each state, over the largest of the day. */
  readonly densities: Float64Array;
  readonly filtered: Float64Array;
  readonly smoothed: Float64Array;
  /** What the days after t say of its state, over the likelihood of them. */
  readonly backward: Float64Array;
  /** Likelihood of each day given those before, over its largest density. */
  readonly scale: Float64Array;
}

export function createPasses(observations: number, states: number): Passes {
  const array = (): Float64Array => new Float64Array(observations * states);
  return {
    states,
    densities: array(),
    filtered: array(),
    smoothed: array(),
    backward: array(),
    scale: new Float64Array(observations),
  };
}

/**
 * Hamilton's filter with normal densities. @returns the log-likelihood, −Infinity when a day has none
 *
 * Source: Hamilton, Econometrica 57 (1989), section 4.
 */
export function forward(returns: Float64Array, parameters: RegimeParameters, passes: Passes): number {
  const { states, densities, filtered, scale } = passes;
  const largest = fillDensities(returns, parameters, passes);
  const { initial, transition } = parameters;
  let logarithm = 0;
  let product = 1;
  for (let t = 0; t < returns.length; t++) {
    const row = t * states;
    let total = 0;
    for (let j = 0; j < states; j++) {
      let prior = 0;
      if (t === 0) prior = initial[j]!;
      else for (let i = 0; i < states; i++) prior += filtered[row - states + i]! * transition[i * states + j]!;
      const joint = prior * densities[row + j]!;
      filtered[row + j] = joint;
      total += joint;
    }
    if (!(total > 0)) return -Infinity;
    for (let j = 0; j < states; j++) filtered[row + j]! /= total;
    scale[t] = total;
    product *= total;
    if (product < 1e-200) {
      logarithm += Math.log(product);
      product = 1;
    }
  }
  return largest + logarithm + Math.log(product);
}

/** @returns Σ of the logarithms of each day's largest density */
function fillDensities(returns: Float64Array, { means, variances }: RegimeParameters, passes: Passes): number {
  const { states, densities } = passes;
  const constants = variances.map((variance) => -0.5 * (LOG_TWO_PI + Math.log(variance)));
  const halves = variances.map((variance) => -0.5 / variance);
  let total = 0;
  for (let t = 0; t < returns.length; t++) {
    const row = t * states;
    let largest = -Infinity;
    for (let k = 0; k < states; k++) {
      const distance = returns[t]! - means[k]!;
      const value = constants[k]! + halves[k]! * distance * distance;
      densities[row + k] = value;
      if (value > largest) largest = value;
    }
    for (let k = 0; k < states; k++) {
      const below = densities[row + k]! - largest;
      densities[row + k] = below === 0 ? 1 : Math.exp(below);
    }
    total += largest;
  }
  return total;
}

/**
 * The backward pass after `forward`: smoothed probabilities, and for every pair of states G_ij, the sum over days of
 * P(state i at t | days to t) × what later days say of j at t + 1. The expected number of moves is p_ij G_ij.
 *
 * @returns K×K row-major G
 */
export function backward(observations: number, parameters: RegimeParameters, passes: Passes): Float64Array {
  const { states, densities, filtered, smoothed, backward: after, scale } = passes;
  const { transition } = parameters;
  const moves = new Float64Array(states * states);
  const ahead = new Float64Array(states);
  const last = (observations - 1) * states;
  for (let k = 0; k < states; k++) {
    after[last + k] = 1;
    smoothed[last + k] = filtered[last + k]!;
  }
  for (let t = observations - 2; t >= 0; t--) {
    const row = t * states;
    const later = row + states;
    for (let j = 0; j < states; j++) ahead[j] = (densities[later + j]! * after[later + j]!) / scale[t + 1]!;
    for (let i = 0; i < states; i++) {
      let total = 0;
      const today = filtered[row + i]!;
      for (let j = 0; j < states; j++) {
        total += transition[i * states + j]! * ahead[j]!;
        moves[i * states + j]! += today * ahead[j]!;
      }
      after[row + i] = total;
      smoothed[row + i] = today * total;
    }
  }
  return moves;
}
